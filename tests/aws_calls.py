"""What an adapter asks of AWS, call by call: noted by boto3's own events, and at our transport."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from backend.adapters.aws.connections import Address, Connections, Reply
from backend.adapters.aws.http_transport import HttpTransport
from backend.adapters.aws.transport import SERVICES, Operation
from backend.adapters.aws_sdk import Aws


class Calls:
    """The calls so far: operations in order, and their parameters."""

    def __init__(self) -> None:
        self.made: list[tuple[str, Mapping[str, Any]]] = []
        self.sent = 0

    @property
    def operations(self) -> list[str]:
        """The operations' names, in order."""
        return [operation for operation, _ in self.made]

    def clear(self) -> None:
        self.made.clear()
        self.sent = 0

    def note(self, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        """One call; repeats of boto3's own are not in here."""
        self.made.append((model.name, dict(params)))

    def count(self, **_: Any) -> None:
        """One request on the network."""
        self.sent += 1


@contextmanager
def watched(aws: Aws, *services: str) -> Iterator[Calls]:
    """Note every call of these clients until the block ends."""
    calls = Calls()
    hooks = [("provide-client-params", calls.note), ("before-send", calls.count)]
    names = {
        service: aws.client(service).meta.service_model.service_id.hyphenize()
        for service in services
    }
    for service, name in names.items():
        for event, handler in hooks:
            aws.client(service).meta.events.register(f"{event}.{name}", handler)
    try:
        with pytest.MonkeyPatch.context() as patch:
            _note_at_the_transport(patch, aws, services, calls)
            yield calls
    finally:
        for service, name in names.items():
            for event, handler in hooks:
                aws.client(service).meta.events.unregister(f"{event}.{name}", handler)


def _note_at_the_transport(
    patch: pytest.MonkeyPatch, aws: Aws, services: tuple[str, ...], calls: Calls
) -> None:
    send, post = HttpTransport.send, Connections.post

    async def noted(transport: HttpTransport, operation: Operation, request: Any) -> Any:
        if transport._aws is aws and SERVICES[operation] in services:
            calls.made.append((operation, dict(request)))
        return await send(transport, operation, request)

    async def counted(
        connections: Connections, address: Address, headers: Mapping[str, str], body: bytes
    ) -> Reply:
        calls.sent += 1
        return await post(connections, address, headers, body)

    patch.setattr(HttpTransport, "send", noted)
    patch.setattr(Connections, "post", counted)
