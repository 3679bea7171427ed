"""Real clients of real servers, whose every request and answer becomes an `Exchange`.

The history of such a run is checked as one of the simulation is (`tests/simulation/histories.py`).
The order of its events is that of this process, in which all clients run: a request is noted before
it is sent, an answer after it has come, so that what the server did lies between the two.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import httpx

from backend.domain.errors import MoveRefused, NimError
from backend.domain.game import Game
from nim_tui.client import NimClient
from nim_tui.client.models import GameList
from nim_tui.client.retry import Retries
from nim_tui.client.transports import OpenTransport
from nim_tui.client.watch import Pauses
from tests.backend.entrypoints.running import PASSWORD, Running
from tests.simulation.history import History

NAMES = ("anna", "bert", "cleo")
_BOARDS = ((2, 1, 1), (2, 2, 1), (3, 2, 1), (3, 4, 5))
_ACTIONS = {
    "create": 3,
    "move": 20,
    "move twice": 8,
    "move late": 5,
    "move oddly": 6,
    "race": 4,
    "resign": 2,
    "decline": 1,
    "rematch": 2,
    "look": 4,
}
# A connection that is closed this soon may have been closed before the change was made, or after.
_EARLY = 0.02
_QUICK = Retries(pauses=(0.02, 0.06, 0.2))
# Several answers are held at any time; they come early when something changes.
_PAUSES = Pauses(first=0.05, most=0.3, hold=2)


@dataclass
class Recorder:
    """The servers of a run, the history of all requests to them, and how often answers get lost.

    Attributes:
        losing: the share of the changes whose connection is closed before the answer, or whose
            answer is not looked at.
        on_request: called with the number of each request to a game, before it is sent.

    """

    servers: Sequence[Running]
    dice: random.Random
    losing: float = 0.15
    history: History = field(default_factory=History)
    on_request: Callable[[int], None] = lambda _: None
    requests: int = 0


class RecordingTransport(httpx.AsyncBaseTransport):
    """httpx's own way over a socket, each request to any of the servers; some answers get lost."""

    def __init__(self, recorder: Recorder, who: str) -> None:
        self._recorder = recorder
        self._who = who
        self._inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        recorder, dice = self._recorder, self._recorder.dice
        exchange = recorder.history.asked(self._who, request, await request.aread())
        in_game = request.url.path.startswith("/games")
        if in_game:
            recorder.requests += 1
            recorder.on_request(recorder.requests)
        request.url = request.url.copy_with(port=dice.choice(recorder.servers).port)
        lost = in_game and request.method == "POST" and dice.random() < recorder.losing
        patience = dice.uniform(0.0, _EARLY) if lost and dice.random() < 0.5 else None
        try:
            async with asyncio.timeout(patience):
                answer = await self._inner.handle_async_request(request)
                body = await answer.aread()
        except TimeoutError:
            raise httpx.ReadError("the connection was closed early", request=request) from None
        if lost:
            raise httpx.ReadError("the answer was not looked at", request=request)
        headers = {name.lower(): value for name, value in answer.headers.raw}
        recorder.history.answered(exchange, answer.status_code, headers, body)
        return answer

    async def aclose(self) -> None:
        await self._inner.aclose()


@dataclass(frozen=True, slots=True)
class RecordedPlace:
    """The servers of a run as one place; a `Transport` of `NimClient`."""

    recorder: Recorder
    who: str
    place: str = "recorded"
    name: str = "The servers"
    private: bool = True

    async def open(self) -> OpenTransport:
        transport = RecordingTransport(self.recorder, self.who)
        return OpenTransport(
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:1"), _nothing
        )

    async def check(self) -> bool:
        return False


async def _nothing() -> None:
    """The servers run on."""


