"""`serve-ssh`: this client for everybody who comes by ssh."""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from backend.user_files import database_path
from nim_tui.config.places import Place
from nim_tui.options import UsageError, chosen_place, port, printable, require_extra
from nim_tui.shell.command import Command

if TYPE_CHECKING:
    from nim_tui.shell.call import Invocation
    from nim_tui.ssh.server import Listening, ServerOptions
    from nim_tui.ssh.visit import SharedPlace

MOST_SESSIONS = 10_000
_HOST_KEY = "ssh_host_ed25519_key"


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument(
        "--port", type=port, default=2222, help="port to listen on; 0 picks a free one"
    )
    parser.add_argument(
        "--host-key", metavar="FILE", help="the server's own key; made on the first start"
    )
    parser.add_argument(
        "--sessions", type=_sessions, metavar="N", help="at most so many at a time (default: 200)"
    )


def _sessions(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= MOST_SESSIONS):
        raise argparse.ArgumentTypeError(f"needs a number from 1 to {MOST_SESSIONS}")
    return int(text)


def _serve_ssh(call: Invocation) -> None:
    require_extra("ssh", "serve-ssh", "asyncssh")
    serving = _Serving(call)
    serving.check()
    import asyncio
    import gc
    import logging
    import os

    # Half of Textual's own rate: frames cross a network, and all sessions share one core. It is
    # read when Textual is imported.
    os.environ.setdefault("TEXTUAL_FPS", "30")
    from backend.config import logs
    from nim_tui.ssh.server import SshServer, allow_open_files, serve

    options = serving.options
    allow_open_files(options.sessions)
    # Until it serves, the one line at the end says why it does not.
    logs.configure(level=logging.CRITICAL)

    def ready(listening: Listening) -> None:
        logs.configure()
        # It says who comes, and by which name.
        logging.getLogger("asyncssh").setLevel(logging.WARNING)
        serving.announce(listening)
        # What is here by now stays: it need not be looked at with every collection.
        gc.collect()
        gc.freeze()

    assert call.for_others is not None
    asyncio.run(serve(SshServer(options, serving.shared(), call.for_others()), ready))


class _Serving:
    """What one start of the server was given, and what it prints."""

    def __init__(self, call: Invocation) -> None:
        self._call = call

    @cached_property
    def place(self) -> Place:
        """Where all sessions play: never the place that the operator played at last."""
        call = self._call
        return chosen_place(call.given, call.environ, replace(call.places, last=None))

    def check(self) -> None:
        """Refuse the options that only players have. Raises: UsageError."""
        if self._call.given.user is not None:
            raise UsageError("serve-ssh plays for everybody. Leave out --user.")
        if self.place.aws:
            raise UsageError("serve-ssh plays on --data or --server, not on AWS directly.")

    @cached_property
    def options(self) -> ServerOptions:
        """Where to listen, and with which key."""
        from nim_tui.ssh.admission import MOST_SESSIONS as USUAL_SESSIONS
        from nim_tui.ssh.server import ServerOptions

        given = self._call.given
        folder = Path(self.place.data).parent if self.place.data else database_path().parent
        return ServerOptions(
            host=given.host,
            port=given.port,
            host_key=Path(given.host_key).expanduser() if given.host_key else folder / _HOST_KEY,
            sessions=given.sessions or USUAL_SESSIONS,
        )

    def shared(self) -> SharedPlace:
        """The place, for many at once. Raises: BadAddress."""
        from nim_tui.client.address import server_url
        from nim_tui.client.transports import SharedBackend, SharedServer

        if self.place.server is not None:
            return SharedServer(server_url(self.place.server, insecure=self.place.insecure))
        return SharedBackend(Path(self.place.data or database_path()))

    def announce(self, listening: Listening) -> None:
        """Say where to come, and by which key the server is known."""
        out = self._call.out
        if out.as_json:
            out.document(
                {
                    "host": listening.host,
                    "port": listening.port,
                    "fingerprint": listening.fingerprint,
                }
            )
        else:
            at = "" if listening.port == 22 else f"-p {listening.port} "
            out.line(f"Nim is served by ssh on {listening.host}, port {listening.port}")
            out.line(f"Host key: {listening.fingerprint}")
            out.line(f"Games and accounts: {printable(self.place.address, 200)}")
            if self.place.server is not None:
                out.line("Keys are not remembered: only a server with --data can do that.")
            out.line(f"A friend plays with: ssh {at}{listening.host}")
            out.line("Stop with ctrl+c")
        out.flush()


COMMANDS = (
    Command(
        "serve-ssh",
        "let everybody play who comes by ssh",
        _serve_ssh,
        ("nim-tui serve-ssh", "nim-tui serve-ssh --host 0.0.0.0 --data games.db"),
        _arguments,
    ),
)
