"""One run of a subcommand: its options, its place, and the player who is signed in there."""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from nim_tui.config.places import Place, Places, load_places
from nim_tui.launch import open_client
from nim_tui.options import chosen_place
from nim_tui.shell.output import Output

if TYPE_CHECKING:
    from nim_tui.client.client import NimClient
    from nim_tui.ssh.visit import RunCommand

TERMINATED = 128 + signal.SIGTERM

Value = TypeVar("Value")
AsPlayer = Callable[["Invocation", "NimClient"], Awaitable[None]]


@dataclass
class Invocation:
    """A subcommand that has been called.

    Attributes:
        given: its options and arguments.
        environ: the environment.
        out: where it prints.
        status: the exit status, where nothing was refused.
        for_others: what runs the commands of those who come by ssh, for `serve-ssh`.

    """

    given: argparse.Namespace
    environ: Mapping[str, str]
    out: Output
    status: int = 0
    for_others: Callable[[], RunCommand] | None = None

    @cached_property
    def places(self) -> Places:
        """The remembered places."""
        return load_places()

    @cached_property
    def place(self) -> Place:
        """Where to play. Raises: UsageError, UnreadablePlaces."""
        return chosen_place(self.given, self.environ, self.places)

    @property
    def place_name(self) -> str:
        """The place's name, or else its address."""
        return self.places.name_of(self.place) or self.place.address or "aws"

    @property
    def user(self) -> str | None:
        """Whom to play as; None for the last one who signed in."""
        return self.given.user or self.environ.get("NIM_USER") or None

    def open(self) -> NimClient:
        """A client of the place. Raises: BadAddress."""
        return open_client(self.place)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[NimClient]:
        """A client of the place, with nobody signed in."""
        client = self.open()
        try:
            yield client
        finally:
            await client.close()

    @asynccontextmanager
    async def player(self) -> AsyncIterator[NimClient]:
        """A client of the place, with the player signed in; see `signed_in`."""
        from nim_tui.shell.sessions import signed_in

        async with self.client() as client, signed_in(client, self.user, self.environ):
            yield client

    def as_player(self, work: AsPlayer) -> None:
        """Run `work` with a client on which the player is signed in."""

        async def play() -> None:
            async with self.player() as client:
                await work(self, client)

        self.run(play())

    def run(self, work: Coroutine[Any, Any, Value]) -> Value:
        """Run to the end; SIGTERM cleans up too, and then ends the process."""
        return asyncio.run(ended_by_sigterm(work))


async def ended_by_sigterm(work: Coroutine[Any, Any, Value]) -> Value:
    """The result of the work. SIGTERM cancels it, so that it cleans up, and ends the process."""
    main, ended = asyncio.current_task(), False
    assert main is not None

    def end() -> None:
        nonlocal ended
        ended = True
        main.cancel()

    with suppress(NotImplementedError):  # on Windows
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end)
    try:
        return await work
    except asyncio.CancelledError:
        if ended:
            raise SystemExit(TERMINATED) from None
        raise
