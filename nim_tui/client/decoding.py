"""A backend's response and what it means: a model, or one of the errors of the game.

A response may come from anything: a gateway, a proxy's error page, another API, or the tutorial's
own backend, which knows neither codes nor versions. Whatever does not have the expected shape is
`Unreachable`, in a sentence for people. Imported with the first request: it brings msgspec.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from backend import wire
from backend.domain.errors import (
    BY_CODE,
    BadRequest,
    NimError,
    NoSuchGame,
    NotSignedIn,
    TooLarge,
    TooManyRequests,
    Unavailable,
    WrongPassword,
)
from backend.domain.game import Game
from backend.domain.invitations import read_code, shown_code
from backend.domain.nim import Heaps, valid_heaps
from backend.domain.opponents import Opponent
from nim_tui.client import tutorial_backend
from nim_tui.client.errors import Unreachable
from nim_tui.client.models import AccountProfile, GameList, OpenInvitation, SessionTokens
from nim_tui.text.sanitize import SENTENCE_WIDTH, clean

Kind = TypeVar("Kind")

# Above every heap of ours; an item that the tutorial wrote may hold any number.
MOST_IN_A_HEAP = 999
# Outside these, adding days to a time could overflow.
_YEARS = range(1970, 9000)
_MOST_DAYS = 10_000
_MOST_WAIT = 3600.0
_FIELD_WIDTH = 40
_MOST_URL = 300
_URL = re.compile(r"https?://[A-Za-z0-9\[][A-Za-z0-9._~:/%\[\]-]*")
_MOST_TAG = 200
# It goes back in an address, and names at most a few keys of a table.
_MOST_CURSOR = 4_000


class _Session(msgspec.Struct, rename="camel", frozen=True):
    """`wire.SessionAnswer`, read leniently: the tutorial's backend gives no refresh token."""

    id_token: str
    refresh_token: str | None = None


class _Refusal(msgspec.Struct, frozen=True):
    """`wire.ErrorAnswer`, read leniently: a gateway sends only some of it."""

    message: str = ""
    code: str = ""
    fields: dict[str, str] = {}
    game: Any = None


