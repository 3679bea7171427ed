"""What the service needs from the outside, each with an adapter for one machine and one for AWS.

Implementations raise the errors of `domain.errors` and nothing else that a caller should handle;
trouble with the outside (a full disk, a throttled table) is `Unavailable`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from backend.domain.game import Game, State
from backend.domain.nim import Move
from backend.domain.notices import Notice, Outcome, owed
from backend.domain.people import NoticesBy, Player, Registration, Session

MOST_OPEN_GAMES = 100
"""Open games that one player may have created; invitations received do not count."""


class GameChanged(Exception):
    """A conditional write met another game than the caller saw; `game` is how it stands now."""

    def __init__(self, game: Game) -> None:
        super().__init__(game.game_id)
        self.game = game


@dataclass(frozen=True, slots=True)
class PagePosition:
    """Where the next page of a list begins: after this place in the list's order."""

    rank: int
    time: datetime | None
    game_id: str


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a list, in its order, and where the next part begins (None at the end)."""

    games: Sequence[Game]
    next: PagePosition | None


@dataclass(frozen=True, slots=True)
class Written:
    """The game after a write, and the notices that the write owes.

    `applied` is False where nothing was written: the game is there already, or this very move was
    made before. That owes nothing.
    """

    game: Game
    applied: bool = True
    notices: tuple[Notice, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        notices = tuple(owed(self.game)) if self.applied else ()
        object.__setattr__(self, "notices", notices)  # the way to fill a field of a frozen class


class GameStore(Protocol):
    """Where games are kept. Every change is one conditional write.

    Lists are in `list_order`; `wait_for` keys are `game_key` and `user_key` of `subscriptions`.
    """

    async def put(self, game: Game) -> Written:
        """Keep a new game, unless one with this id is there: then that one, not applied.

        Raises:
            TooManyGames: its creator has MOST_OPEN_GAMES of their own open.

        """

    async def get(self, game_id: str) -> Game | None:
        """The game as it stands, consistently; None when there is none."""

    async def move(
        self, game_id: str, user: str, move: Move, *, version: int | None, now: datetime
    ) -> Written:
        """Make a move by one conditional write, reading nothing first.

        `move.left` is 0 or more; everything else is checked by the write's condition. With
        `version` the board must be the one with that version.

        Returns:
            The game after the move; or as it is now, not applied, where exactly this move with this
            `version` was applied before.

        Raises:
            NoSuchGame, GameOver, Stale, NotYourTurn, IllegalMove: see `backend.domain.decisions`.

        """

    async def replace(self, seen: Game, new: Game) -> Written:
        """Write `new`, which ends the game, where the game still is as `seen`.

        Raises:
            GameChanged: it is not, and this is how it stands.
            NoSuchGame: it is gone.

        """

    async def list(self, user: str, state: State, limit: int, after: PagePosition | None) -> Page:
        """The games that `user` plays in, in `list_order`, at most `limit` of them."""

    async def watch(self, hub: Wakes) -> None:
        """Tell `hub` of changes, other processes' included, until cancelled.

        Runs only while somebody waits. It wakes everybody once when it begins, so that a change
        made between their read and its start is not missed.
        """

    async def close(self) -> None:
        """Let go of files, threads and connections."""


class Wakes(Protocol):
    """What a store's `watch` tells of changes; `backend.service.subscriptions.Hub`."""

    def waited_for(self) -> Collection[str]:
        """The keys that somebody waits for right now."""

    def wake(self, keys: Iterable[str]) -> None:
        """Something behind these keys has changed."""

    def wake_all(self) -> None:
        """Anything may have changed."""


class Identity(Protocol):
    """Who people are."""

    phone_required: bool

    async def register(self, form: Registration) -> Player:
        """A new account. Raises: UserExists, BadRequest."""

    async def sign_in(
        self, username: str, password: str, new_password: str | None = None
    ) -> Session:
        """Sign in; `new_password` replaces a one-time password.

        Raises:
            WrongPassword: also for an unknown name, after the same time.
            SignInIncomplete: the account still needs something, a new password for one.

        """

    async def refresh(self, refresh_token: str) -> Session:
        """A new session for a refresh token. Raises: NotSignedIn."""

    async def revoke(self, refresh_token: str) -> None:
        """Make a refresh token useless; an unknown one is no error."""

    async def verify(self, id_token: str) -> str:
        """The username that an ID token proves. Raises: NotSignedIn, Unavailable."""

    async def find(self, username: str) -> Player | None:
        """The account of this name without regard to case; None when nobody has it."""

    async def update(self, username: str, *, phone: str | None, notices: NoticesBy) -> Player:
        """Change the own phone number and whether notices go to it. Raises: BadRequest."""

    async def players(self) -> Sequence[Player]:
        """All accounts, by name."""

    async def add(self, username: str) -> str:
        """A new account made by an administrator; its one-time password. Raises: UserExists."""

    async def reset(self, username: str) -> str:
        """A new one-time password; ends the sessions. Raises: NoSuchPlayer."""

    async def delete(self, username: str) -> None:
        """Remove an account and its sessions. Raises: NoSuchPlayer."""

    async def close(self) -> None:
        """Let go of files, threads and connections."""


class Sender(Protocol):
    """Who hands a text message to the telephone network."""

    async def send(self, phone: str, text: str) -> Outcome:
        """Send one text message. Raises: Unavailable, which counts as `later`."""


class Courier(Protocol):
    """Who brings notices to people once a change is committed."""

    def committed(self, notices: Sequence[Notice]) -> None:
        """Take these on. Returns at once and never raises: a notice never fails a move."""

    async def close(self) -> None:
        """Finish or put away what is under way."""


def list_order(game: Game, user: str) -> tuple[int, float, str]:
    """The order of lists, a key to sort by.

    Open games: the caller's turn first, the longest wait first, and games whose wait is unknown
    before those. Finished games: the latest end first.
    """
    time = game.sort_time.timestamp() if game.sort_time else 0.0
    if game.state == "done":
        return (0, -time, game.game_id)
    return (0 if game.turn == user else 1, time, game.game_id)


def place_of(game: Game, user: str) -> PagePosition:
    """The place of a game in the list of `user`."""
    return PagePosition(list_order(game, user)[0], game.sort_time, game.game_id)


# A day's counters are of no use after it.
KEEP_SECONDS = 3 * 24 * 3600


class DailyCounter(Protocol):
    """Counts up to a cap."""

    async def count(self, name: str, cap: int) -> bool:
        """Count one more under this name, unless that would pass `cap`. Raises: Unavailable."""
