"""What the service needs from outside; each port has an adapter for one machine and one for AWS.

Implementations raise the errors of `domain.errors`, and no others that a caller should handle.
Trouble outside (a full disk, a throttled table) is `Unavailable`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from backend.domain.game import Game, State
from backend.domain.nim import Heaps, Move
from backend.domain.notices import Notice, Outcome, owed
from backend.domain.opponents import Opponent
from backend.domain.people import Player, Registration, Session
from backend.service.invitation_store import InvitationStore

MOST_OPEN_GAMES = 100
"""How many open games and invitations a player may have created; those received do not count."""


class GameChanged(Exception):
    """A conditional write failed because the game has changed; `game` is the current one."""

    def __init__(self, game: Game) -> None:
        super().__init__(game.game_id)
        self.game = game


class AccountClosing(Exception):
    """The password is right, but the account's deletion has begun; it must be finished now."""

    def __init__(self, username: str) -> None:
        super().__init__(username)
        self.username = username


@dataclass(frozen=True, slots=True)
class PagePosition:
    """The position in a list, in its order, after which the next page begins."""

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

    `applied` is False if nothing was written, because the game exists already or this very move was
    applied before. Such a write owes nothing.
    """

    game: Game
    applied: bool = True
    notices: tuple[Notice, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        notices = tuple(owed(self.game)) if self.applied else ()
        object.__setattr__(self, "notices", notices)  # as in a frozen dataclass


class GameStore(Protocol):
    """Where games are kept. Every change is one conditional write.

    Lists are in `list_order`; `wait_for` keys are `game_key` and `user_key` of `subscriptions`.
    """

    @property
    def invitations(self) -> InvitationStore:
        """The open invitations beside the games."""

    async def put(self, game: Game) -> Written:
        """Store a new game. If one with this id exists, it is returned instead, not applied.

        Raises:
            TooManyGames: its creator has MOST_OPEN_GAMES open games and invitations. Games of
                invitations were counted as such.

        """

    async def get(self, game_id: str) -> Game | None:
        """The current game, read consistently; None if it does not exist.

        A record that is not a game's is None or a DamagedGame, as the store can tell.
        """

    async def move(
        self,
        game_id: str,
        user: str,
        move: Move,
        *,
        version: int | None,
        now: datetime,
        owned_from: datetime | None = None,
        seen: Heaps | None = None,
    ) -> Written:
        """Make a move by one conditional write, reading nothing first.

        `move.left` is 0 or more; the write's condition checks everything else. With `version`, the
        game must have that version, and with `seen` these heaps: moves of the tutorial's own client
        change the heaps alone. With `owned_from`, nothing is written to a game created before; the
        error or the game that tells so is not for the caller.

        Returns:
            The game after the move. If this very move with this `version` was applied before: the
            current game, not applied.

        Raises:
            NoSuchGame, GameOver, Stale, NotYourTurn, IllegalMove: see `backend.domain.decisions`.

        """

    async def replace(self, seen: Game, new: Game) -> Written:
        """Write `new`, which ends the game, if the game is still the same as `seen`.

        Raises:
            GameChanged: it is not the same; the error carries the current game.
            NoSuchGame: it is gone.

        """

    async def list(self, user: str, state: State, limit: int, after: PagePosition | None) -> Page:
        """The games that `user` plays in, in `list_order`, at most `limit` of them."""

    async def opponents(
        self, user: str, owned_from: datetime | None, now: datetime
    ) -> Sequence[Opponent]:
        """Whom `user` has played with in games since `owned_from`, `latest_first`."""

    async def watch(self, hub: Wakes) -> None:
        """Report changes to `hub`, including those by other processes, until cancelled.

        It runs only while somebody waits. It wakes all waiters once when it begins, so that a
        change made between their read and its start is not missed.
        """

    async def close(self) -> None:
        """Release files, threads and connections."""


class Wakes(Protocol):
    """What a store's `watch` reports changes to: `subscriptions.ChangeHub`."""

    def waited_for(self) -> Collection[str]:
        """The keys that are being waited for right now."""

    def wake(self, keys: Iterable[str]) -> None:
        """Something behind these keys has changed."""

    def wake_all(self) -> None:
        """Anything may have changed."""


