"""What a backend's answers mean: games, lists, sessions, and refusals as the errors of the game.

Answers come from outside: a gateway's, a proxy's page, another API, the tutorial's own backend that
knows neither codes nor versions. Whatever is not what it should be is `Unreachable`, in words.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from backend import wire
from backend.domain.errors import (
    BY_CODE,
    BadRequest,
    NimError,
    NotSignedIn,
    TooLarge,
    TooManyRequests,
    Unavailable,
)
from backend.domain.game import Game
from backend.domain.nim import DEFAULT_HEAPS, Heaps
from nim_tui.client.errors import Unreachable
from nim_tui.client.http import Response
from nim_tui.client.models import GameList, Profile
from nim_tui.text.sanitize import SENTENCE_WIDTH, clean

Kind = TypeVar("Kind")

# More than any game of ours has; the tutorial's own items may hold any number.
MOST_IN_A_HEAP = 999
# Beyond these, adding days to a time could overflow.
_YEARS = range(1970, 9000)
_MOST_DAYS = 10_000
_MOST_WAIT = 3600.0
_FIELD_WIDTH = 40
_MOST_TAG = 200
# It goes back in an address, and names at most a few keys of a table.
_MOST_CURSOR = 4_000


class _TutorialGame(msgspec.Struct, rename="camel", frozen=True):
    """All that an item of the tutorial's own holds."""

    game_id: str
    user1: str
    user2: str
    heap1: int
    heap2: int
    heap3: int
    last_move_by: str


class _TutorialSession(msgspec.Struct, rename="camel", frozen=True):
    id_token: str
    refresh_token: str | None = None


class _Refusal(msgspec.Struct, frozen=True):
    message: str = ""
    code: str = ""
    fields: dict[str, str] = {}
    game: msgspec.Raw = msgspec.Raw(b"null")


def game(answer: Response) -> Game:
    """The game in an answer with status 200."""
    return _game(answer.body)


def games(answer: Response) -> GameList:
    """The list in an answer with status 200."""
    page = _decode(answer.body, wire.GamesAnswer)
    if page.cursor is not None and not (
        page.cursor.isprintable() and len(page.cursor) <= _MOST_CURSOR
    ):
        raise _no_backend()
    return GameList(
        tuple(_checked(wire.to_game(one)) for one in page.games),
        page.cursor,
        etag(answer),
    )


def session(answer: Response) -> tuple[str, str | None]:
    """ID token and refresh token; the tutorial's own backend gives no refresh token."""
    found = _decode(answer.body, _TutorialSession)
    # They go into a header: nothing but visible ASCII.
    for token in (found.id_token, found.refresh_token or "x"):
        if not token.isascii() or not token.isprintable() or " " in token or not token:
            raise _no_backend()
    return found.id_token, found.refresh_token


def profile(answer: Response) -> Profile:
    """The player's own account."""
    found = _decode(answer.body, wire.ProfileAnswer)
    return Profile(found.username, found.email, found.phone_number, found.notices)


def etag(answer: Response) -> str:
    """The name of this state, to be sent back; empty where there is none that a header can hold."""
    tag = answer.headers.get("etag", "")
    return tag if tag.isascii() and tag.isprintable() and len(tag) <= _MOST_TAG else ""


def retry_after(answer: Response) -> float | None:
    """Seconds of a `Retry-After`, between 0 and an hour; None where it says nothing readable."""
    text = answer.headers.get("retry-after", "").strip()
    if not (text.isascii() and text.isdigit()):
        return None
    return min(float(text[:9]), _MOST_WAIT)


def empty(answer: Response) -> bool:
    """Whether a success says nothing, which is the tutorial's way to say that there is no game."""
    return answer.body.strip() in (b"", b"{}", b"null", b'""')


def coded(answer: Response) -> bool:
    """Whether the backend itself has refused, with a code, and not a gateway in front of it."""
    return _refusal(answer).code in BY_CODE


def refused(answer: Response) -> NimError:
    """The error that an answer with another status than 2xx or 304 tells."""
    said = _refusal(answer)
    message = clean(said.message, SENTENCE_WIDTH) if said.message.strip() else None
    wait = retry_after(answer)
    if said.code in BY_CODE:
        board = None
        # The refusal counts also where its board is none that could be shown.
        with suppress(Unreachable):
            board = _game(bytes(said.game))
        fields = {
            clean(name, _FIELD_WIDTH): clean(why, SENTENCE_WIDTH)
            for name, why in said.fields.items()
        }
        return BY_CODE[said.code](message, fields=fields, game=board, retry_after=wait)
    match answer.status:
        case 400 | 422:
            return BadRequest(message)
        case 401:
            return NotSignedIn()
        case 413:
            return TooLarge()
        case 429:
            return TooManyRequests(retry_after=wait)
        case 403:
            return Unreachable("Something in front of the backend refuses this. Ask who runs it.")
        case status if status >= 500:
            return Unavailable(retry_after=wait)
    return _no_backend()


def _refusal(answer: Response) -> _Refusal:
    try:
        return msgspec.json.decode(answer.body, type=_Refusal)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _Refusal()


def _game(body: bytes) -> Game:
    keys = _decode(body, dict[str, Any])
    if "version" in keys:
        return _checked(wire.to_game(_decode(body, wire.GameAnswer)))
    item = _decode(body, _TutorialGame)
    heaps: Heaps = (item.heap1, item.heap2, item.heap3)
    return _checked(
        Game(
            game_id=item.game_id,
            user1=item.user1,
            user2=item.user2,
            heaps=heaps,
            start=_at_least(DEFAULT_HEAPS, heaps),
            last_move_by=item.last_move_by,
        ).settled(None)
    )


def _checked(game: Game) -> Game:
    """A game that the screens can draw and reckon with."""
    times = (
        game.created_at,
        game.waiting_since,
        game.ended_at,
        *(made.at for made in game.moves),
    )
    counts = (*game.heaps, *game.start, *(made.left for made in game.moves))
    days = game.days_per_move
    if (
        all(0 <= count <= MOST_IN_A_HEAP for count in counts)
        and all(time is None or _usable(time) for time in times)
        and (days is None or 0 < days <= _MOST_DAYS)
        and game.start == _at_least(game.start, game.heaps)
        and game.winner in (None, game.user1, game.user2)
        and game.version >= 0
    ):
        return game
    raise _no_backend()


def _usable(time: datetime) -> bool:
    return time.tzinfo is not None and time.year in _YEARS


def _at_least(start: Heaps, heaps: Heaps) -> Heaps:
    return (max(start[0], heaps[0]), max(start[1], heaps[1]), max(start[2], heaps[2]))


def _decode(body: bytes, kind: type[Kind]) -> Kind:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _no_backend() from error


def _no_backend() -> Unreachable:
    return Unreachable("This address answers, but not as a Nim backend does. Check the address.")
