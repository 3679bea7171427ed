"""Starting a worker."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

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
