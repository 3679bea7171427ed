"""The clients of AWS as the tests use them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from botocore.config import Config

from backend.adapters.aws.boto3_transport import Boto3Transport
from backend.adapters.aws.http_transport import HttpTransport
from backend.adapters.aws.transport import AwsTransport, Operation, Service
from backend.adapters.aws_sdk import Aws, TransportName
from tests.real_aws import Guard

T = TypeVar("T")


class SharedAws(Aws):
    """Clients that many adapters share, as making one takes a tenth of a second.

    `one_at_a_time` holds a lock around each call, for an engine that is not atomic.
    """

    def __init__(
        self,
        region: str | None,
        *,
        one_at_a_time: bool,
        transport: TransportName = "aiohttp",
        guard: Guard | None = None,
    ) -> None:
        super().__init__(region, transport=transport)
        self._guard = guard
        self._shared_transport = _SharedTransport(self, transport)
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

    def client(self, service: Any, config: Config | None = None) -> Any:
        """See `Aws.client`."""
        made = service not in self._clients
        client = super().client(service, config)
        return self._guard.watch(service, client) if made and self._guard else client

    def transport_to(self, service: Service) -> AwsTransport:
        self.client(service)
        return self._shared_transport

    async def one_at_a_time(self, operation: Operation, request: Any, inner: AwsTransport) -> Any:
        """Send within the lock, if there is one; `Boto3Transport` takes it in `call`."""
        lock = self._lock
        if self._guard is not None and not isinstance(inner, Boto3Transport):
            self._guard.count()
        if lock is None or isinstance(inner, Boto3Transport):
            return await inner.send(operation, request)
        await asyncio.to_thread(lock.acquire)
        try:
            return await inner.send(operation, request)
        finally:
            lock.release()

    async def aclose(self) -> None:
        """Others may use it."""

    def close(self) -> None:
        """Others may use it: it is closed with its engine."""

    def really_close(self) -> None:
        super().close()


class _SharedTransport:
    """A transport for each event loop, closed with the loop.

    Each test has a loop of its own, and connections belong to one.
    """

    def __init__(self, aws: SharedAws, name: TransportName) -> None:
        self._aws = aws
        self._name = name
        self._by_loop: WeakKeyDictionary[
            asyncio.AbstractEventLoop, tuple[AwsTransport, AsyncGenerator[AwsTransport]]
        ] = WeakKeyDictionary()

    async def send(self, operation: Operation, request: Any) -> Any:
        """See `AwsTransport.send`."""
        loop = asyncio.get_running_loop()
        if loop not in self._by_loop:
            kept = self._open_until_the_loop_ends()
            self._by_loop[loop] = (await anext(kept), kept)
        return await self._aws.one_at_a_time(operation, request, self._by_loop[loop][0])

    async def close(self) -> None:
        """Others may use it."""

    async def _open_until_the_loop_ends(self) -> AsyncGenerator[AwsTransport]:
        transport: AwsTransport
        transport = Boto3Transport(self._aws) if self._name == "boto3" else HttpTransport(self._aws)
        try:
            yield transport
        finally:
            # asyncio closes what generators are left when it closes a loop.
            await transport.close()
