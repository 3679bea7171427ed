"""A board on a stage: the real app and screen, at a table of the test's choice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from textual.message import Message
from textual.pilot import Pilot

from backend.domain.errors import NimError
from backend.domain.game import Game
from backend.domain.nim import DEFAULT_HEAPS, Heaps, Move, Rule
from backend.domain.opponents import Opponent
from nim_tui.app import NimApp
from nim_tui.client import NimClient
from nim_tui.client.offline import Offline
from nim_tui.config.settings import Settings
from nim_tui.matches import Match
from nim_tui.screens.board.screen import BoardScreen
from nim_tui.terminal.capabilities import Terminal
from nim_tui.tokens import MemoryVault
from nim_tui.widgets.board.heap import Heap
from nim_tui.widgets.board.lines import Line
from tests.support import unused_database

M = TypeVar("M", bound=Message)
Condition = Callable[[], object]
NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


def clock() -> datetime:
    """The same moment always."""
    return NOW


def game(
    *moves: tuple[int, int],
    user1: str = "bob",
    user2: str = "alice",
    heaps: Heaps = DEFAULT_HEAPS,
    days: int | None = None,
) -> Game:
    """A game after moves of (heap, left), a minute each, the last one four minutes ago."""
    began = NOW - timedelta(minutes=4 + len(moves))
    new = Game(
        game_id="a" * 16,
        user1=user1,
        user2=user2,
        heaps=heaps,
        start=heaps,
        last_move_by=user1,
        days_per_move=days,
        created_at=began,
        waiting_since=began,
    )
    for number, (heap, left) in enumerate(moves, 1):
        assert new.turn is not None
        new = new.after_move(new.turn, Move(heap, left), began + timedelta(minutes=number))
    return new


def hidden_move(before: Game, user: str, heap: int, left: int) -> Game:
    """The game after a move that nothing but the board tells of, as the tutorial's client moves."""
    heaps = list(before.heaps)
    heaps[heap - 1] = left
    return replace(before, heaps=(heaps[0], heaps[1], heaps[2]), last_move_by=user)


@dataclass
class FakeClient:
    """A backend of one game in memory, whose answers a test can hold back or spoil."""

    game_now: Game
    username: str = "alice"
    sent: list[tuple[int, int, int]] = field(default_factory=list)
    refuse: list[NimError] = field(default_factory=list)
    refuse_ending: list[NimError] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    score: tuple[Opponent, ...] = ()

    async def opponents(self) -> tuple[Opponent, ...]:
        return self.score

    def __post_init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.news: asyncio.Queue[Game | Offline] = asyncio.Queue()

    async def move(self, game: Game, heap: int, left: int) -> Game:
        self.sent.append((game.version, heap, left))
        await self.gate.wait()
        if self.refuse:
            raise self.refuse.pop(0)
        self.game_now = self.game_now.after_move(self.username, Move(heap, left), NOW)
        return self.game_now

    def answered_by(self, user: str, heap: int, left: int) -> Game:
        """The game after the other one's move."""
        self.game_now = self.game_now.after_move(user, Move(heap, left), NOW)
        return self.game_now

    async def _ended(self, how: str, ended: Game) -> Game:
        if self.refuse_ending:
            raise self.refuse_ending.pop(0)
        self.asked.append(how)
        await self.gate.wait()
        self.game_now = ended
        return ended

    async def resign(self, game_id: str) -> Game:
        assert game_id == self.game_now.game_id
        return await self._ended("resign", self.game_now.ended("resign", "bob", NOW))

    async def claim(self, game_id: str) -> Game:
        assert game_id == self.game_now.game_id
        return await self._ended("claim", self.game_now.ended("timeout", "alice", NOW))

    async def decline(self, game_id: str) -> Game:
        assert game_id == self.game_now.game_id
        return await self._ended("decline", self.game_now.ended("decline", None, NOW))

    async def rematch(self, game_id: str) -> Game:
        assert game_id == self.game_now.game_id
        self.asked.append("rematch")
        await self.gate.wait()
        return replace(game(user1="alice", user2="bob"), game_id="b" * 16)

    async def new_game(
        self,
        opponent: str,
        *,
        heaps: Heaps,
        rule: Rule,
        days_per_move: int | None,
        request_id: str | None,
    ) -> Game:
        assert request_id
        self.asked.append("new game")
        began = game(user1=self.username, user2=opponent, heaps=heaps, days=days_per_move)
        return replace(began, game_id="c" * 16, rule=rule)

    async def watch_game(self, game_id: str) -> AsyncIterator[Game | Offline]:
        assert game_id
        while True:
            yield await self.news.get()


@dataclass(frozen=True)
class Stage:
    """The running board and short ways to look at it."""

    pilot: Pilot[None]
    posted: list[Message] = field(default_factory=list)

    @property
    def screen(self) -> BoardScreen:
        screen = self.pilot.app.screen
        assert isinstance(screen, BoardScreen)
        return screen

    def says(self, name: str) -> str:
        """What a line says."""
        return str(self.screen.query_one(f"#{name}").render()).strip()

    def heap(self, number: int) -> Heap:
        return self.screen.query_one(f"#heap{number}", Heap)

    @property
    def counts(self) -> tuple[int, ...]:
        return tuple(self.heap(number).count for number in (1, 2, 3))

    @property
    def chosen(self) -> tuple[int, ...]:
        return tuple(self.heap(number).chosen for number in (1, 2, 3))

    def told(self, kind: type[M]) -> list[M]:
        """The messages of a kind that were posted."""
        return [message for message in self.posted if isinstance(message, kind)]

    async def sit(self, table: Match) -> None:
        """Change to another table."""
        await self.pilot.app.switch_screen(BoardScreen(table))
        await settled(self.pilot)

    async def press(self, *keys: str) -> None:
        """Press keys, and let the screen come to rest after them."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def until(self, condition: Condition) -> None:
        """Let the app work until `condition` holds; fails after twenty seconds."""
        async with asyncio.timeout(20):
            while not condition():
                await self.pilot.pause()
                await asyncio.sleep(0.005)


def stage_app(
    *, moving: bool = False, theme: str = "dusk", shows: Terminal | None = None
) -> NimApp:
    """The app, with its motions off unless they are `moving`; its backend is never asked."""
    return NimApp(
        NimClient.embedded(unused_database()),
        vault=MemoryVault(),
        settings=Settings(theme=theme, animation=moving),
        terminal=shows or Terminal(),
    )


async def settled(pilot: Pilot[None]) -> None:
    """Let the size decide on classes, those on sizes, and those on the heaps."""
    for _ in range(3):
        await pilot.pause()


@asynccontextmanager
async def at_board(
    table: Match, size: tuple[int, int] = (80, 24), *, moving: bool = False, asking: bool = False
) -> AsyncIterator[Stage]:
    """The app with this board open; `asking` is the setting that confirms each move."""
    app = stage_app(moving=moving)
    app.settings = replace(app.settings, confirm_moves=asking)
    posted: list[Message] = []
    async with app.run_test(size=size, message_hook=posted.append) as pilot:
        await app.push_screen(BoardScreen(table))
        await settled(pilot)
        yield Stage(pilot, posted)


def lines(stage: Stage) -> Iterator[str]:
    """Every line of words on the board."""
    for line in stage.screen.query(Line):
        yield str(line.render())
