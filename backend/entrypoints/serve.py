"""`nim-backend serve`: its options, and what it prints when it is ready."""

from __future__ import annotations

import argparse
import ipaddress
import logging
import os
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from backend.extras import needed_for

if TYPE_CHECKING:
    from backend.bootstrap import Backend
    from backend.config.settings import BackendSettings, StoreChoice
    from backend.service.watch import Watch

log = logging.getLogger(__name__)

DESCRIPTION = """\
Serve the game over HTTP: accounts, games, moves and notices.

Everything is stored in one SQLite file, unless you choose another --store. nim-tui may use the same
file on this machine at the same time. The server listens on this machine only (127.0.0.1), unless
you set --host. Passwords cross the network, so put a reverse proxy with TLS in front of it.
Stop it with SIGTERM or ctrl+c. It logs one JSON line per request to standard error."""

EPILOG = """\
examples:
  nim-backend serve
  nim-backend serve --port 9000 --store sqlite:/srv/nim/games.db --closed-registration
  nim-backend serve --trusted-proxy 127.0.0.1     behind a reverse proxy on this machine
  nim-backend serve --metrics 127.0.0.1:9100      figures for Prometheus at /metrics there

environment:
  NIM_DATA        the SQLite file, unless --store names one
  NIM_PUBLIC_URL  its public address behind a proxy, like https://nim.example.com
  NIM_TABLE, USER_POOL_ID, COGNITO_CLIENT_ID, AWS_…   for --store dynamodb
  NIM_AWS_CLIENT  boto3 sends every call to AWS through boto3, more slowly
  NIM_SMS_PREFIXES=+1,+49
                  text notices through Amazon SNS, to these countries (default: to nobody)
  NIM_SMS_PER_NUMBER, NIM_SMS_PER_ACCOUNT, NIM_SMS_IN_ALL
                  how many texts a day; NIM_SMS_CONFIRM=none: without confirming numbers"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `serve` to the command line."""
    serve = commands.add_parser(
        "serve",
        help="serve the game over HTTP",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    serve.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: %(default)s)"
    )
    serve.add_argument(
        "--port",
        type=_port,
        default=8000,
        help="port to listen on; 0 picks a free one (default: 8000)",
    )
    serve.add_argument(
        "--store", metavar="sqlite:FILE|dynamodb", help="where games and accounts are stored"
    )
    _add_registration(serve)
    _add_surroundings(serve)
    serve.set_defaults(run=_run)


def _add_surroundings(serve: argparse.ArgumentParser) -> None:
    serve.add_argument(
        "--no-limits",
        action="store_true",
        help="switch rate limits off (for load tests, loopback only)",
    )
    serve.add_argument(
        "--trusted-proxy",
        metavar="ADDRESS",
        action="append",
        default=[],
        type=_network,
        help="trust X-Forwarded-For from this address or network (may be repeated)",
    )
    serve.add_argument(
        "--metrics",
        metavar="HOST:PORT",
        type=_address,
        help="Prometheus' figures at http://HOST:PORT/metrics, and nowhere else",
    )


def _add_registration(serve: argparse.ArgumentParser) -> None:
    serve.add_argument(
        "--closed-registration",
        action="store_true",
        help="only `nim-backend users add` creates accounts; also closes the Cognito user pool",
    )
    serve.add_argument(
        "--invitations-register",
        action="store_true",
        help="let an invitation create one account where registration is closed",
    )


def _run(arguments: argparse.Namespace) -> int:
    from backend.api.origins import is_loopback
    from backend.config import logs
    from backend.config.settings import chosen_store
    from backend.domain.errors import BadRequest

    with needed_for("nim-backend serve", "server"):
        from backend.entrypoints import http_server

    if arguments.no_limits and not is_loopback(arguments.host):
        raise BadRequest("--no-limits works on loopback only. Leave out --host or --no-limits.")
    choice, settings = chosen_store(arguments.store, os.environ)
    # Until it serves, the one-line error at the end says why it does not.
    logs.configure(level=logging.CRITICAL)
    closes_pool = arguments.closed_registration and choice.kind == "dynamodb"
    warning = _close_pool(settings) if closes_pool else None
    figures = _figures(arguments.metrics)

    def announce(listening: socket.socket) -> None:
        logs.configure()
        if warning is not None:
            log.warning(warning)
        _announce(listening, choice, arguments, warning)
        figures.announce()
        print("Stop with ctrl+c", flush=True)

    http_server.run(
        http_server.ListenAddress(
            host=arguments.host, port=arguments.port, trusted_proxies=arguments.trusted_proxy
        ),
        lambda: _backend(arguments, choice, settings, figures.watch),
        announce,
        beside=figures.shown,
    )
    return 0


