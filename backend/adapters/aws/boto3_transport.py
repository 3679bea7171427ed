"""The calls of `AwsTransport` through boto3, each in a thread: `NIM_AWS_CLIENT=boto3`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from botocore import xform_name
from botocore.exceptions import HTTPClientError

from backend.adapters.aws.answers import ANSWERS
from backend.adapters.aws.transport import SERVICES, Operation

if TYPE_CHECKING:
    from backend.adapters.aws_sdk import Aws


class Boto3Transport:
    """Calls boto3's clients."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def send(self, operation: Operation, request: Any) -> Any:
        """See `AwsTransport.send`."""
        method = getattr(self._aws.client(SERVICES[operation]), xform_name(operation))
        answer = await self._aws.call(partial(method, **request))
        try:
            return msgspec.convert(answer, ANSWERS[operation])
        except msgspec.ValidationError as error:
            # boto3 silently leaves out what it cannot read.
            raise HTTPClientError(error=error) from error

    async def close(self) -> None:
        """See `AwsTransport.close`; the clients belong to `Aws`."""
