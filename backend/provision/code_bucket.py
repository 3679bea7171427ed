"""The bucket with the package of the functions: private, encrypted, one for each account."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from backend.adapters.aws_sdk import error_code
from backend.adapters.dynamodb.tags import MADE_BY, MADE_BY_US

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_NOT_THERE = {"404", "NoSuchBucket", "NoSuchKey", "NotFound"}
# Uploads that were broken off, and packages that somebody's versioning has kept.
_LEFTOVERS: Any = {
    "ID": "leftovers",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
}
# The one region that must not be named in a bucket's configuration.
_FIRST_REGION = "us-east-1"


class CodeBucket:
    """The packages of one stack, under its name. Blocking; raises boto3's errors.

    Every call states who must own the bucket: a stranger may have created one with this name.
    """

    def __init__(self, client: S3Client, *, account: str, region: str, stack: str) -> None:
        self._client = client
        self._region = region
        self._prefix = f"{stack}/"
        self.name = f"nim-tui-{account}-{region}"
        self._ours: Any = {"Bucket": self.name, "ExpectedBucketOwner": account}

    def make(self) -> bool:
        """Create it if it does not exist, and set it up. Returns whether it was created."""
        made = not self._is_there()
        if made:
            self._create()
        self._set_up()
        return made

    def _create(self) -> None:
        place: Any = {"LocationConstraint": self._region}
        home: Any = {} if self._region == _FIRST_REGION else {"CreateBucketConfiguration": place}
        self._client.create_bucket(Bucket=self.name, **home)

    def _set_up(self) -> None:
        """Private, encrypted, over TLS only, without leftovers: each time, so that it stays so."""
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
        self._client.put_bucket_policy(**self._ours, Policy=json.dumps(self._tls_only()))
        self._client.put_bucket_lifecycle_configuration(
            **self._ours, LifecycleConfiguration={"Rules": [_LEFTOVERS]}
        )

    def _tls_only(self) -> dict[str, Any]:
        # Also right in China and in AWS GovCloud, whose ARNs begin with other names.
        partition = self._client.meta.partition
        arn = f"arn:{partition}:s3:::{self.name}"
        return {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "TlsOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [arn, f"{arn}/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ],
        }

    def upload(self, package: Path, digest: str) -> tuple[str, bool]:
        """Upload a package named by its hash. Returns its key, and whether it was uploaded now."""
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
        """Delete the packages of earlier deployments, which no function needs any longer."""
        self._remove([found for found in self._keys() if found != key])

    def delete(self) -> bool:
        """Delete this stack's packages, and an empty bucket. Returns whether the bucket existed."""
        if not self._is_there():
            return False
        self._remove(self._keys())
        try:
            self._client.delete_bucket(**self._ours)
        except ClientError as error:
            # Another stack of this account has its package in it.
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
