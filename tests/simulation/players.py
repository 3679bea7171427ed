"""Players: real clients with watches, retries and renewals, who play, hesitate and give up."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from backend.domain.errors import MoveRefused, NimError, NoSuchGame, NotSignedIn
from backend.domain.game import Game
from nim_tui.client import NimClient, Offline
from nim_tui.client.models import GameList
from tests.backend.adapters.dynamodb.tutorial import TutorialClient
from tests.simulation.boto_client import EngineClient
from tests.simulation.dynamodb_engine import game_in
from tests.simulation.history import TutorialMove
from tests.simulation.inviting import Inviting
from tests.simulation.loop import Process
from tests.simulation.machines import EmbeddedHome, Machine, ServedHome, Shared
from tests.simulation.people import Account, Doings, Place, names

BOARDS = ((1, 1, 1), (2, 1, 1), (2, 2, 1), (3, 1, 0), (3, 2, 1))
_ACTIONS: dict[str, int] = {
    "move": 30,
    "move late": 8,
    "move oddly": 6,
    "race": 8,
    "create": 3,
    "resign": 2,
    "claim": 2,
    "decline": 1,
    "rematch": 3,
    "look": 3,
    "list": 2,
    "sign out": 1,
    "restart": 1,
    "invite": 5,
    "join": 3,
    "recall": 1,
}


class Table(Shared, Place, Protocol):
    """What players know of the world around them."""

    seed: int
    promises: list[Promise]
    at_rest: bool


@dataclass(frozen=True)
class Promise:
    """What a client has said to its player about a change; checked against the game's end."""

    user: str
    what: str
    game_id: str
    version: int
    move: tuple[int, int] | None
    said: str


