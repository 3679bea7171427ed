"""What an adapter asks of AWS, call by call, noted by boto3's own events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

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
        yield calls
    finally:
        for service, name in names.items():
            for event, handler in hooks:
                aws.client(service).meta.events.unregister(f"{event}.{name}", handler)
