"""The engine as the store reaches it: a client with boto3's methods, on the virtual network.

boto3 repeats a request whose answer did not come, and one that was throttled: so does this, with
the same number of tries and the same errors at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

from botocore.exceptions import ClientError, ReadTimeoutError

from tests.simulation.dynamodb_engine import Engine, EngineError
from tests.simulation.loop import VirtualLoop, blocked_until
from tests.simulation.network import Network

T = TypeVar("T")

TRIES = 3
_BACKOFF_SECONDS = 0.3


class ConditionalCheckFailed(ClientError):
    """As boto3 makes it from the engine's answer."""


class Exceptions:
    """The names under which a client has its errors."""

    ConditionalCheckFailedException = ConditionalCheckFailed


class EngineClient:
    """What `boto3.client("dynamodb")` is, for one process."""

    exceptions = Exceptions

    def __init__(self, engine: Engine, network: Network) -> None:
        self._engine = engine
        self._network = network

    def put_item(self, **asked: Any) -> dict[str, Any]:
        return self.call("PutItem", asked)

    def update_item(self, **asked: Any) -> dict[str, Any]:
        return self.call("UpdateItem", asked)

    def get_item(self, **asked: Any) -> dict[str, Any]:
        return self.call("GetItem", asked)

    def batch_get_item(self, **asked: Any) -> dict[str, Any]:
        return self.call("BatchGetItem", asked)

    def describe_table(self, **asked: Any) -> dict[str, Any]:
        return self.call("DescribeTable", asked)

    def list_tags_of_resource(self, **asked: Any) -> dict[str, Any]:
        return self.call("ListTagsOfResource", asked)

    def get_paginator(self, operation: str) -> Pages:
        assert operation == "query"
        return Pages(partial(self.call, "Query"))

    def close(self) -> None:
        """Nothing is held."""

    def call(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        for left in reversed(range(TRIES)):
            ask = partial(self._network.to_engine, self._engine, operation, asked)
            try:
                answer: dict[str, Any] = blocked_until(ask)
            except EngineError as error:
                if error.code == "ConditionalCheckFailedException":
                    raise ConditionalCheckFailed(error_response(error), operation) from error
                if left == 0 or error.code != "ThrottlingException":
                    raise ClientError(error_response(error), operation) from error
            except TimeoutError as error:
                if left == 0:
                    raise ReadTimeoutError(endpoint_url="https://dynamodb.invalid") from error
            else:
                return answer
            blocked_until(partial(self._network.after, _BACKOFF_SECONDS))
        raise AssertionError("the last try has ended in one way or the other")


class Pages:
    """A paginator of `query`."""

    def __init__(self, query: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self._query = query

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        while True:
            answer = self._query(asked)
            yield answer
            if "LastEvaluatedKey" not in answer:
                return
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


class SimulatedAws:
    """What `backend.adapters.aws_sdk.Aws` is to the store: a client, and threads for its calls."""

    region = "simulated-1"

    def __init__(self, loop: VirtualLoop, engine: Engine, network: Network) -> None:
        self._loop = loop
        self._client = EngineClient(engine, network)

    def no_table(self, table: str) -> str:
        """What to do where a table does not exist."""
        return f"There is no table {table}."

    def client(self, service: str) -> EngineClient:
        assert service == "dynamodb"
        return self._client

    def transport_to(self, service: str) -> SimulatedTransport:
        assert service == "dynamodb"
        return SimulatedTransport(self)

    async def call(self, function: Callable[[], T]) -> T:
        return await self._loop.run_blocking(function)

    def close(self) -> None:
        """Nothing is held."""

    async def aclose(self) -> None:
        """Nothing is held."""


class SimulatedTransport:
    """The seam of the calls that a move makes: the same client, one operation at a time."""

    def __init__(self, aws: SimulatedAws) -> None:
        self._aws = aws

    async def send(self, operation: str, request: Any) -> Any:
        client = self._aws.client("dynamodb")
        return await self._aws.call(partial(client.call, operation, dict(request)))

    async def close(self) -> None:
        """Nothing is held."""


def error_response(error: EngineError) -> Any:
    response: dict[str, Any] = {"Error": {"Code": error.code, "Message": error.code}}
    if error.item is not None:
        response["Item"] = error.item
    return response