class Identity(Protocol):
    """Accounts, sign-in and tokens."""

    contacts_required: bool
    """Whether an account must have an e-mail address and a phone number."""

    async def register(self, form: Registration) -> Player:
        """Create an account. Raises: UserExists, BadRequest."""

    async def register_invited(self, form: Registration) -> Player:
        """As `register`, by the backend's own right, where nobody may register."""

    async def sign_in(
        self, username: str, password: str, new_password: str | None = None
    ) -> Session:
        """Sign in; `new_password` replaces a one-time password.

        Raises:
            WrongPassword: also for an unknown name, after the same time.
            SignInIncomplete: the account still lacks something, such as a new password.
            AccountClosing: its deletion has begun.

        """

    async def refresh(self, refresh_token: str) -> Session:
        """A new session for a refresh token. Raises: NotSignedIn."""

    async def revoke(self, refresh_token: str) -> None:
        """Revoke a refresh token; unknown tokens are ignored."""

    async def verify(self, id_token: str) -> str:
        """The username that an ID token proves. Raises: NotSignedIn, Unavailable.

        The token is good while its account is the same, its password has not changed since, and its
        deletion has not begun. Another process's changes count within a minute.
        """

    async def owned_from(self, username: str) -> datetime | None:
        """The first moment of this account's games: see `Game.belongs_to`."""

    async def find(self, username: str) -> Player | None:
        """The account with this name, in any case; None if there is none."""

    async def update(self, player: Player) -> Player:
        """Change an account's addresses and notices to these. Raises: BadRequest, NoSuchPlayer."""

    async def change_password(self, username: str, password: str, new_password: str) -> None:
        """Replace a password that its owner knows; all sessions and tokens end.

        Raises:
            WrongPassword, SignInIncomplete: as `sign_in`.
            BadRequest: the new password cannot be stored.

        """

    async def set_password(self, username: str, new_password: str) -> None:
        """Set a lasting password, checked by `credentials`; all sessions and tokens end.

        Raises:
            NoSuchPlayer: also for an account whose deletion has begun.

        """

    async def players(self) -> Sequence[Player]:
        """All accounts, by name."""

    async def add(self, username: str) -> str:
        """Create an account for somebody. Returns its one-time password. Raises: UserExists."""

    async def reset(self, username: str) -> str:
        """Set a new one-time password, and end the sessions. Raises: NoSuchPlayer."""

    async def begin_closing(self, username: str) -> Player:
        """Mark an account as closing: no sign-in and no new game. Once more, it changes nothing.

        Raises:
            NoSuchPlayer.

        """

    async def closing(self, usernames: Collection[str]) -> Collection[str]:
        """Which of these accounts are closing or gone, read afresh."""

    async def all_closing(self) -> Sequence[str]:
        """The accounts that are closing."""

    async def delete(self, username: str) -> None:
        """Remove an account and its sessions. Raises: NoSuchPlayer."""

    async def close(self) -> None:
        """Release files, threads and connections."""


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """What is kept about an account beside a user pool.

    Attributes:
        sub: the account's id, which no later account of the name has; empty once it is deleted.
        owned_from: the first moment of this account's games; of a deleted one, its end.
        counts_from: tokens of sign-ins before this second (since 1970, by the pool's clock) do not
            count.
        closing: whether its deletion has begun.
    """

    sub: str
    owned_from: datetime | None = None
    counts_from: int = 0
    closing: bool = False


class AccountRecords(Protocol):
    """The records of a pool's accounts, by name without regard to case. Raises: Unavailable."""

    async def get(self, usernames: Collection[str]) -> Mapping[str, AccountRecord]:
        """Those records that exist, read consistently."""

    async def begin(self, username: str, record: AccountRecord, instead_of: str | None) -> bool:
        """Write a record in place of the one with the `sub` `instead_of`, or of none.

        Returns whether that was still so.
        """

    async def count_from(self, username: str, seconds: int) -> None:
        """End all tokens of sign-ins before this second."""

    async def begin_closing(self, username: str, sub: str) -> None:
        """Mark the account as closing."""

    async def all_closing(self) -> Sequence[str]:
        """The names of the accounts that are closing, in small letters; it may lag a little."""

    async def end(self, username: str, at: datetime) -> None:
        """The account is deleted: leave only the time of its end."""


class Sender(Protocol):
    """Hands messages over to one channel: the telephone network, a mail server, ntfy."""

    async def send(self, to: str, text: str, *, key: str, by: str) -> Outcome:
        """Send one message.

        Args:
            to: the number in E.164, the e-mail address, or the topic.
            text: the words.
            key: identifies the message, so that trying it again does not count it again.
            by: the account that caused it.

        Raises:
            Unavailable: which counts as `later`.

        """

    async def close(self) -> None:
        """Give back what was set aside for messages that were not sent."""


class Courier(Protocol):
    """Sends notices to people once a change is committed."""

    def committed(self, notices: Sequence[Notice]) -> None:
        """Take these on. Returns at once and never raises, so that no notice fails a move."""

    async def close(self) -> None:
        """Finish what is under way, or leave it for later."""


def list_order(game: Game, user: str) -> tuple[int, float, str]:
    """The order of lists, as a sort key.

    Open games: the caller's turn first, then the longest wait first; an unknown wait counts as the
    longest. Finished games: the latest end first.
    """
    time = game.sort_time.timestamp() if game.sort_time else 0.0
    if game.state == "done":
        return (0, -time, game.game_id)
    return (0 if game.turn == user else 1, time, game.game_id)


def place_of(game: Game, user: str) -> PagePosition:
    """The position of a game in the list of `user`."""
    return PagePosition(list_order(game, user)[0], game.sort_time, game.game_id)


# A day's counters are useless once it is over.
KEEP_SECONDS = 3 * 24 * 3600


class DailyCounter(Protocol):
    """Counts the texts of a day, up to caps that hold for all processes together."""

    async def count(self, name: str, text: str, cap: int) -> bool:
        """Count one text under this name, unless `cap` others are counted there.

        Counting the same text again changes nothing, and is still true.

        Raises:
            Unavailable: whether it was counted is unknown; ask again.

        """

    async def lease(self, name: str, *, holder: str, held: int, places: int, cap: int) -> int:
        """Take up to `places` more of the `cap` places under this name.

        Args:
            name: of the cap.
            holder: who takes them; one call at a time for each holder and name.
            held: what the last call for them returned, 0 at first.
            places: how many to take, if as many are left.
            cap: how many there are for all holders together.

        Returns:
            How many the holder has had in all; `held` if no more are left.

        Raises:
            Unavailable: whether they were taken is unknown; the next call finds out.

        """

    async def give_back(self, name: str, *, holder: str, held: int, places: int) -> None:
        """Return some of the places that `lease` gave. Raises: Unavailable."""
