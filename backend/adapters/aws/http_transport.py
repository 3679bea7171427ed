"""The calls of `AwsTransport` from the event loop, without threads.

botocore makes the decisions before a call and after a failed one: region, address, credentials,
proxy, certificates; which failures are retried, how often and after which pause; the name of an
error. A call that succeeds goes through none of botocore's layers: msgspec encodes and decodes, the
day's key signs, aiohttp sends. docs/architecture.md has the measurements.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from backend.adapters.aws.connections import Connections, Reply, address_of
from backend.adapters.aws.credentials import FreshKeys
from backend.adapters.aws.protocols import JsonProtocol, QueryProtocol, WireProtocol
from backend.adapters.aws.signing import Keys, Signer
from backend.adapters.aws.transport import SERVICES, Operation

if TYPE_CHECKING:
    from backend.adapters.aws_sdk import Aws

log = logging.getLogger(__name__)

# AWS accepts a signature for five minutes.
_MOST_SKEW_SECONDS = 4 * 60
_SKEWED = {
    "AuthFailure",
    "InvalidSignatureException",
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
}


class HttpTransport:
    """Sends for one account and region, on the event loop that first uses it."""

    def __init__(self, aws: Aws, *, clock: Callable[[], float] = time.time) -> None:
        """Prepare; nothing is opened yet.

        Args:
            aws: where clients, credentials and certificates come from.
            clock: seconds since 1970.
        """
        self._aws = aws
        self._clock = clock
        self._skew = 0.0
        self._calls: dict[Operation, _Call] = {}
        self._keys = FreshKeys(aws.credentials, aws.call)
        self._connections: Connections | None = None

    async def send(self, operation: Operation, request: Any) -> Any:
        """See `AwsTransport.send`."""
        with self._aws.outcomes.noted(operation):
            return await self._answer(operation, request)

    async def close(self) -> None:
        """See `AwsTransport.close`."""
        self._keys.close()
        if self._connections is not None:
            await self._connections.close()

    async def _answer(self, operation: Operation, request: Any) -> Any:
        call = self._calls.get(operation) or self._made(operation)
        body = call.protocol.encode(request)
        retry = _Retry(call)
        while True:
            retry.reply = None
            try:
                return call.read(await self._post(call, body, retry), retry)
            except (ClientError, BotoCoreError) as error:
                if not self._clock_was_wrong(error, retry):
                    pause = retry.pause_after(error)
                    if pause is None:
                        raise
                    await asyncio.sleep(pause)
            retry.attempt += 1

    async def _post(self, call: _Call, body: bytes, retry: _Retry) -> Reply:
        assert self._connections is not None
        keys = await self._keys.get()
        headers = call.headers(body, keys, self._clock() + self._skew)
        retry.reply = await self._connections.post(call.address, headers, body)
        return retry.reply

    def _made(self, operation: Operation) -> _Call:
        client = self._aws.client(SERVICES[operation])
        config = client.meta.config
        if self._connections is None:
            self._connections = Connections(
                connect=config.connect_timeout,
                read=config.read_timeout,
                most=config.max_pool_connections,
                verify=self._aws.certificates,
            )
        self._calls[operation] = _Call(client, operation)
        return self._calls[operation]

    def _clock_was_wrong(self, error: Exception, retry: _Retry) -> bool:
        """Whether our clock is wrong; signatures follow AWS's clock from now on.

        botocore leaves this to the user; other AWS SDKs do the same as this.
        """
        if retry.reply is None or retry.by_other_clock or not isinstance(error, ClientError):
            return False
        if error.response["Error"]["Code"] not in _SKEWED:
            return False
        try:
            theirs = parsedate_to_datetime(retry.reply.headers["Date"]).timestamp()
        except (KeyError, ValueError):
            return False
        ours = self._clock()
        if abs(theirs - ours - self._skew) < _MOST_SKEW_SECONDS:
            return False
        self._skew = theirs - ours
        log.warning("this computer's clock differs from AWS's by %+.0f s", -self._skew)
        retry.by_other_clock = True
        return True


class _Call:
    """What all calls of one operation share."""

    def __init__(self, client: Any, operation: Operation) -> None:
        service = client.meta.service_model
        self.operation = operation
        self.model = service.operation_model(operation)
        self.event = f"{service.service_id.hyphenize()}.{operation}"
        self.emit: Callable[..., list[tuple[Any, Any]]] = client.meta.events.emit
        is_json = service.metadata["protocol"] == "json"
        self.protocol: WireProtocol = (JsonProtocol if is_json else QueryProtocol)(self.model)
        self.address = address_of(client.meta.endpoint_url, client.meta.config.proxies)
        self._signer = Signer(
            client.meta.endpoint_url, service.signing_name, client.meta.region_name
        )
        # A proxy may change these, so they are not signed.
        self._unsigned = {
            "accept-encoding": "identity",
            "user-agent": client.meta.config.user_agent,
        }
        self._exceptions = client.exceptions
        self.has_retried = False

    def headers(self, body: bytes, keys: Keys, now: float) -> dict[str, str]:
        """The headers of one request."""
        return self._signer.signed(self.protocol.headers, body, keys, now) | self._unsigned

    def read(self, reply: Reply, retry: _Retry) -> Any:
        """The decoded answer. Raises: ClientError: the answer is an error."""
        if reply.status_code < 300:
            answer = self.protocol.decode(reply)
            if self.has_retried:
                retry.succeeded()
            return answer
        response = self.protocol.error(reply)
        response.setdefault("ResponseMetadata", {})["HTTPStatusCode"] = reply.status_code
        raise self._exceptions.from_code(response["Error"]["Code"])(response, self.operation)


class _Retry:
    """The attempts of one call, by the rules of botocore's client, whose handlers are asked."""

    def __init__(self, call: _Call) -> None:
        self._call = call
        self._context: dict[str, Any] = {}
        self.attempt = 1
        self.reply: Reply | None = None
        self.by_other_clock = False

    def pause_after(self, error: Exception) -> float | None:
        """Seconds to wait before the next attempt; None if there is to be none."""
        self._call.has_retried = True
        refused = isinstance(error, ClientError)
        answers = self._call.emit(
            f"needs-retry.{self._call.event}",
            response=(self.reply, error.response) if isinstance(error, ClientError) else None,
            endpoint=None,
            operation=self._call.model,
            attempts=self.attempt,
            caught_exception=None if refused else error,
            request_dict={"context": self._context},
        )
        pauses = (pause for _, pause in answers if pause is not None and pause is not False)
        return next(pauses, None)

    def succeeded(self) -> None:
        """Return what the retries took from the client's retry quota."""
        self._call.emit(
            f"after-call.{self._call.event}",
            http_response=self.reply,
            parsed={},
            model=self._call.model,
            context=self._context,
        )
