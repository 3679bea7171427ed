"""boto3, in one place: clients with short timeouts, calls off the event loop, errors in words.

boto3 blocks, so that every call runs in a thread. Its default timeouts are 60 s, far longer than a
person waits; three attempts repeat a call whose answer was lost, which every write here survives.
The calls that a move makes go through `Aws.transport`, which needs no thread unless it is boto3.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    TokenRetrievalError,
)

from backend.domain.errors import NimError, Unavailable

if TYPE_CHECKING:
    from backend.adapters.aws.transport import AwsTransport, Service

log = logging.getLogger(__name__)

T = TypeVar("T")

TransportName: TypeAlias = Literal["aiohttp", "boto3"]

TRIES = 3
CONFIG = Config(
    connect_timeout=2,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": TRIES},
    max_pool_connections=32,
)
PATIENT = Config(
    connect_timeout=10, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 5}
)
"""For an upload, and for services that nobody waits for at a board."""

# A call takes 1.2 ms of processor time and waits for the network otherwise.
THREADS = 16

_BUSY_SECONDS = 2.0
_AWAY_SECONDS = 5.0

_BUSY = {
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_WRONG_KEYS = {
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "NotAuthorized"}


class Aws:
    """The clients of one account and region, and the threads that their calls run in."""

    def __init__(
        self,
        region: str | None = None,
        profile: str | None = None,
        *,
        transport: TransportName = "aiohttp",
    ) -> None:
        self._core = botocore.session.get_session()
        self._session = _translated(
            lambda: boto3.Session(
                botocore_session=self._core, region_name=region, profile_name=profile
            )
        )
        self._clients: dict[str, Any] = {}
        self._transport_name = transport
        self._transport: AwsTransport | None = None
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="nim-aws")

    @property
    def region(self) -> str | None:
        """The region that the clients speak to; None where nobody said one."""
        return self._session.region_name

    def transport_to(self, service: Service) -> AwsTransport:
        """What sends the calls of a move, a list and a text; all adapters share its connections.

        The service's client is made now, which takes a tenth of a second.

        Raises:
            Unavailable: no region, or a profile that does not exist.
        """
        self.client(service)
        if self._transport is None:
            self._transport = self._made_transport()
        return self._transport

    def _made_transport(self) -> AwsTransport:
        # Each brings an import that the other one has no use for.
        if self._transport_name == "boto3":
            from backend.adapters.aws.boto3_transport import Boto3Transport

            return Boto3Transport(self)
        from backend.adapters.aws.http_transport import HttpTransport

        return HttpTransport(self)

    @property
    def credentials(self) -> Any:
        """The credentials by botocore, which may have to be renewed; None where there are none."""
        return self._session.get_credentials()

    @property
    def certificates(self) -> str | None:
        """The file of certificates that the environment or the configuration names."""
        named = self._core.get_config_variable("ca_bundle")
        return named or os.environ.get("REQUESTS_CA_BUNDLE")

    def client(self, service: Any, config: Config | None = None) -> Any:
        """The low-level client of a service, with our timeouts; typed by the caller's annotation.

        Made once: `config` counts the first time.

        Raises:
            Unavailable: no region, or a profile that does not exist.
        """
        if service not in self._clients:
            make = partial(self._session.client, service, config=config or CONFIG)
            client: Any = _translated(make)
            model = client.meta.service_model
            if model.metadata["protocol"] == "json":
                name = model.service_id.hyphenize()
                client.meta.events.register(f"needs-retry.{name}", _again_when_cut_short)
                client.meta.events.register(f"after-call.{name}", _refuse_cut_short)
            self._clients[service] = client
        return self._clients[service]

    async def call(self, function: Callable[[], T]) -> T:
        """What `function` returns, run in a thread. boto3's errors come as they are."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)

    async def aclose(self) -> None:
        """Let go of everything, on the event loop that the transport was used on."""
        if self._transport is not None:
            await self._transport.close()
        self.close()

    def close(self) -> None:
        """Let go of threads and connections; a call that is under way ends by its timeouts."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for client in self._clients.values():
            client.close()


def _is_cut_short(answer: Any) -> bool:
    """Whether the connection ended before the answer did; botocore itself takes that for whole."""
    announced = answer.headers.get("content-length", "")
    return announced.isdecimal() and len(answer.content) < int(announced)


def _again_when_cut_short(response: Any, attempts: int, **_: Any) -> float | None:
    """The pause before another try; None where none is needed for this."""
    if response is None or attempts >= TRIES or not _is_cut_short(response[0]):
        return None
    return 0.0


def _refuse_cut_short(http_response: Any, **_: Any) -> None:
    if _is_cut_short(http_response):
        raise ConnectionClosedError(endpoint_url=http_response.url)


def is_amazons(endpoint: str) -> bool:
    """Whether an endpoint is AWS itself, and not an engine that stands in for it."""
    host = urlsplit(endpoint).hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn"))


def error_code(error: BaseException) -> str:
    """AWS's own word for an error; empty where it is none of AWS's."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return ""