@dataclass(frozen=True, slots=True)
class Response:
    """A complete response; `headers` are looked up in lower case.

    The methods return what the body holds where the status is a success, and raise NimError
    otherwise.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def not_modified(self) -> bool:
        """Whether nothing has changed since the state that the request named."""
        return self.status == 304

    @property
    def held(self) -> bool:
        """Whether the backend waited for a change before it responded (RFC 7240)."""
        return "wait" in self.headers.get("preference-applied", "")

    @property
    def etag(self) -> str:
        """The name of this state; empty where there is none that a request header can carry."""
        tag = self.headers.get("etag", "")
        return tag if tag.isascii() and tag.isprintable() and len(tag) <= _MOST_TAG else ""

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait, from 0 to an hour; None without a readable `Retry-After`."""
        text = self.headers.get("retry-after", "").strip()
        if not (text.isascii() and text.isdigit()):
            return None
        return min(float(text[:9]), _MOST_WAIT)

    @property
    def asks_for_password(self) -> bool:
        """Whether it refuses a password, and not a session."""
        return self.status == 401 and self._refusal().code == WrongPassword.code

    @property
    def rejects_token(self) -> bool:
        """Whether the backend no longer accepts the token that came with the request."""
        if self.status != 400:
            return self.status == 401
        refusal = self._refusal()
        return not refusal.code and tutorial_backend.rejects_token(refusal.message)

    def confirm(self) -> None:
        """Check for success where the body does not matter."""
        if self.status not in (200, 204):
            raise self._error(self._refusal())

    def game(self, *, empty_is_missing: bool = False) -> Game:
        """A game. `empty_is_missing`: an empty body means that there is no such game."""
        if empty_is_missing and self.status == 200 and tutorial_backend.is_empty(self.body):
            raise NoSuchGame
        return _game(self._content(dict[str, Any]))

    def games(self) -> GameList:
        """One page of a list of games."""
        page = self._content(wire.GamesAnswer)
        cursor = page.cursor
        if cursor is not None and not (cursor.isprintable() and len(cursor) <= _MOST_CURSOR):
            raise _not_a_backend()
        games = tuple(_checked(wire.to_game(one)) for one in page.games)
        return GameList(games, cursor, self.etag)

    def invitation(self) -> OpenInvitation:
        """An open invitation."""
        return _invitation(self._content(wire.InvitationAnswer))

    def invitations(self) -> tuple[OpenInvitation, ...]:
        """The player's own open invitations."""
        found = self._content(wire.InvitationsAnswer)
        return tuple(_invitation(one) for one in found.invitations)

    def opponents(self) -> tuple[Opponent, ...]:
        """Whom the player has played with."""
        found = self._content(wire.OpponentsAnswer)
        return tuple(_opponent(one) for one in found.opponents)

    def profile(self) -> AccountProfile:
        """The player's own account."""
        found = self._content(wire.ProfileAnswer)
        return AccountProfile(
            username=found.username,
            email=found.email,
            phone=found.phone_number,
            notices=found.notices,
            email_confirmed=found.email_confirmed,
            phone_confirmed=found.phone_confirmed,
            ntfy_topic=found.ntfy_topic,
            notice_problem=found.notice_problem,
        )

    def store(self) -> str:
        """What the backend keeps its games in."""
        return self._content(wire.HealthAnswer).store

    def export(self) -> dict[str, Any]:
        """Everything that is kept about the player, as the backend tells it."""
        return self._content(dict[str, Any])

    def session(self) -> SessionTokens:
        """The tokens of a new session."""
        found = self._content(_Session)
        # Tokens are sent back in a header, which holds visible ASCII only.
        for token in (found.id_token, found.refresh_token or "x"):
            if not token.isascii() or not token.isprintable() or " " in token or not token:
                raise _not_a_backend()
        return SessionTokens(found.id_token, found.refresh_token)

    def renewed_session(self) -> SessionTokens:
        """The tokens that replace a refresh token.

        Raises:
            NotSignedIn: the backend itself says that the refresh token is no longer good.
            Unreachable: also for a gateway's refusal, which says nothing about the token.

        """
        if self.status == 200:
            return self.session()
        refusal = self._refusal()
        error = self._error(refusal)
        if isinstance(error, NotSignedIn | BadRequest):
            raise (NotSignedIn if refusal.code in BY_CODE else Unreachable) from error
        raise error

    def _content(self, kind: type[Kind]) -> Kind:
        if self.status != 200:
            raise self._error(self._refusal())
        try:
            return msgspec.json.decode(self.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _not_a_backend() from error

    def _refusal(self) -> _Refusal:
        try:
            return msgspec.json.decode(self.body, type=_Refusal)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return _Refusal()

    def _error(self, refusal: _Refusal) -> NimError:
        """The error for a status that is no success."""
        message = clean(refusal.message, SENTENCE_WIDTH) if refusal.message.strip() else None
        if refusal.code in BY_CODE:
            return BY_CODE[refusal.code](
                message,
                fields={
                    clean(name, _FIELD_WIDTH): clean(why, SENTENCE_WIDTH)
                    for name, why in refusal.fields.items()
                },
                game=_shown_board(refusal.game),
                retry_after=self.retry_after,
            )
        return self._gateway_error(message)

    def _gateway_error(self, message: str | None) -> NimError:
        """The error for a response without a code: a gateway's, or the tutorial's backend's."""
        match self.status:
            case 400 | 422:
                return BadRequest(message)
            case 401:
                return NotSignedIn()
            case 403:
                return Unreachable(
                    "Something in front of the backend blocks this request. Ask its operator."
                )
            case 413:
                return TooLarge()
            case 429:
                return TooManyRequests(retry_after=self.retry_after)
            case status if status >= 500:
                return Unavailable(retry_after=self.retry_after)
        return _not_a_backend()


def _shown_board(found: Any) -> Game | None:
    """The board that comes with a refusal; None where it is missing or cannot be shown."""
    with suppress(Unreachable):
        return _game(found)
    return None


def _game(found: Any) -> Game:
    """The game in decoded JSON: ours has a version, an item of the tutorial's has none."""
    if isinstance(found, dict) and "version" in found:
        try:
            return _checked(wire.to_game(msgspec.convert(found, wire.GameAnswer)))
        except msgspec.ValidationError as error:
            raise _not_a_backend() from error
    game = tutorial_backend.game_in(found)
    if game is None:
        raise _not_a_backend()
    return _checked(game)


def _checked(game: Game) -> Game:
    """The game, where the screens can draw it and calculate with it. Raises: Unreachable."""
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
        and _fits(game.heaps, game.start)
        and game.winner in (None, game.user1, game.user2)
        and game.version >= 0
    ):
        return game
    raise _not_a_backend()


def _invitation(found: wire.InvitationAnswer) -> OpenInvitation:
    """The invitation, where the screens can show it. Raises: Unreachable."""
    code, url, days = read_code(found.code), found.url, found.days_per_move
    if (
        code is None
        or not valid_heaps(found.heaps)
        or not (days is None or 0 < days <= _MOST_DAYS)
        or not (_usable(found.created_at) and _usable(found.expires_at))
        or not (url is None or _can_be_pasted(url))
    ):
        raise _not_a_backend()
    return OpenInvitation(
        code=shown_code(code),
        created_by=found.created_by,
        heaps=(found.heaps[0], found.heaps[1], found.heaps[2]),
        rule=found.rule,
        days_per_move=days,
        created_at=found.created_at,
        expires_at=found.expires_at,
        url=url,
    )


def _opponent(found: wire.OpponentAnswer) -> Opponent:
    counts, last = (found.won, found.lost, found.open), found.last_played
    if any(count < 0 for count in counts) or not (last is None or _usable(last)):
        raise _not_a_backend()
    return Opponent(found.username, *counts, last)


def _can_be_pasted(url: str) -> bool:
    """Whether an address is one word in any shell, and nothing but an address."""
    return len(url) <= _MOST_URL and _URL.fullmatch(url) is not None


def _usable(time: datetime) -> bool:
    return time.tzinfo is not None and time.year in _YEARS


def _fits(heaps: Heaps, start: Heaps) -> bool:
    """Whether no heap has more objects than at the start."""
    return all(count <= first for count, first in zip(heaps, start, strict=True))


def _not_a_backend() -> Unreachable:
    return Unreachable("This address answers, but not as a Nim backend does. Check the address.")
