"""Persistent connections to AWS on one event loop, with proxies, certificates and limits.

botocore decides which proxy and which certificates apply, so aiohttp does not read the environment.
Errors are raised as botocore's.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import aiohttp
from botocore.exceptions import (
    BotoCoreError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import ProxyConfiguration, get_cert_path, mask_proxy_url
from botocore.utils import get_environ_proxies
from yarl import URL

# DynamoDB's largest answer is 16 MB of items, which JSON makes longer.
MOST_BYTES = 32 * 1024 * 1024
_KEEP_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP response, with the attribute names that botocore's retry handlers read."""

    url: str
    status_code: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, slots=True)
class Address:
    """Where requests go, and through which proxy."""

    url: URL
    proxy: str | None = None
    proxy_headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def encrypted(self) -> bool:
        """Whether a certificate is checked on the way."""
        return self.url.scheme == "https" or (self.proxy or "").startswith("https:")


def address_of(url: str, proxies: Mapping[str, str] | None) -> Address:
    """The address of an endpoint; without `proxies`, through the environment's proxy."""
    found = ProxyConfiguration(get_environ_proxies(url) if proxies is None else dict(proxies))
    proxy = found.proxy_url_for(url)
    # The URL is signed as it is, so it must be sent as it is.
    sent = URL(url, encoded=True)
    if not proxy:
        return Address(sent)
    return Address(sent, proxy, found.proxy_headers_for(proxy))


class Connections:
    """The connections of one event loop, opened when first needed."""

    def __init__(self, *, connect: float, read: float, most: int, verify: str | None) -> None:
        """Set the limits.

        Args:
            connect: seconds to open a connection, TLS included.
            read: seconds between two chunks of an answer; the whole may take four times as long.
            most: connections at once.
            verify: a CA bundle; None for botocore's.
        """
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=connect, sock_read=read)
        self._whole = 4 * read
        self._most = most
        self._verify = verify
        self._session: aiohttp.ClientSession | None = None
        self._trust: asyncio.Future[ssl.SSLContext] | None = None
        self._closed = False

    async def post(self, address: Address, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send a request and read the whole answer.

        Raises:
            HTTPClientError: there was no complete answer; botocore's subclass for the case.

        """
        with _as_botocore(address):
            trust = await self._trusted() if address.encrypted else True
            async with (self._session or self._open()).post(
                address.url,
                data=body,
                headers=headers,
                proxy=address.proxy,
                proxy_headers=address.proxy_headers,
                ssl=trust,
                allow_redirects=False,
            ) as answer:
                if answer.content.is_eof():
                    content = await answer.read()
                else:
                    async with asyncio.timeout(self._whole):
                        content = await _within_size(answer)
                return Reply(str(address.url), answer.status, answer.headers, content)

    async def close(self) -> None:
        """Close them for good; a running request ends with an error."""
        self._closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            raise aiohttp.ClientConnectionError("these connections have been closed")
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._most, keepalive_timeout=_KEEP_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            auto_decompress=False,
            skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent"),
        )
        return self._session

    async def _trusted(self) -> ssl.SSLContext:
        if self._trust is None or (self._trust.done() and self._trust.exception()):
            # Reading the certificates takes some ten milliseconds.
            loop = asyncio.get_running_loop()
            self._trust = loop.run_in_executor(None, self._read_certificates)
        return await asyncio.shield(self._trust)

    def _read_certificates(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._verify or get_cert_path(True))


async def _within_size(answer: aiohttp.ClientResponse) -> bytes:
    """The body of an answer, up to a size that no answer of AWS reaches."""
    if (answer.content_length or 0) > MOST_BYTES:
        raise aiohttp.ClientPayloadError("the answer is too long")
    if answer.content_length is not None:
        return await answer.read()
    parts: list[bytes] = []
    size = 0
    async for part in answer.content.iter_any():
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise aiohttp.ClientPayloadError("the answer is too long")
    return b"".join(parts)


@contextmanager
def _as_botocore(address: Address) -> Iterator[None]:
    try:
        yield
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise _translated(error, address) from error


def _translated(error: Exception, address: Address) -> BotoCoreError:
    url = str(address.url)
    match error:
        case aiohttp.ClientProxyConnectionError() | aiohttp.ClientHttpProxyError():
            shown = mask_proxy_url(address.proxy or "")
            return ProxyConnectionError(proxy_url=shown, error=error)
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return SSLError(endpoint_url=url, error=error)
        case aiohttp.ConnectionTimeoutError():
            return ConnectTimeoutError(endpoint_url=url, error=error)
        case TimeoutError():
            return ReadTimeoutError(endpoint_url=url, error=error)
        case aiohttp.ClientConnectorError():
            return EndpointConnectionError(endpoint_url=url, error=error)
        case (
            aiohttp.ServerDisconnectedError()
            | aiohttp.ClientPayloadError()
            | aiohttp.ClientOSError()
            | aiohttp.ClientConnectionError()
        ):
            return ConnectionClosedError(endpoint_url=url, error=error)
        case _:
            return HTTPClientError(error=error)
