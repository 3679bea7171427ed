"""boto3's clients as the tests use them."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from backend.adapters.aws_sdk import Aws

T = TypeVar("T")


class SharedAws(Aws):
    """Clients that many adapters share, as making one takes a tenth of a second.

    `one_at_a_time` holds a lock around each call, for an engine that is not atomic.
    """

    def __init__(self, region: str, *, one_at_a_time: bool) -> None:
        super().__init__(region)
        self._lock = Lock() if one_at_a_time else None

    async def call(self, function: Callable[[], T]) -> T:
        return await super().call(self._locked(function))

    async def call_at_door(self, function: Callable[[], T]) -> T:
        return await super().call_at_door(self._locked(function))

    def _locked(self, function: Callable[[], T]) -> Callable[[], T]:
        lock = self._lock
        if lock is None:
            return function

        def locked() -> T:
            with lock:
                return function()

        return locked

    def close(self) -> None:
        """Others may use it: it is closed with its engine."""

    def really_close(self) -> None:
        super().close()
