"""A proxy between boto3 and an engine that loses answers, cuts, throttles and delays."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar, Literal, TypeAlias
from urllib.parse import urlsplit

Fault: TypeAlias = Literal["none", "drop", "cut", "throttle", "conflict", "delay", "break"]
FAULTS: tuple[Fault, ...] = ("none", "drop", "cut", "throttle", "conflict", "delay", "break")
"""drop: done, and the answer lost; cut: not even asked; throttle: refused as too much; conflict:
refused because of a transaction; delay: done, and answered when nobody waits any more; break: done,
and half of the answer is sent."""

Plan: TypeAlias = Callable[[str], Fault]
"""The fault of the next request of this operation."""


def _refusal(code: str) -> bytes:
    return json.dumps({"__type": f"com.amazonaws.dynamodb#{code}", "message": "later"}).encode()


_REFUSED: dict[Fault, bytes] = {
    "throttle": _refusal("ProvisionedThroughputExceededException"),
    "conflict": _refusal("TransactionConflictException"),
}


class FaultProxy:
    """The proxy's address, and how many of each fault there were."""

    def __init__(self, engine: str, plan: Plan, *, delay: threading.Event) -> None:
        self.plan = plan
        self.met: dict[Fault, int] = dict.fromkeys(FAULTS, 0)
        self.after_drop: Callable[[], object] | None = None
        parts = urlsplit(engine)
        self.engine = (parts.hostname or "", parts.port or 80)
        self.released = delay
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"proxy": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def fault(self, operation: str) -> Fault:
        """Decide, and note, the fault of this request."""
        with self._lock:
            fault = self.plan(operation)
            self.met[fault] += 1
            return fault

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def proxied(engine: str, plan: Plan) -> Iterator[FaultProxy]:
    """A running proxy in front of the engine at this address."""
    proxy = FaultProxy(engine, plan, delay=threading.Event())
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: ClassVar[FaultProxy]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        # JSON services name the operation in a header; SNS, which speaks forms, in the body.
        operation = self.headers.get("X-Amz-Target", "").partition(".")[2]
        fault = self.proxy.fault(operation)
        if fault == "cut":
            self.close_connection = True
            return
        if fault in _REFUSED:
            self._answer(400, _REFUSED[fault])
            return
        status, answer = self._forward(body)
        if fault == "drop":
            if self.proxy.after_drop is not None:
                self.proxy.after_drop()
            self.close_connection = True
        elif fault == "delay":
            self.proxy.released.wait(5)
            self.close_connection = True
        else:
            self._answer(status, answer, part=len(answer) // 2 if fault == "break" else None)

    def _forward(self, body: bytes) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(*self.proxy.engine, timeout=10)
        try:
            connection.request("POST", self.path, body, dict(self.headers))
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def _answer(self, status: int, body: bytes, *, part: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:part])
        self.close_connection = part is not None

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base's own name)
        """Nobody reads it."""
