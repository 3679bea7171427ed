"""Small honest fakes for the screens: a client that keeps games in memory, and games to show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from backend.domain.errors import NimError, NoSuchGame, NoSuchInvitation, NoSuchPlayer
from backend.domain.game import Game, State
from backend.domain.nim import DEFAULT_HEAPS, Heaps, Move, Rule
from backend.domain.opponents import Opponent
from nim_tui.client.models import AccountProfile, Features, GameList, OpenInvitation
from nim_tui.client.offline import Offline

NOW = datetime(2026, 11, 22, 14, 2, tzinfo=UTC)
"""The time on every picture."""


PROFILE = AccountProfile("ana", "ana@example.com", "+15555550101", "sms", ntfy_topic="anas-turns")


class FakeAccount:
    """The account behind the account's card: what changes is remembered, and nothing refused."""

    def __init__(self, profile: AccountProfile, error: NimError | None = None) -> None:
        self.profile, self.error = profile, error

    async def show(self) -> AccountProfile:
        if self.error is not None:
            raise self.error
        return self.profile

    async def change(self, **change: Any) -> AccountProfile:
        self.profile = replace(self.profile, **change)
        return self.profile

    async def confirm(self, *_: Any) -> AccountProfile:
        return self.profile

    async def change_password(self, *_: Any) -> None:
        """Nothing changes."""

    async def export(self) -> dict[str, Any]:
        return {}

    async def contacts_optional(self) -> bool:
        return True


@dataclass
class FakeInvitations:
    """The part of `InvitationRequests` that the screens use.

    Attributes:
        asked: heaps, rule, days and request id of each that was made.
        offered: what codes lead to.
        taken: the codes that were accepted, in order.
        open: the player's own.

    """

    asked: list[tuple[Heaps, Rule, int | None, str | None]] = field(default_factory=list)
    offered: dict[str, OpenInvitation | NimError] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    open: list[OpenInvitation] = field(default_factory=list)
    fail: NimError | None = None

    async def make(
        self,
        *,
        heaps: Heaps = DEFAULT_HEAPS,
        rule: Rule = "misere",
        days_per_move: int | None = None,
        request_id: str | None = None,
    ) -> OpenInvitation:
        self.asked.append((heaps, rule, days_per_move, request_id))
        if self.fail is not None:
            raise self.fail
        return make_invitation(heaps=heaps, rule=rule, days_per_move=days_per_move)

    async def mine(self) -> Sequence[OpenInvitation]:
        if self.fail is not None:
            raise self.fail
        return tuple(self.open)

    async def withdraw(self, code: str) -> None:
        if self.fail is not None:
            raise self.fail
        self.open = [one for one in self.open if one.code != code]

    async def look(self, code: str) -> OpenInvitation:
        found = self.offered.get(code, NoSuchInvitation())
        if isinstance(found, NimError):
            raise found
        return found

    async def accept(self, code: str) -> Game:
        self.taken.append(code)
        if self.fail is not None:
            raise self.fail
        return make_game("bob", creator="bob")


@dataclass
class FakeClient:
    """The part of `NimClient` that the list of games uses. `tell` is what its watch yields next."""

    username: str | None = "ana"
    place: str = "memory"
    place_name: str = "memory"
    refresh_token: str | None = None
    slow: bool = False
    players: set[str] = field(default_factory=lambda: {"bob"})
    open_games: list[Game] = field(default_factory=list)
    done_games: list[Game] = field(default_factory=list)
    asked: list[tuple[str, Heaps, Rule, int | None, str | None]] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    fail: NimError | None = None
    played_with: tuple[Opponent, ...] = (Opponent("bob", 5, 3, 1), Opponent("ines", 0, 0, 1))
    finished_failures: list[NimError] = field(default_factory=list)
    features: Features = field(default_factory=Features)
    invitations: FakeInvitations = field(default_factory=FakeInvitations)
    connection: SimpleNamespace = field(default_factory=SimpleNamespace)
    closed: bool = False
    account: FakeAccount = field(default_factory=lambda: FakeAccount(PROFILE))

    def __post_init__(self) -> None:
        self._told: asyncio.Queue[GameList | Offline | NimError] = asyncio.Queue()
        self.answering = asyncio.Event()
        self.answering.set()

    async def open(self) -> None:
        """Nothing to open."""

    async def check(self) -> None:
        """Nothing to check."""

    async def close(self) -> None:
        self.closed = True

    async def sign_out(self) -> None:
        self.username = None

    async def games(
        self, state: State = "open", cursor: str | None = None, limit: int = 100
    ) -> GameList:
        if state == "done" and self.finished_failures:
            raise self.finished_failures.pop(0)
        games = self.open_games if state == "open" else self.done_games
        start = int(cursor or 0)
        rest = len(games) > start + limit
        return GameList(tuple(games[start : start + limit]), str(start + limit) if rest else None)

    async def opponents(self) -> tuple[Opponent, ...]:
        return self.played_with

    async def watch_games(self) -> AsyncIterator[GameList | Offline]:
        yield GameList(tuple(self.open_games))
        while True:
            told = await self._told.get()
            if isinstance(told, NimError):
                raise told
            yield told

    def tell(self, told: GameList | Offline | NimError | None = None) -> None:
        """Let the watch yield this; by default the open games as they are now."""
        self._told.put_nowait(told or GameList(tuple(self.open_games)))

    async def new_game(
        self,
        opponent: str,
        *,
        heaps: Heaps = DEFAULT_HEAPS,
        rule: Rule = "misere",
        days_per_move: int | None = None,
        request_id: str | None = None,
    ) -> Game:
        self.asked.append((opponent, heaps, rule, days_per_move, request_id))
        await self.answering.wait()
        if self.fail is not None:
            raise self.fail
        if opponent not in self.players:
            raise NoSuchPlayer
        game = make_game(opponent, creator="ana", heaps=heaps, start=heaps)
        self.open_games.append(game)
        return game

    async def game(self, game_id: str) -> Game:
        self.read.append(game_id)
        await self.answering.wait()
        for game in (*self.open_games, *self.done_games):
            if game.game_id == game_id:
                return game
        raise NoSuchGame

    async def watch_game(self, game_id: str) -> AsyncIterator[Game | Offline]:
        games = (*self.open_games, *self.done_games)
        yield next(game for game in games if game.game_id == game_id)
        await asyncio.Event().wait()


