"""The seam to AWS for the calls that a move, a list or a text makes.

Two implementations: `Boto3Transport` calls boto3 in threads, `HttpTransport` sends from the event
loop, at about a fifth of the processor time. `NIM_AWS_CLIENT` chooses. Both raise boto3's errors.
Everything rare (tables, tags, pools, accounts) calls boto3 itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, overload

from backend.adapters.aws.answers import Batch, Found, Published, Put, QueryPage, Updated

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import (
        BatchGetItemInputTypeDef,
        GetItemInputTypeDef,
        PutItemInputTypeDef,
        QueryInputTypeDef,
        UpdateItemInputTypeDef,
    )
    from types_boto3_sns.type_defs import PublishInputTypeDef

Service: TypeAlias = Literal["dynamodb", "sns"]
Operation: TypeAlias = Literal[
    "BatchGetItem", "GetItem", "PutItem", "Query", "UpdateItem", "Publish"
]

SERVICES: dict[Operation, Service] = {
    "BatchGetItem": "dynamodb",
    "GetItem": "dynamodb",
    "PutItem": "dynamodb",
    "Query": "dynamodb",
    "UpdateItem": "dynamodb",
    "Publish": "sns",
}
"""The operations of the seam, and the service that each belongs to."""


class AwsTransport(Protocol):
    """Sends one call and returns its answer, checked.

    A call whose answer is lost is repeated, as boto3 does, so a write must recognize itself.
    """

    @overload
    async def send(
        self, operation: Literal["BatchGetItem"], request: BatchGetItemInputTypeDef
    ) -> Batch: ...
    @overload
    async def send(self, operation: Literal["GetItem"], request: GetItemInputTypeDef) -> Found: ...
    @overload
    async def send(self, operation: Literal["PutItem"], request: PutItemInputTypeDef) -> Put: ...
    @overload
    async def send(self, operation: Literal["Query"], request: QueryInputTypeDef) -> QueryPage: ...
    @overload
    async def send(
        self, operation: Literal["UpdateItem"], request: UpdateItemInputTypeDef
    ) -> Updated: ...
    @overload
    async def send(
        self, operation: Literal["Publish"], request: PublishInputTypeDef
    ) -> Published: ...

    async def send(self, operation: Operation, request: Any) -> Any:
        """The answer to one call.

        Raises:
            ClientError: AWS refused; the class and the code are boto3's, and `response["Item"]` is
                the item of a failed condition if the request asked for it.
            BotoCoreError: there was no answer, or not a valid one.

        """

    async def close(self) -> None:
        """Close the connections."""
