"""Starting a worker, and screens whose worker listens to the backend."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, runtime_checkable

from textual.app import App
from textual.screen import Screen
from textual.worker import WorkType

Work = Callable[[], Coroutine[Any, Any, None]]


def begin(node: App[Any] | Screen[Any], work: Work, *, group: str, exclusive: bool = False) -> None:
    """Let `work` run beside everything else, until it ends or its screen goes.

    It is a function and not yet a coroutine, so that a worker that never came to its turn, because
    the app was just ending, leaves no coroutine behind that nobody awaited.
    """
    started: WorkType[None] = work
    node.run_worker(started, group=group, exclusive=exclusive)


@runtime_checkable
class Listener(Protocol):
    """A screen that follows what happens at the backend, until the session ends."""

    def listen_again(self) -> None:
        """Go on with a new session of the same person; what was chosen or typed is still there."""