def is_condition_failure(error: BaseException) -> bool:
    """Whether the condition of a write was false, and so nothing was written."""
    return error_code(error) == "ConditionalCheckFailedException"


def condition_failure_item(error: BaseException) -> dict[str, Any] | None:
    """The item that a write's condition failed on, where the request asked for it."""
    if isinstance(error, ClientError):
        response: dict[str, Any] = dict(error.response)
        return response.get("Item") or None
    return None


def as_unavailable(error: ClientError | BotoCoreError, *, missing: str | None = None) -> NimError:
    """An error of boto3 in words: what is wrong, and what to do.

    Args:
        error: what boto3 raised.
        missing: the sentence for a resource that is not there.
    """
    log.warning("AWS: %s %s", type(error).__name__, error_code(error))
    if isinstance(error, ClientError):
        return _client_error(error, missing)
    if isinstance(error, NoRegionError):
        return Unavailable("No AWS region is set. Set AWS_REGION, or run: aws configure.")
    if isinstance(error, ProfileNotFound):
        return Unavailable("That AWS profile does not exist. Run: aws configure list-profiles.")
    if isinstance(error, NoCredentialsError | PartialCredentialsError | TokenRetrievalError):
        return Unavailable("No AWS credentials were found. Run: aws configure.")
    return Unavailable(
        "AWS cannot be reached. Check the network and the region, then try again.",
        retry_after=_AWAY_SECONDS,
    )


def _client_error(error: ClientError, missing: str | None) -> Unavailable:
    code = error_code(error)
    if code in _BUSY:
        return Unavailable(
            "AWS is too busy for this right now. Try again in a moment.", retry_after=_BUSY_SECONDS
        )
    if code == "ResourceNotFoundException" and missing is not None:
        return Unavailable(missing)
    if code in _EXPIRED:
        return Unavailable("Your AWS credentials have expired. Sign in to AWS again.")
    if code in _WRONG_KEYS:
        return Unavailable("AWS does not accept your credentials. Run: aws configure.")
    if code in _DENIED:
        return Unavailable(
            f"Your AWS credentials may not call {_action(error)}."
            " Add it to their policy, see docs/aws.md."
        )
    return Unavailable(retry_after=_AWAY_SECONDS)


def _action(error: ClientError) -> str:
    """The action as a policy names it, where AWS says so; else the operation's name."""
    text = str(error.response.get("Error", {}).get("Message", ""))
    named = re.search(r"to perform: ([a-z0-9-]{2,30}:[A-Za-z]{2,60})", text)
    return named[1] if named else str(error.operation_name)


def _translated(make: Callable[[], T]) -> T:
    try:
        return make()
    except BotoCoreError as error:
        raise as_unavailable(error) from error
