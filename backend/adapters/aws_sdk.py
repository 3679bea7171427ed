"""boto3's clients in one place: with short timeouts, called off the event loop, errors in words.

They are made by botocore, as boto3 itself makes them; the rest of boto3 takes half as long again to
import, and nothing here needs it. They block, so every call runs in a thread. Their default
timeouts are 60 s, far longer than a person waits. With three attempts they repeat a call whose
answer was lost; every write here is safe to repeat. The calls that a move makes go through
`Aws.transport_to`, which needs no threads unless it is boto3.
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

import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConfigParseError,
    ConnectionClosedError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    TokenRetrievalError,
)

from backend.adapters.aws.error_codes import (
    BUSY,
    CONDITION,
    CONFLICT,
    DENIED,
    EXPIRED,
    WRONG_KEYS,
)
from backend.adapters.aws.outcomes import Outcomes, is_cut_short
from backend.domain.errors import NimError, OperatorProblem, Unavailable
from backend.service.watch import Watch

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
"""For uploads, and for services that no player is waiting for."""

# A call takes 1.2 ms of CPU time; the rest is waiting for the network.
THREADS = 16
# For sign-ups and sign-ins, which anyone can ask for: however many wait, games have their own.
DOOR_THREADS = 4

_BUSY_SECONDS = 2.0
_AWAY_SECONDS = 5.0

_CONFLICT_SECONDS = 0.05


class Aws:
    """The clients of one account and region, and the threads that their calls run in.

    Attributes:
        outcomes: how their calls have ended.
        watch: gets to know of it.

    """

    def __init__(
        self,
        region: str | None = None,
        profile: str | None = None,
        *,
        transport: TransportName = "aiohttp",
        watch: Watch | None = None,
    ) -> None:
        self.watch = watch or Watch()
        self.outcomes = Outcomes(self.watch.metrics)
        self.watch.health.ask(self.outcomes.trouble)
        self._session = _translated(lambda: _new_session(region, profile))
        self._clients: dict[str, Any] = {}
        self._transport_name = transport
        self._transport: AwsTransport | None = None
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="nim-aws")
        self._door_threads = ThreadPoolExecutor(DOOR_THREADS, thread_name_prefix="nim-aws-door")

    @property
    def region(self) -> str | None:
        """The region that the clients use; None if none is configured."""
        region: str | None = self._session.get_config_variable("region")
        return region

    def no_table(self, table: str) -> str:
        """What to do where a table does not exist."""
        return (
            f"There is no table {table} in {self.region}."
            " Check the region, or create the table: nim-backend aws create."
        )

    def transport_to(self, service: Service) -> AwsTransport:
        """The transport for moves, lists and texts; all adapters share its connections.

        Creates the service's client at once, which takes a tenth of a second.

        Raises:
            Unavailable: no region, or a profile that does not exist.
        """
        self.client(service)
        if self._transport is None:
            self._transport = self._made_transport()
        return self._transport

    def _made_transport(self) -> AwsTransport:
        # Each brings an import that the other does not need.
        if self._transport_name == "boto3":
            from backend.adapters.aws.boto3_transport import Boto3Transport

            return Boto3Transport(self)
        from backend.adapters.aws.http_transport import HttpTransport

        return HttpTransport(self)

    @property
    def credentials(self) -> Any:
        """The credentials that botocore finds and renews; None if there are none."""
        return self._session.get_credentials()

    @property
    def certificates(self) -> str | None:
        """The CA bundle named by the environment or the AWS configuration."""
        named = self._session.get_config_variable("ca_bundle")
        return named or os.environ.get("REQUESTS_CA_BUNDLE")

    def client(self, service: Any, config: Config | None = None) -> Any:
        """The low-level client of a service, with our timeouts; typed by the caller's annotation.

        It is created once, so only the first call's `config` counts.

        Raises:
            Unavailable: there is no region, or the profile does not exist.
        """
        if service not in self._clients:
            make = partial(self._session.create_client, service, config=config or CONFIG)
            client: Any = _translated(make)
            model, events = client.meta.service_model, client.meta.events
            name = model.service_id.hyphenize()
            events.register(f"after-call.{name}", self.outcomes.after_call)
            events.register(f"after-call-error.{name}", self.outcomes.after_error)
            if model.metadata["protocol"] == "json":
                events.register(f"needs-retry.{name}", _again)
                events.register(f"after-call.{name}", _refuse_cut_short)
            self._clients[service] = client
        return self._clients[service]

    async def call(self, function: Callable[[], T]) -> T:
        """What `function` returns, run in a thread. boto3's errors pass through."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)

    async def aclose(self) -> None:
        """Release everything, on the event loop that used the transport."""
        if self._transport is not None:
            await self._transport.close()
        self.close()

    async def call_at_door(self, function: Callable[[], T]) -> T:
        """As `call`, for those who are not signed in: in threads that no game waits for."""
        return await asyncio.get_running_loop().run_in_executor(self._door_threads, function)

    def close(self) -> None:
        """Release threads and connections; a running call ends by its own timeouts."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._door_threads.shutdown(wait=False, cancel_futures=True)
        for client in self._clients.values():
            client.close()


def _again(response: Any, attempts: int, **_: Any) -> float | None:
    """The pause before another try; None if this needs no other try."""
    if response is None or attempts >= TRIES:
        return None
    http, parsed = response
    if parsed.get("Error", {}).get("Code") == CONFLICT:
        return _CONFLICT_SECONDS * float(2**attempts)
    return 0.0 if is_cut_short(http) else None


def _refuse_cut_short(http_response: Any, **_: Any) -> None:
    if is_cut_short(http_response):
        raise ConnectionClosedError(endpoint_url=http_response.url)


def is_amazons(endpoint: str) -> bool:
    """Whether an endpoint is AWS itself, not an engine that stands in for it."""
    host = urlsplit(endpoint).hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn"))


def error_code(error: BaseException) -> str:
    """AWS's own code for an error; empty if the error is not from AWS."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return ""