def make_invitation(created_by: str = "ana", **changes: Any) -> OpenInvitation:
    """An open invitation that was just made."""
    facts: dict[str, Any] = {
        "code": "k3v9x-2ma4q",
        "created_by": created_by,
        "created_at": NOW,
        "expires_at": NOW + timedelta(days=14),
        "url": "https://nim.example.com/k3v9x-2ma4q",
    }
    return OpenInvitation(**(facts | changes))


_COUNT = iter(range(10_000))


def make_game(
    other: str,
    *,
    creator: str | None = None,
    heaps: Heaps = DEFAULT_HEAPS,
    start: Heaps = DEFAULT_HEAPS,
    minutes: float = 4,
    days: int | None = None,
    rule: Rule = "misere",
    game_id: str | None = None,
) -> Game:
    """A game of ana's against `other`, invited by `creator`, unmoved for so many minutes."""
    since = NOW - timedelta(minutes=minutes)
    creator = creator or other
    invited = other if creator == "ana" else "ana"
    return Game(
        game_id=game_id or f"game{next(_COUNT):04}",
        user1=creator,
        user2=invited,
        heaps=heaps,
        start=start,
        last_move_by=creator,
        rule=rule,
        created_at=since,
        waiting_since=since,
        days_per_move=days,
    )


def play(game: Game, *moves: tuple[int, int], minutes: float = 4) -> Game:
    """The game after moves (heap, left), the newest so many minutes ago."""
    for back, (heap, left) in zip(range(len(moves) - 1, -1, -1), moves, strict=True):
        turn = game.turn
        assert turn is not None
        game = game.after_move(turn, Move(heap, left), NOW - timedelta(minutes=minutes + 60 * back))
    return game


def some_games() -> tuple[list[Game], list[Game]]:
    """Open and finished games of ana's: each kind that a list can show."""
    bob = play(make_game("bob", creator="bob", days=2, game_id="bob1"), (1, 5 - 1), (3, 3))
    marguerite = make_game("marguerite", minutes=120, days=3, game_id="marguerite1")
    tomas = play(
        make_game("tomáš", creator="ana", days=2, game_id="tomas1"),
        (2, 0), (1, 1), (3, 3), minutes=39 * 60,
    )  # fmt: skip
    ines = play(make_game("ines", days=3, game_id="ines1"), (1, 4), minutes=12)
    captain = play(
        make_game("old_captain", heaps=(20, 13, 20), start=(20, 13, 20), game_id="captain1"),
        (3, 17), minutes=3 * 24 * 60,
    )  # fmt: skip
    opened = [tomas, marguerite, bob, captain, ines]
    done = []
    for days, (name, how) in enumerate((("bob", "won"), ("ines", "lost"), ("jo", "resign"))):
        at = 60 * 24 * (1 + days * 9)
        game = make_game(name, creator=name, game_id=f"{name}-done")
        if how == "resign":
            game = game.ended("resign", "ana", NOW - timedelta(minutes=at))
        else:
            first = ((1, 0), (2, 0), (3, 0)) if how == "lost" else ((1, 0), (2, 0), (3, 1), (3, 0))
            game = play(game, *first, minutes=at)
        done.append(game)
    return opened, done