def _backend(
    arguments: argparse.Namespace, choice: StoreChoice, settings: BackendSettings, watch: Watch
) -> Backend:
    from backend import bootstrap
    from backend.api.origins import is_loopback
    from backend.api.rate_limits import Limits

    return bootstrap.served(
        choice,
        settings,
        registration_open=not arguments.closed_registration,
        invitations_register=arguments.invitations_register,
        limits=Limits(enabled=not arguments.no_limits),
        loopback=is_loopback(arguments.host),
        watch=watch,
    )


@dataclass(frozen=True, slots=True)
class _Figures:
    """The figures of a server, and where they are shown: nowhere, unless `--metrics` says so."""

    watch: Watch
    shown: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
    url: str | None = None

    def announce(self) -> None:
        if self.url is not None:
            print(f"Metrics: {self.url}")


def _figures(address: tuple[str, int] | None) -> _Figures:
    """The figures, on an address of their own that is listened on from now on."""
    from backend.api.origins import Origins, is_loopback
    from backend.service.watch import Watch

    if address is None:
        return _Figures(Watch())
    with needed_for("nim-backend serve --metrics", "server"):
        from backend.adapters.prometheus import PrometheusMetrics
        from backend.entrypoints import http_server, metrics_server

    host, port = address
    place = http_server.ListenAddress(host=host, port=port, options="--metrics")
    listening, metrics = http_server.listen(place), PrometheusMetrics()
    show = partial(metrics_server.exposed, listening, metrics, Origins(loopback=is_loopback(host)))
    return _Figures(Watch(metrics), show, f"{_url(listening)}/metrics")


def _close_pool(settings: BackendSettings) -> str | None:
    """Close the user pool itself. Returns the warning that it may still be open."""
    from backend.adapters.aws_sdk import Aws
    from backend.provision.user_pool import close_registration

    if settings.user_pool_id is None:
        return None  # the server does not start either, and says why
    aws = Aws(settings.region)
    try:
        why = close_registration(aws, settings.user_pool_id)
    finally:
        aws.close()
    if why is None:
        return None
    return (
        f"The user pool {settings.user_pool_id} may still let anyone create accounts, though this"
        f" server confirms none of them. {why} See docs/aws.md."
    )


def _announce(
    listening: socket.socket,
    choice: StoreChoice,
    arguments: argparse.Namespace,
    warning: str | None,
) -> None:
    from backend.api.origins import is_loopback

    host = listening.getsockname()[0]
    local = is_loopback(host)
    url = _url(listening)
    print(f"Nim is served at {url}")
    print(f"Games and accounts: {choice}")
    if arguments.closed_registration:
        print("Registration is closed. Add accounts with: nim-backend users add NAME")
        if arguments.invitations_register:
            print("Players let in whom they invite with: nim-tui invite")
    if warning is not None:
        print(f"Warning: {warning}")
    if local:
        print(f"A friend on this machine plays with: nim-tui --server {url}")
    else:
        print(f"A friend plays with: nim-tui --server {url} --insecure")
        print("This is not encrypted. Outside a trusted network, put TLS in front of it")


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    name = socket.gethostname() if ipaddress.ip_address(host).is_unspecified else host
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError("the port must be a number from 0 to 65535")


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host or (":" in host and not (host[0] == "[" and host[-1] == "]")):
        raise argparse.ArgumentTypeError("write HOST:PORT, for example 127.0.0.1:9100")
    return host.strip("[]"), _port(port)


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text)) if "/" in text else str(ipaddress.ip_address(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is not an IP address or network") from error
