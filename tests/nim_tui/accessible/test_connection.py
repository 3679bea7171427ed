"""What a lost connection, a session that ends, and a server without a list sound like."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from backend.domain.errors import NoSuchRoute, NotSignedIn, Unavailable
from nim_tui.accessible.games import NO_LIST, Games
from nim_tui.accessible.play import Leave, Play
from nim_tui.client.errors import Unreachable
from nim_tui.client.models import GameList
from nim_tui.client.offline import Offline
from nim_tui.matches import LiveMatch
from tests.nim_tui.accessible.stage import console, play, transcript
from tests.nim_tui.fakes import NOW, FakeClient, make_game, some_games
from tests.support import eventually_async

AWAY = Offline("The backend cannot be reached. Try again in a moment.", 3.0, None)


def listing(fake: FakeClient) -> tuple[Any, asyncio.Future[bool]]:
    at = console(interactive=True)
    client: Any = fake
    return at, asyncio.ensure_future(Games(at, client).run())


async def told(at: Any, line: str, times: int = 1) -> None:
    await eventually_async(
        lambda: sum(one.startswith(line) for one in transcript(at)) == times, what=line
    )


async def test_a_lost_connection_is_told_once_and_so_is_its_return() -> None:
    opened, done = some_games()
    fake = FakeClient(open_games=opened, done_games=done)
    at, games = listing(fake)
    await told(at, "Which game?")
    for _ in range(3):
        fake.tell(AWAY)
    fake.tell()
    await told(at, "Connected again.")
    fake.tell(AWAY)
    await told(at, "Offline: The backend cannot be reached.", times=2)
    at.typed("back")
    assert await games


async def test_a_place_that_is_away_at_first_has_no_games_yet() -> None:
    fake = FakeClient()

    async def away() -> Any:
        yield AWAY
        await asyncio.Event().wait()

    fake.watch_games = away  # type: ignore[method-assign]
    at, games = listing(fake)
    await told(at, "Offline: ")
    await told(at, "Player: ana. Place: memory.")
    at.typed("new bob")
    fake.fail = Unreachable()
    for _ in range(3):
        at.typed("")
    await told(at, "The backend cannot be reached. Try again in a moment.")
    fake.fail = None
    at.typed("new bob")
    for _ in range(3):
        at.typed("")
    await told(at, "Game against bob: ")
    assert fake.asked[0] == fake.asked[1], "asked again, it is the same request"
    at.typed("back")
    at.typed("back")
    assert await games


async def test_a_session_that_ends_leads_to_signing_in() -> None:
    fake = FakeClient()
    at, games = listing(fake)
    await told(at, "Which game?")
    fake.tell(NotSignedIn())
    await told(at, NotSignedIn().message.split(".")[0])
    at.typed("list")
    with pytest.raises(NotSignedIn):
        await games


async def test_a_server_without_a_list_opens_games_by_their_ids() -> None:
    fake = FakeClient(open_games=[make_game("bob", game_id="k3f456789abcdefg")])

    async def no_list() -> Any:
        nothing: tuple[GameList, ...] = ()
        for games in nothing:
            yield games
        raise NoSuchRoute

    fake.watch_games = no_list  # type: ignore[method-assign]
    at, games = listing(fake)
    await told(at, NO_LIST)
    at.typed("open k3f456789abcdefg")
    await told(at, "Game against bob: ")
    at.typed("back")
    at.typed("open zzz")
    await told(at, "You have no such game.")
    at.typed("back")
    assert await games


class AwayClient:
    """A client of bob's opponent whose first move is lost."""

    username = "ana"

    def __init__(self) -> None:
        self.sent: list[tuple[int, int, int]] = []

    async def move(self, game: Any, heap: int, left: int) -> Any:
        self.sent.append((game.version, heap, left))
        if len(self.sent) == 1:
            raise Unavailable("It is busy.")
        return make_game("bob", heaps=(4, 4, 5), game_id="one")

    async def watch_game(self, game_id: str) -> Any:
        yield AWAY
        yield AWAY
        await asyncio.Event().wait()


async def test_a_move_that_is_lost_can_be_answered_again() -> None:
    client: Any = AwayClient()
    match = LiveMatch(client, make_game("bob", game_id="one"), now=lambda: NOW)
    lines, _ = await play(match, "a1", "a1")
    assert "It is busy. Answer the same again: it counts once." in lines
    assert client.sent[0] == client.sent[1]


async def test_a_board_tells_once_that_it_is_offline() -> None:
    client: Any = AwayClient()
    at = console(interactive=True)
    match = LiveMatch(client, make_game("bob", game_id="one"), now=lambda: NOW)
    playing = asyncio.ensure_future(Play(at, match).run())
    await told(at, "Offline: ")
    at.typed("board")
    await told(at, "Your turn. Which move?", times=2)
    assert sum(line.startswith("Offline: ") for line in transcript(at)) == 1
    at.typed("back")
    assert await playing is Leave.BACK
