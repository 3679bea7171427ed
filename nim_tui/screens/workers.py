"""Starting a worker, and screens whose worker listens to the backend."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from textual.app import App
from textual.screen import Screen
from textual.worker import WorkType

if TYPE_CHECKING:
    from backend.domain.game import Game
    from nim_tui.model.lobby import Lobby

Work = Callable[[], Coroutine[Any, Any, None]]


def begin(node: App[Any] | Screen[Any], work: Work, *, group: str, exclusive: bool = False) -> None:
    """Run `work` in the background until it ends or its screen closes.

    It is a function and not a coroutine: a worker that never started, because the app was just
    ending, would leave a coroutine behind that was never awaited.
    """
    started: WorkType[None] = work
    node.run_worker(started, group=group, exclusive=exclusive)


@runtime_checkable
class Listener(Protocol):
    """A screen that follows what happens at the backend, until the session ends."""

    def listen_again(self) -> None:
        """Listen again after the same person has signed in anew; keep what was chosen or typed."""


@runtime_checkable
class ListsGames(Protocol):
    """The list of the player's games, which need not be imported to be looked for."""

    @property
    def lobby(self) -> Lobby: ...

    def see(self, game: Game) -> None:
        """Take in a game that is newer than the list."""
