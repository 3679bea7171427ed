"""The bucket that Lambda reads the functions' package from: private, encrypted, one an account."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from backend.adapters.aws_sdk import error_code
from backend.adapters.dynamodb.tags import MADE_BY, MADE_BY_US

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_NOT_THERE = {"404", "NoSuchBucket", "NoSuchKey", "NotFound"}
# The region that has no name of its own in a bucket's configuration.
_FIRST_REGION = "us-east-1"


class CodeBucket:
    """The packages of one stack, under its name. Blocking; raises boto3's errors.

    Every call says whose the bucket must be: a stranger may have made one of this name before us.
    """

    def __init__(self, client: S3Client, *, account: str, region: str, stack: str) -> None:
        self._client = client
        self._region = region
        self._prefix = f"{stack}/"
        self.name = f"nim-tui-{account}-{region}"
        self._ours: Any = {"Bucket": self.name, "ExpectedBucketOwner": account}

    def make(self) -> bool:
        """Make it, unless it is there; whether it was made."""
        if self._is_there():
            return False
        place: Any = {"LocationConstraint": self._region}
        home: Any = {} if self._region == _FIRST_REGION else {"CreateBucketConfiguration": place}
        self._client.create_bucket(Bucket=self.name, **home)
        self._client.put_public_access_block(
            **self._ours,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": True,
                "RestrictPublicBuckets": True,
            },
        )
        rule: Any = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        self._client.put_bucket_encryption(
            **self._ours, ServerSideEncryptionConfiguration={"Rules": [rule]}
        )
        self._client.put_bucket_tagging(
            **self._ours, Tagging={"TagSet": [{"Key": MADE_BY, "Value": MADE_BY_US}]}
        )
        return True

    def upload(self, package: Path, digest: str) -> tuple[str, bool]:
        """The package's key, and whether it was uploaded now; its content's hash is its name."""
        key = f"{self._prefix}{digest}.zip"
        try:
            self._client.head_object(**self._ours, Key=key)
        except ClientError as error:
            if error_code(error) not in _NOT_THERE:
                raise
        else:
            return key, False
        with package.open("rb") as body:
            self._client.put_object(**self._ours, Key=key, Body=body)
        return key, True

    def remove_others(self, key: str) -> None:
        """Remove what an earlier deployment uploaded, as no function needs it any more."""
        self._remove([found for found in self._keys() if found != key])

    def delete(self) -> bool:
        """Remove this stack's packages, and the bucket with the last one; whether it was there."""
        if not self._is_there():
            return False
        self._remove(self._keys())
        try:
            self._client.delete_bucket(**self._ours)
        except ClientError as error:
            # Another stack of this account keeps its package there.
            if error_code(error) != "BucketNotEmpty":
                raise
        return True

    def _is_there(self) -> bool:
        try:
            self._client.head_bucket(**self._ours)
        except ClientError as error:
            if error_code(error) in _NOT_THERE:
                return False
            raise
        return True

    def _keys(self) -> list[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            **self._ours, Prefix=self._prefix
        )
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def _remove(self, keys: list[str]) -> None:
        for key in keys:
            self._client.delete_object(**self._ours, Key=key)
