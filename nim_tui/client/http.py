"""One request and its whole answer over httpx, with every failure told as `Unreachable` in words.

Imported with the first request, not before: it brings httpx.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from nim_tui.client.errors import Unreachable
from nim_tui.text.sanitize import clean

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
# The largest page, 100 games with full histories, is about 0.4 MB.
MOST_BYTES = 4_000_000

_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED in OpenSSL's x509_vfy.h
_URL_WIDTH = 80


@dataclass(frozen=True, slots=True)
class Response:
    """A complete answer; `headers` are looked up in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpExchange:
    """Sends requests to one backend. `name` is what people call it."""

    def __init__(self, http: httpx.AsyncClient, name: str) -> None:
        self._http = http
        self._name = name

    async def send(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str],
        params: Mapping[str, str],
        seconds: float = ANSWER_SECONDS,
    ) -> Response:
        """The answer, whatever its status; redirects are not followed.

        `seconds` bounds all of it, also for an application in this process, where httpx keeps no
        time, and for a server that sends a byte now and then.

        Raises:
            Unreachable: no complete answer came.

        """
        headers = {"accept": "application/json", "accept-encoding": "identity"} | dict(headers)
        if body is not None:
            headers["content-type"] = "application/json"
        try:
            # What a server sent earlier, such as a cursor, may be part of the address.
            request = self._http.build_request(
                method,
                path,
                content=body,
                headers=headers,
                params=dict(params) or None,
                timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS),
            )
            async with asyncio.timeout(seconds):
                answer = await self._http.send(request, stream=True)
                try:
                    received = await self._read(answer)
                finally:
                    await answer.aclose()
        except (TimeoutError, httpx.TimeoutException) as error:
            raise Unreachable(
                f"{self._name} does not answer in time. Check the network, then try again."
            ) from error
        except Unreachable:
            raise
        except Exception as error:
            # Besides httpx's own: UnicodeError for a host, OverflowError for a proxy's port, …
            raise Unreachable(self._why(error)) from error
        if 300 <= answer.status_code < 400 and answer.status_code != 304:
            raise Unreachable(self._elsewhere(answer.headers.get("location", "")))
        return Response(answer.status_code, answer.headers, received)

    async def _read(self, answer: httpx.Response) -> bytes:
        received = bytearray()
        async for piece in answer.aiter_bytes():
            received += piece
            if len(received) > MOST_BYTES:
                raise Unreachable(
                    f"{self._name} sends far too much for a Nim backend. Check the address."
                )
        return bytes(received)

    def _why(self, error: BaseException) -> str:
        for cause in _causes(error):
            if isinstance(cause, ssl.SSLCertVerificationError):
                return _certificate(self._name, cause)
            if isinstance(cause, ssl.SSLError):
                return f"{self._name} does not speak https properly. Check the address."
        if not isinstance(error, httpx.HTTPError | httpx.StreamError | OSError):
            return f"Nothing can be sent to {self._name}. Check the address and the proxy settings."
        if isinstance(error, httpx.ConnectError):
            return f"{self._name} cannot be reached. Check the address and the network."
        return f"The connection to {self._name} broke off. Try again in a moment."

    def _elsewhere(self, location: str) -> str:
        try:
            there = urlsplit(location)
        except ValueError:
            there = urlsplit("")
        if there.scheme in ("http", "https") and there.hostname:
            to = clean(f"{there.scheme}://{there.netloc}", _URL_WIDTH)
            return f"{self._name} points to {to}. If you trust that, start with --server {to}."
        return f"{self._name} points elsewhere and is no Nim backend. Check the address."


def _certificate(name: str, error: ssl.SSLCertVerificationError) -> str:
    if error.verify_code == _EXPIRED:
        return f"The certificate of {name} has expired. Ask whoever runs the server to renew it."
    return (
        f"The certificate of {name} does not prove that it is this server. "
        "Check the address, or ask whoever runs it."
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
