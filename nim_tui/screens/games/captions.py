"""The captions of the games screen. Pure."""

from __future__ import annotations

from datetime import datetime

from textual.content import Content

from nim_tui.client.offline import Offline
from nim_tui.model.lobby import Lobby
from nim_tui.paint import Marks
from nim_tui.screens.games.session import GamesState
from nim_tui.text.sanitize import SENTENCE_WIDTH, clean

EMPTY = "No games yet. Press n to invite a friend."
LISTLESS = "This server keeps no list. Press i to open a game by its id, or n to begin one."
LOOKING = "Loading your games"
FINISHED_MISSING = "Your finished games did not arrive. Asking for them again."


def empty(state: GamesState, wanted: str) -> Content:
    """The note where there are no games; `wanted` is the filter."""
    if wanted.strip():
        return Content(f'No game matches "{clean(wanted, 20)}".')
    if state.listless:
        return Content(LISTLESS)
    if state.known and not state.finished_missing:
        return Content(EMPTY)
    return Content("" if state.error or state.finished_missing else LOOKING)


def status(state: GamesState, current: str | None, marks: Marks, now: datetime) -> Content:
    """Whether all is well; `current` is the id of the game under the highlight."""
    if state.error:
        text = clean(state.error, SENTENCE_WIDTH)
        return Content.assemble((f"{marks.bad} ", "$bad"), text)
    if state.offline is not None:
        return _offline(state.offline, state.retry_at, marks, now)
    if state.listless:
        return _id_of(current)
    if not state.known:
        return Content("")
    if state.finished_missing:
        return Content.assemble((f"{marks.offline} ", "$bad bold"), FINISHED_MISSING)
    return Content.assemble(
        (f"{marks.you} ", "$good"), f"Up to date.  {_waits(state.lobby)}".rstrip()
    )


def _offline(offline: Offline, retry_at: datetime, marks: Marks, now: datetime) -> Content:
    seconds = max(1, round((retry_at - now).total_seconds()))
    if offline.since is not None:
        rest = f"Games as of {offline.since.astimezone():%H:%M}."
    else:
        rest = clean(offline.message, SENTENCE_WIDTH)
    return Content.assemble(
        (f"{marks.offline} Offline.", "$bad bold"), f" Trying again in {seconds} s. {rest}"
    )


def _id_of(current: str | None) -> Content:
    if current is None:
        return Content("")
    return Content(f"This game's id is {clean(current)}. Keep it: this server keeps no list.")


def _waits(lobby: Lobby) -> str:
    count = len(lobby.your_turn)
    if count:
        return f"{count} game{' waits' if count == 1 else 's wait'} for you."
    return "Nothing waits for you." if lobby.open or lobby.done else ""
