"""HTTP on a socket: uvicorn's protocol, with limits for slow and greedy clients.

uvicorn itself limits neither the number of headers nor the time for sending them. The API limits
the time for the body.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from backend.domain.errors import BadRequest, NimError, TooLarge, Unavailable
from backend.wire import ErrorAnswer, encode

log = logging.getLogger(__name__)

# From the connection, or the first byte of the next request, to the end of the headers.
HEAD_SECONDS = 10.0
MOST_HEAD_BYTES = 32 * 1024
# Answers are small: a client that does not take one in this time is gone or malicious.
SEND_SECONDS = 20.0
KEEP_ALIVE_SECONDS = 30
MOST_CONNECTIONS = 10_000

_STATUS_LINES = {BadRequest: b"400 Bad Request", TooLarge: b"431 Request Header Fields Too Large"}


class LimitedProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_timer: asyncio.TimerHandle | None = None
        self._send_timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._fed_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            self._refuse(Unavailable("Too many clients are connected. Try again in a moment."))
        else:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_head_timer()
        self._stop_send_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._answering():
            self._stop_head_timer()
            self._fed_bytes = 0
            return
        self._fed_bytes += len(data)
        if self._fed_bytes > MOST_HEAD_BYTES:
            self._refuse(TooLarge())
        else:
            self._await_head()

    def on_message_begin(self) -> None:
        self._head_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count_head(len(name) + len(value))
        super().on_header(name, value)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._send_timer is None:
            self._send_timer = self.loop.call_later(SEND_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_send_timer()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        # Closing would wait, perhaps for ever, until the client has taken what was written.
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        super().timeout_keep_alive_handler()

    def send_400_response(self, msg: str) -> None:
        too_large = self._head_bytes > MOST_HEAD_BYTES
        self._refuse(
            TooLarge() if too_large else BadRequest("Not a valid HTTP request. Send HTTP/1.1.")
        )

    def _count_head(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MOST_HEAD_BYTES:
            raise ValueError("too many bytes in the head of a request")

    def _await_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _refuse(self, error: NimError) -> None:
        """Answer without the application, in the same form, and close the connection."""
        request_id = secrets.token_hex(8)
        log.info("request %s: refused unread as %s", request_id, error.code)
        body = encode(ErrorAnswer(message=error.message, code=error.code, request_id=request_id))
        status = _STATUS_LINES.get(type(error), b"503 Service Unavailable\r\nretry-after: 5")
        self.transport.write(
            b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
            b"cache-control: no-store\r\nx-content-type-options: nosniff\r\n"
            b"x-request-id: %b\r\nconnection: close\r\n\r\n%b"
            % (status, len(body), request_id.encode(), body)
        )
        self.transport.close()

    def _answering(self) -> bool:
        # uvicorn's annotation says otherwise, but before the first request it is None.
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _stop_send_timer(self) -> None:
        if self._send_timer is not None:
            self._send_timer.cancel()
            self._send_timer = None
