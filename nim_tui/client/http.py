"""One HTTP request and its whole response over httpx; every failure becomes `Unreachable`.

Imported with the first request, not before: it brings httpx.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import httpx

from nim_tui.client.decoding import Response
from nim_tui.client.errors import Unreachable
from nim_tui.text.private import SECRETS
from nim_tui.text.sanitize import clean

CONNECT_SECONDS = 5.0
RESPONSE_SECONDS = 10.0
# The largest page, 100 games with full histories, is about 0.4 MB.
MOST_BYTES = 4_000_000

_LOG = logging.getLogger(__name__)
# Without any handler, Python itself would print warnings.
_LOG.addHandler(logging.NullHandler())

_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED in OpenSSL's x509_vfy.h
_URL_WIDTH = 80


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
        seconds: float | None = None,
    ) -> Response:
        """The response, whatever its status; redirects are not followed.

        `seconds` (default RESPONSE_SECONDS) bounds the whole exchange: httpx's own timeouts do not
        work in this process, nor with a server that sends a byte now and then.

        Raises:
            Unreachable: no complete response came.

        """
        seconds = RESPONSE_SECONDS if seconds is None else seconds
        began = time.monotonic()
        SECRETS.learn_path(path)
        try:
            # What a server sent earlier, such as a cursor, may be part of the address.
            request = self._request(method, path, body, headers, params, seconds)
            response, received = await self._whole_response(request, seconds)
        except Unreachable:
            raise
        except Exception as error:
            # Besides httpx's own: UnicodeError for a host, OverflowError for a proxy's port, …
            _LOG.warning("%s %s: no response (%s)", method, path, type(error).__name__)
            _LOG.debug("%s %s", method, path, exc_info=error)
            raise Unreachable(self._reason(error)) from error
        milliseconds = (time.monotonic() - began) * 1000
        _LOG.info("%s %s: %d in %.0f ms", method, path, response.status_code, milliseconds)
        if 300 <= response.status_code < 400 and response.status_code != 304:
            raise Unreachable(self._redirected(response.headers.get("location", "")))
        return Response(response.status_code, response.headers, received)

    def _request(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        params: Mapping[str, str],
        seconds: float,
    ) -> httpx.Request:
        headers = {"accept": "application/json", "accept-encoding": "identity"} | dict(headers)
        if body is not None:
            headers["content-type"] = "application/json"
        return self._http.build_request(
            method,
            path,
            content=body,
            headers=headers,
            params=dict(params) or None,
            timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS),
        )

    async def _whole_response(
        self, request: httpx.Request, seconds: float
    ) -> tuple[httpx.Response, bytes]:
        async with asyncio.timeout(seconds):
            response = await self._http.send(request, stream=True)
            try:
                return response, await self._read(response)
            finally:
                await response.aclose()

    async def _read(self, response: httpx.Response) -> bytes:
        received = bytearray()
        async for chunk in response.aiter_bytes():
            received += chunk
            if len(received) > MOST_BYTES:
                raise Unreachable(
                    f"{self._name} sends far too much for a Nim backend. Check the address."
                )
        return bytes(received)

    def _reason(self, error: BaseException) -> str:
        if isinstance(error, TimeoutError | httpx.TimeoutException):
            return f"{self._name} does not respond in time. Check the network, then try again."
        for cause in _causes(error):
            if isinstance(cause, ssl.SSLCertVerificationError):
                return _certificate_problem(self._name, cause)
            if isinstance(cause, ssl.SSLError):
                return f"{self._name} does not speak valid https. Check the address."
        if not isinstance(error, httpx.HTTPError | httpx.StreamError | OSError):
            return f"Nothing can be sent to {self._name}. Check the address and the proxy settings."
        if isinstance(error, httpx.ConnectError):
            return f"{self._name} cannot be reached. Check the address and the network."
        return f"The connection to {self._name} was lost. Try again in a moment."

    def _redirected(self, location: str) -> str:
        try:
            target = urlsplit(location)
        except ValueError:
            target = urlsplit("")
        if target.scheme in ("http", "https") and target.hostname:
            url = clean(f"{target.scheme}://{target.netloc}", _URL_WIDTH)
            return f"{self._name} redirects to {url}. If you trust it, start with --server {url}."
        return f"{self._name} redirects elsewhere and is not a Nim backend. Check the address."


def _certificate_problem(name: str, error: ssl.SSLCertVerificationError) -> str:
    if error.verify_code == _EXPIRED:
        return f"The certificate of {name} has expired. Ask its operator to renew it."
    return (
        f"The certificate of {name} does not prove that it is this server. "
        "Check the address, or ask its operator."
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