class Player:
    """One client at one terminal; after a crash a new one goes on with what the vault holds."""

    def __init__(
        self, name: str, account: Account, table: Table, home: Machine, dice: random.Random
    ) -> None:
        self.name = name
        self.account = account
        self.home = home
        self.process = Process(name)
        self.client: NimClient | None = None
        self.seen: dict[str, Game] = {}
        self.listed: GameList | None = None
        self.embedded = False
        self.offline = 0
        self._table = table
        self._dice = dice
        self._watched: dict[str, asyncio.Task[None]] = {}
        self._later: dict[str, Game] = {}
        self._inviting = Inviting(name, table.codes, dice)
        deeds = random.Random(f"{name} as a person {table.seed}")
        self._doings = Doings(name, account, table, table.network.history, deeds)
        self._life = account.life
        self._listing: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin a process, in which the player signs in and plays."""
        self.process = Process(self.name)
        self.seen, self.listed, self._watched = {}, None, {}
        self._life, self._listing = self.account.life, None
        self._table.loop.spawn(self.process, self._live())

    def kill(self) -> None:
        """End the process between two of its steps."""
        self.process.alive = False
        if self.embedded:
            self.home.kill()

    async def _live(self) -> None:
        home: Any = (
            EmbeddedHome(self.name, self._table, self.home)
            if self.embedded
            else ServedHome(self.name, self._table, self.home.server)
        )
        self.client = NimClient(home)
        self.client.connection.on_renewed = self._keep
        self.client.connection.stored_token = self._kept
        await self._until_done(self._enter)
        self._listing = asyncio.create_task(self._watch_list())
        while True:
            await self._hesitate()
            if not self._table.at_rest or self.account.leaving:
                await self._act()
            if self._client().refresh_token is None or self._life is not self.account.life:
                await self._until_done(self._enter)

    async def _hesitate(self) -> None:
        """A pause; often until the next whole second, when others act as well."""
        pause = 5.0 if self._table.at_rest else self._dice.expovariate(1.2)
        if not self._table.at_rest and self._dice.random() < 0.5:
            now = self._table.loop.time()
            pause = 1.0 - now % 1.0 + self._dice.uniform(0.0, 0.02)
        await asyncio.sleep(pause)

    def _keep(self) -> None:
        self.account.vault = self._client().refresh_token

    async def _kept(self, username: str) -> str | None:
        return self.account.vault if username == self.account.name else None

    async def _until_done(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except NimError:
                await asyncio.sleep(self._dice.uniform(0.5, 2.0))
            else:
                return

    async def _enter(self) -> None:
        if self._life is not self.account.life:
            self._forget_games()
        self._table.network.history.users[self.name] = self.account.name
        await self._doings.enter(self._client())

    def _forget_games(self) -> None:
        """The account is another one by now: its games are others."""
        self._life = self.account.life
        for task in self._watched.values():
            task.cancel()
        self.seen, self.listed, self._watched, self._later = {}, None, {}, {}
        self._client().connection.forget()
        if self._listing is not None:
            self._listing.cancel()
            self._listing = asyncio.create_task(self._watch_list())

    def _client(self) -> NimClient:
        assert self.client is not None
        return self.client

    async def _watch_list(self) -> None:
        while True:
            with suppress(NimError):
                async for shown in self._client().watch_games():
                    if isinstance(shown, GameList):
                        self.listed = shown
                        for game in shown.games:
                            self._follow(game.game_id)
            await asyncio.sleep(1.0)

    def _follow(self, game_id: str) -> None:
        self._table.known[game_id] = None
        if game_id not in self._watched:
            self._watched[game_id] = asyncio.create_task(self._watch(game_id))

    async def _watch(self, game_id: str) -> None:
        while True:
            with suppress(NotSignedIn, NoSuchGame):  # histories.py judges whether it was there
                async for shown in self._client().watch_game(game_id):
                    if isinstance(shown, Offline):
                        self.offline += 1
                    else:
                        self._show(shown)
                self._table.complaints.append(f"{self.name}'s watch of {game_id} ended by itself")
            await asyncio.sleep(1.0)

    def _show(self, game: Game) -> None:
        self.seen[game.game_id] = game
        if game.turn == self.account.name and self._dice.random() < 0.3:
            self._later.setdefault(game.game_id, game)

    async def _act(self) -> None:
        names = list(_ACTIONS)
        action = self._dice.choices(names, list(_ACTIONS.values()))[0]
        action = self._doings.instead_of(self._inviting.instead_of(action))
        patience = 60.0 if self._dice.random() < 0.8 else self._dice.uniform(0.0, 0.3)
        try:
            async with asyncio.timeout(patience):
                await self._do(action)
        except TimeoutError:
            pass
        except NotSignedIn:
            self._doings.was_signed_out()
        except NimError:
            pass

    async def _do(self, action: str) -> None:
        client = self._client()
        match action:
            case "create":
                await self._create(client)
            case "list":
                await client.games(self._dice.choice(("open", "done")))
            case "sign out":
                if self._dice.random() < 0.3:
                    self.account.ended, self.account.vault = True, None
                    await client.sign_out()
            case "leave" | "new password":
                await self._doings.act(action, client)
            case "restart":
                await self._until_done(self._enter)
            case "invite" | "join" | "recall":
                if game := await self._inviting.act(action, client):
                    self._follow(game.game_id)
            case _:
                if self.seen:
                    await self._on(action, client, self._chosen(action))

    def _chosen(self, action: str) -> Game:
        """A game to act on: an open one rather than a finished one, often the newest."""
        ids = sorted(self.seen)
        if action == "move late" and self._later:
            ids = sorted(self._later)
        open_ids = [one for one in ids if self.seen[one].state == "open"]
        if open_ids and action != "rematch" and self._dice.random() < 0.9:
            newest = max(open_ids, key=lambda one: list(self._table.known).index(one))
            ids = [newest] if self._dice.random() < 0.5 else open_ids
        return self.seen[self._dice.choice(ids)]

    async def _create(self, client: NimClient) -> None:
        others = [name for name in names(self._table.users) if name != self.account.name]
        game = await client.new_game(
            self._dice.choice(others),
            heaps=self._dice.choice(BOARDS),
            rule=self._dice.choice(("misere", "normal")),
            days_per_move=self._dice.choice((None, 1)),
            request_id=f"{self.name}-{self._dice.randrange(10**6)}",
        )
        self._follow(game.game_id)

    async def _on(self, action: str, client: NimClient, game: Game) -> None:
        match action:
            case "move" | "move late" | "move oddly":
                if action == "move late":
                    game = self._later.pop(game.game_id, game)
                await self.move(game, oddly=action == "move oddly")
            case "race":
                other = self._dice.choice(("move", "move", "resign", "decline"))
                two = self.move(game), self._on(other, client, game)
                for error in await asyncio.gather(*two, return_exceptions=True):
                    if isinstance(error, BaseException) and not isinstance(error, NimError):
                        raise error
            case "resign" | "claim" | "decline":
                await self.end(action, game)
            case "rematch" if game.state == "done":
                self._follow((await client.rematch(game.game_id)).game_id)
            case "look":
                await client.game(game.game_id)

    async def move(self, game: Game, *, oddly: bool = False) -> None:
        """Move on the board that is shown; oddly: out of turn, or more than there is."""
        moves = list(game.board.moves())
        if not moves or (game.turn != self.account.name and not oddly):
            return
        chosen = self._dice.choice(moves)
        heap, left = chosen.heap, chosen.left
        if oddly and self._dice.random() < 0.5:
            left = game.board.count(heap) + self._dice.randrange(3)
        said = "unknown"
        try:
            await self._client().move(game, heap, left)
            said = "done"
        except MoveRefused as refusal:
            said = f"refused: {refusal.code}"
            raise
        finally:
            self._promise("move", game, (heap, left), said)

    async def end(self, action: str, game: Game) -> None:
        """Resign, claim or decline."""
        client = self._client()
        how: dict[str, Callable[[str], Awaitable[Game]]] = {
            "resign": client.resign,
            "claim": client.claim,
            "decline": client.decline,
        }
        said = "unknown"
        try:
            await how[action](game.game_id)
            said = "done"
        except MoveRefused as refusal:
            said = f"refused: {refusal.code}"
            raise
        finally:
            self._promise(action, game, None, said)

    def _promise(self, what: str, game: Game, move: tuple[int, int] | None, said: str) -> None:
        self._table.promises.append(
            Promise(self.account.name, what, game.game_id, game.version, move, said)
        )


class TutorialPlayer:
    """Somebody who plays for two with the tutorial's own client, straight on the table."""

    def __init__(self, table: Table, dice: random.Random) -> None:
        self.process = Process("tutorial")
        self._table = table
        self._dice = dice

    def start(self) -> None:
        self._table.loop.spawn(self.process, self._live())

    async def _live(self) -> None:
        engine = self._table.engine
        assert engine is not None
        client = TutorialClient(EngineClient(engine, self._table.network), "games")
        while not self._table.at_rest:
            await asyncio.sleep(self._dice.expovariate(0.8))
            if self._table.known and not self._table.at_rest:
                await self._move(client, self._dice.choice(list(self._table.known)))

    async def _move(self, client: TutorialClient, game_id: str) -> None:
        history = self._table.network.history
        user, heap, left = self._wish(game_id)
        move = TutorialMove(game_id, user, heap, left, history.next())
        history.tutorial.append(move)
        with suppress(ClientError, BotoCoreError):
            await self._table.loop.run_blocking(
                lambda: client.move(game_id, user, move.heap, move.left)
            )
            # A refusal proves nothing: boto3 may have repeated a move that was made.
            move.outcome, move.answered = True, history.next()

    def _wish(self, game_id: str) -> tuple[str, int, int]:
        """Mostly a move that the rules allow on the item as it stands."""
        engine = self._table.engine
        assert engine is not None
        game = game_in(engine.items[game_id]) if game_id in engine.items else None
        moves = list(game.board.moves()) if game is not None else []
        if game is None or not moves or self._dice.random() < 0.2:
            user = self._dice.choice(names(self._table.users))
            return user, self._dice.choice((1, 2, 3)), self._dice.randrange(3)
        move = self._dice.choice(moves)
        return game.opponent_of(game.last_move_by), move.heap, move.left
