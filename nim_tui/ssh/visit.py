"""What a session needs from the server, and what a command that it runs is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from nim_tui.client.keys import KeyBook
from nim_tui.client.transports import Transport
from nim_tui.ssh.admission import Starts
from nim_tui.ssh.environment import RemoteTerminal
from nim_tui.ssh.visitor import Visitor


class SharedPlace(Protocol):
    """The place that all sessions play on.

    Attributes:
        keys: remembers whose key is whose; None where nothing can be remembered.

    """

    @property
    def keys(self) -> KeyBook | None: ...

    def transport(self, address: str) -> Transport:
        """The way there for one session; `address` is what its requests are counted by."""

    async def start(self) -> None:
        """Get ready. Raises: CannotOpen, Unavailable."""

    async def close(self) -> None:
        """Release everything."""


@dataclass(frozen=True, slots=True)
class CommandCall:
    """A command that came over the line.

    Attributes:
        text: the command, as it was typed after `ssh HOST`.
        visitor: who gives it; not signed in yet.
        terminal: the terminal that it prints on; None for a pipe.
        write: takes what it prints; `complain`, what goes to standard error.

    """

    text: str
    visitor: Visitor
    terminal: RemoteTerminal | None
    write: Callable[[str], None]
    complain: Callable[[str], None]


RunCommand = Callable[[CommandCall], Awaitable[int]]
"""Runs a command to its end; its exit status. It raises nothing of ours."""


@dataclass(frozen=True, slots=True)
class Hosting:
    """What all sessions of one server share."""

    place: SharedPlace
    run_command: RunCommand
    starts: Starts