class RecordedPlayer:
    """Somebody who plays with all the others at once, and presses keys twice."""

    def __init__(self, name: str, recorder: Recorder) -> None:
        self.name = name
        self.client = NimClient(RecordedPlace(recorder, name), retries=_QUICK, pauses=_PAUSES)
        self._dice = random.Random(f"{name} {recorder.dice.random()}")
        self._seen: dict[str, Game] = {}
        self._before: dict[str, Game] = {}
        recorder.history.users[name] = name

    async def enter(self, phone: str) -> None:
        """Register and sign in."""
        await self.client.register(self.name, PASSWORD, f"{self.name}@example.com", phone)
        await self.client.sign_in(self.name, PASSWORD)

    async def play(self, actions: int) -> None:
        """Do so many things, watching all open games meanwhile."""
        watching = asyncio.create_task(self._watch())
        try:
            for _ in range(actions):
                # Refusals, and servers that are away, are part of the history like all else.
                try:
                    await self._act()
                except MoveRefused as refused:
                    if refused.game is not None:
                        self._show(refused.game)
                except NimError:
                    pass
        finally:
            watching.cancel()
            await asyncio.wait([watching])
        if not watching.cancelled() and (error := watching.exception()) is not None:
            raise error

    async def _watch(self) -> None:
        async for shown in self.client.watch_games():
            if isinstance(shown, GameList):
                for game in shown.games:
                    self._show(game)

    def _show(self, game: Game) -> None:
        known = self._seen.get(game.game_id)
        if known is None or known.version < game.version or game.state == "done":
            self._seen[game.game_id] = game
            self._before[game.game_id] = known or game

    async def _act(self) -> None:
        action = self._dice.choices(list(_ACTIONS), list(_ACTIONS.values()))[0]
        wanted = "done" if action == "rematch" else "open"
        games = [game for _, game in sorted(self._seen.items()) if game.state == wanted]
        mine = [game for game in games if game.turn == self.name]
        if action in ("move", "move twice", "race"):
            games = mine
        if action == "move oddly":
            games = [game for game in games if game.turn != self.name]
        if action == "create" or not games:
            await self._create()
            return
        game = self._dice.choice(games)
        match action:
            case "resign":
                self._show(await self.client.resign(game.game_id))
            case "decline":
                self._show(await self.client.decline(game.game_id))
            case "rematch":
                self._show(await self.client.rematch(game.game_id))
            case "look":
                self._show(await self.client.game(game.game_id))
            case "move late":
                await self._move(self._before[game.game_id])
            case "move oddly":
                await self._move(game, more=self._dice.choice((0, 0, 0, 1)))
            case "move":
                await self._move(game)
            case _:
                await self._both(action, game)

    async def _create(self) -> None:
        """A new game; where many are open, a look at one of them instead."""
        open_ids = [one for one, game in sorted(self._seen.items()) if game.state == "open"]
        if len(open_ids) >= 4:
            self._show(await self.client.game(self._dice.choice(open_ids)))
            return
        game = await self.client.new_game(
            self._dice.choice([name for name in NAMES if name != self.name]),
            heaps=self._dice.choice(_BOARDS),
            rule=self._dice.choice(("misere", "normal")),
            request_id=f"{self.name}-{self._dice.randrange(10**9)}",
        )
        self._show(game)

    async def _both(self, action: str, game: Game) -> None:
        """The same move twice at once; in a race two different changes."""
        heap, left = self._chosen(game)
        send = partial(self.client.move, game, heap, left)
        other = send if action == "move twice" else partial(self.client.resign, game.game_id)
        if action == "race" and self._dice.random() < 0.7:
            other = partial(self.client.move, game, *self._chosen(game))
        for done in await asyncio.gather(send(), other(), return_exceptions=True):
            if isinstance(done, Game):
                self._show(done)
            elif not isinstance(done, NimError):
                raise done

    async def _move(self, game: Game, more: int = 0) -> None:
        """A move, with so many times more left as there is."""
        heap, left = self._chosen(game)
        self._show(await self.client.move(game, heap, left + more * game.board.count(heap)))

    def _chosen(self, game: Game) -> tuple[int, int]:
        moves = list(game.board.moves())
        if not moves:
            return 1, 0
        move = self._dice.choice(moves)
        return move.heap, move.left
