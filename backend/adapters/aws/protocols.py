"""How requests are written and answers read: JSON for DynamoDB, forms and XML for SNS.

An error becomes the mapping that boto3 puts into `ClientError.response`.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias
from urllib.parse import urlencode
from zlib import crc32

import msgspec
from botocore.exceptions import HTTPClientError
from botocore.model import OperationModel
from botocore.parsers import ResponseParserError, create_parser

from backend.adapters.aws.answers import ANSWERS, Refused
from backend.adapters.aws.connections import Reply

ErrorResponse: TypeAlias = dict[str, Any]


class GarbledAnswerError(HTTPClientError):
    """An answer that AWS would not give. botocore tries again after any HTTPClientError."""

    fmt = "The answer of {endpoint_url} makes no sense: {error}"


class WireProtocol(Protocol):
    """One operation on the wire."""

    headers: dict[str, str]

    def encode(self, request: Any) -> bytes:
        """The body of a request."""

    def decode(self, reply: Reply) -> Any:
        """The answer. Raises: GarbledAnswerError."""

    def error(self, reply: Reply) -> ErrorResponse:
        """What an answer that is an error says. Raises: GarbledAnswerError."""


class JsonProtocol:
    """An operation of a service that speaks JSON."""

    def __init__(self, model: OperationModel) -> None:
        metadata = model.metadata
        self.headers = {
            "content-type": f"application/x-amz-json-{metadata['jsonVersion']}",
            "x-amz-target": f"{metadata['targetPrefix']}.{model.name}",
        }
        self.encode = msgspec.json.Encoder().encode
        self._answer = msgspec.json.Decoder(ANSWERS[model.name]).decode
        self._refused = msgspec.json.Decoder(Refused).decode

    def decode(self, reply: Reply) -> Any:
        """See `WireProtocol.decode`."""
        _check_sum(reply)
        try:
            return self._answer(reply.content)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise GarbledAnswerError(endpoint_url=reply.url, error=error) from error

    def error(self, reply: Reply) -> ErrorResponse:
        """See `WireProtocol.error`; without JSON the status is the code, as in boto3."""
        _check_sum(reply)
        try:
            refused = self._refused(reply.content)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            refused = Refused()
        # "com.amazonaws.dynamodb.v20120810#ThrottlingException:http://…" was seen in all its parts.
        code = refused.kind.partition(":")[0].rpartition("#")[2] or str(reply.status_code)
        message = refused.message or refused.other_message or ""
        response: ErrorResponse = {"Error": {"Code": code, "Message": message}}
        if refused.item is not None:
            response["Item"] = refused.item
        return response


class QueryProtocol:
    """An operation of a service that takes forms and answers in XML, which botocore reads."""

    def __init__(self, model: OperationModel) -> None:
        self.headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        self._action = {"Action": model.name, "Version": model.metadata["apiVersion"]}
        self._shape: Any = model.output_shape
        self._parser = create_parser("query")
        self._answer = ANSWERS[model.name]

    def encode(self, request: Any) -> bytes:
        """See `WireProtocol.encode`; every parameter is a text."""
        return urlencode({**self._action, **request}).encode()

    def decode(self, reply: Reply) -> Any:
        """See `WireProtocol.decode`."""
        try:
            return msgspec.convert(self._parsed(reply), self._answer)
        except msgspec.ValidationError as error:
            raise GarbledAnswerError(endpoint_url=reply.url, error=error) from error

    def error(self, reply: Reply) -> ErrorResponse:
        """See `WireProtocol.error`."""
        return self._parsed(reply)

    def _parsed(self, reply: Reply) -> ErrorResponse:
        response = {
            "status_code": reply.status_code,
            "headers": reply.headers,
            "body": reply.content,
        }
        try:
            parsed: ErrorResponse = self._parser.parse(response, self._shape)
        except ResponseParserError as error:
            raise GarbledAnswerError(endpoint_url=reply.url, error=error) from error
        return parsed


def _check_sum(reply: Reply) -> None:
    """Compare DynamoDB's checksum, where there is one; botocore tries again on a difference."""
    announced = reply.headers.get("x-amz-crc32")
    if announced is not None and announced != str(crc32(reply.content)):
        raise GarbledAnswerError(endpoint_url=reply.url, error="its checksum is another")