def is_condition_failure(error: BaseException) -> bool:
    """Whether a write was refused because its condition was false."""
    return error_code(error) == CONDITION


def condition_failure_item(error: BaseException) -> dict[str, Any] | None:
    """The item that a write's condition failed on, if the request asked for it."""
    if isinstance(error, ClientError):
        response: dict[str, Any] = dict(error.response)
        return response.get("Item") or None
    return None


def as_unavailable(error: ClientError | BotoCoreError, *, missing: str | None = None) -> NimError:
    """An error of boto3 in words: what is wrong, and what to do.

    Args:
        error: what boto3 raised.
        missing: the sentence for a resource that does not exist.
    """
    log.warning("AWS: %s %s", type(error).__name__, error_code(error))
    if isinstance(error, ClientError):
        return _client_error(error, missing)
    if isinstance(error, NoRegionError):
        return OperatorProblem("No AWS region is set. Set AWS_REGION, or run: aws configure.")
    if isinstance(error, ProfileNotFound):
        return OperatorProblem("That AWS profile does not exist. Run: aws configure list-profiles.")
    if isinstance(error, NoCredentialsError | PartialCredentialsError | TokenRetrievalError):
        return OperatorProblem("No AWS credentials were found. Run: aws configure.")
    if isinstance(error, InvalidRegionError):
        return OperatorProblem("The AWS region is not the name of one. Set AWS_REGION.")
    if isinstance(error, ConfigParseError):
        return OperatorProblem("The AWS configuration cannot be read. Correct it: aws configure.")
    return OperatorProblem(
        "AWS cannot be reached. Check the network and the region, then try again.",
        retry_after=_AWAY_SECONDS,
        for_players=Unavailable.default_message,
    )


def _client_error(error: ClientError, missing: str | None) -> Unavailable:
    code = error_code(error)
    if code in BUSY:
        return Unavailable(
            "AWS is too busy right now. Try again in a moment.", retry_after=_BUSY_SECONDS
        )
    if code == "ResourceNotFoundException" and missing is not None:
        return OperatorProblem(missing)
    if code in EXPIRED:
        return OperatorProblem("Your AWS credentials have expired. Sign in to AWS again.")
    if code in WRONG_KEYS:
        return OperatorProblem("AWS rejects your credentials. Run: aws configure.")
    if code in DENIED:
        return OperatorProblem(
            f"Your AWS credentials may not call {_action(error)}."
            " Add it to their policy; see docs/aws.md."
        )
    return Unavailable(retry_after=_AWAY_SECONDS)


def _action(error: ClientError) -> str:
    """The action as a policy names it, if AWS says so; otherwise the operation's name."""
    text = str(error.response.get("Error", {}).get("Message", ""))
    named = re.search(r"to perform: ([a-z0-9-]{2,30}:[A-Za-z]{2,60})", text)
    return named[1] if named else str(error.operation_name)


def _new_session(region: str | None, profile: str | None) -> Any:
    """What `boto3.Session` has inside, which takes a third less time to import by itself."""
    session = botocore.session.Session(profile=profile)
    if region is not None:
        session.set_config_variable("region", region)
    session.get_scoped_config()  # reads the configuration, and so complains of it now
    return session


def _translated(make: Callable[[], T]) -> T:
    try:
        return make()
    except BotoCoreError as error:
        raise as_unavailable(error) from error
    except ValueError as error:  # botocore has no error of its own for an endpoint
        named = sorted(name for name in os.environ if name.startswith("AWS_ENDPOINT_URL"))
        where = " or ".join(named) or "endpoint_url in the AWS configuration"
        raise OperatorProblem(
            f"{where} is not an address like http://127.0.0.1:8000. Correct it or unset it."
        ) from error
