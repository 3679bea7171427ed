"""The real backend behind the client: a whole game, lost responses, changes from elsewhere."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, closing
from pathlib import Path

import httpx
import pytest

from backend.domain.errors import (
    BadRequest,
    GameOver,
    NoSuchPlayer,
    NotSignedIn,
    NotYourTurn,
    RecoveryOff,
    Stale,
    UserExists,
    WrongCode,
    WrongPassword,
)
from nim_tui.client import CannotOpen, GameList, NimClient, Unreachable
from nim_tui.client.retry import Retries
from nim_tui.client.transports import EmbeddedTransport, OpenTransport

PASSWORD = "Passw0rd1"


class Lossy:
    """An embedded transport that applies a request and then loses the response."""

    def __init__(self, path: Path) -> None:
        self._transport = EmbeddedTransport(path)
        self.place, self.name = self._transport.place, self._transport.name
        self.private = True
        self.lose = 0

    async def open(self) -> OpenTransport:
        opened = await self._transport.open()
        inner: Callable[[httpx.Request], Awaitable[httpx.Response]] = opened.http.send

        async def handle(request: httpx.Request) -> httpx.Response:
            answer = await inner(request)
            if request.method == "POST" and self.lose:
                self.lose -= 1
                raise httpx.ReadError("gone")
            return httpx.Response(
                answer.status_code, headers=answer.headers, content=answer.content
            )

        http = httpx.AsyncClient(
            transport=httpx.MockTransport(handle), base_url=opened.http.base_url
        )
        return OpenTransport(http, opened.close_backend)

    async def check(self) -> bool:
        return await self._transport.check()


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[tuple[NimClient, NimClient]]:
    """Two clients, each with its own backend on one file, as in two terminals."""
    path = tmp_path / "games.db"
    clients = (
        NimClient(Lossy(path), retries=Retries((0.001, 0.001))),
        NimClient.embedded(path),
    )
    for client, name in zip(clients, ("anna", "bert"), strict=True):
        await client.register(name, PASSWORD, f"{name}@example.com")
        await client.sign_in(name, PASSWORD)
    yield clients
    for client in clients:
        await client.close()


def lossy(client: NimClient) -> Lossy:
    assert isinstance(client.connection.transport, Lossy)
    return client.connection.transport


async def test_two_clients_play_to_the_end(pair: tuple[NimClient, NimClient]) -> None:
    players = {"anna": pair[0], "bert": pair[1]}
    game = await pair[0].new_game("bert", heaps=(3, 2, 1), days_per_move=3)
    while game.turn is not None:
        move = game.board.best_move()
        game = await players[game.turn].move(game, move.heap, move.left)
    assert game.state == "done"
    for client in pair:
        again = await client.game(game.game_id)
        assert again == game
        done = await client.games("done")
        assert [one.game_id for one in done.games] == [game.game_id]
        assert done.etag
    rematch, same = await asyncio.gather(*(one.rematch(game.game_id) for one in pair))
    assert rematch == same
    assert (rematch.user1, rematch.user2) == ("bert", "anna")


async def test_a_move_whose_response_was_lost_counts_once(
    pair: tuple[NimClient, NimClient],
) -> None:
    anna, bert = pair
    seen = await bert.new_game("anna")
    lossy(anna).lose = 2
    moved = await anna.move(seen, 1, 2)
    assert moved.version == 1
    replied = await bert.move(moved, 2, 1)
    # Repeated after the reply: the game in its newest state.
    assert await anna.move(seen, 1, 2) == replied
    assert [made.user for made in replied.moves] == ["anna", "bert"]


async def test_when_every_response_is_lost_the_caller_can_retry(
    pair: tuple[NimClient, NimClient],
) -> None:
    anna, bert = pair
    seen = await bert.new_game("anna")
    lossy(anna).lose = 3
    with pytest.raises(Unreachable):
        await anna.move(seen, 1, 2)
    assert (await anna.move(seen, 1, 2)).version == 1


async def test_lost_responses_make_one_game_and_one_end(pair: tuple[NimClient, NimClient]) -> None:
    anna, bert = pair
    lossy(anna).lose = 1
    game = await anna.new_game("bert", request_id="a-request")
    assert len((await anna.games()).games) == 1
    lossy(anna).lose = 1
    resigned = await anna.resign(game.game_id)
    assert resigned.ended_by == "resign"
    assert resigned.winner == "bert"
    other = await bert.new_game("anna")
    lossy(anna).lose = 1
    assert (await anna.decline(other.game_id)).ended_by == "decline"
    with pytest.raises(GameOver):  # only the invited player declines
        await bert.decline(other.game_id)
    lossy(anna).lose = 1
    rematch = await bert.rematch(other.game_id)
    assert (rematch.user1, rematch.invited) == ("anna", "anna")
    assert (await anna.decline(rematch.game_id)).ended_by == "decline"


async def test_refusals_arrive_as_their_errors(pair: tuple[NimClient, NimClient]) -> None:
    anna, bert = pair
    with pytest.raises(UserExists):
        await anna.register("ANNA", PASSWORD, "a@example.com")
    with pytest.raises(BadRequest) as faulty:
        await anna.register("x", "short", "nobody")
    assert set(faulty.value.fields) == {"username", "password", "email"}
    stranger = NimClient(anna.connection.transport)
    with pytest.raises(WrongPassword):
        await stranger.sign_in("anna", "Passw0rd9")
    await stranger.close()
    with pytest.raises(NoSuchPlayer):
        await anna.new_game("carl")
    game = await anna.new_game("bert")
    with pytest.raises(NotYourTurn) as early:
        await anna.move(game, 1, 1)
    assert early.value.game == game
    moved = await bert.move(game, 1, 1)
    with pytest.raises(Stale) as stale:
        await bert.move(game, 2, 0)
    assert stale.value.game == moved


async def test_the_players_own_account(pair: tuple[NimClient, NimClient]) -> None:
    anna, _ = pair
    assert (await anna.account.show()).email == "anna@example.com"
    with pytest.raises(WrongPassword):
        await anna.account.change(phone="+15555550100", password="Wrong-Password-1")
    changed = await anna.account.change(phone="+15555550100", notices="none", password=PASSWORD)
    assert changed.notices == "none"
    assert (await anna.account.show()).phone == "+15555550100"
    assert (await anna.account.change(phone="", password=PASSWORD)).phone is None


async def test_a_changed_password_signs_in_again_at_once(pair: tuple[NimClient, NimClient]) -> None:
    anna, _ = pair
    before = anna.refresh_token
    with pytest.raises(WrongPassword):
        await anna.account.change_password("Wrong-Password-1", "Password2")
    with pytest.raises(BadRequest) as weak:
        await anna.account.change_password(PASSWORD, "weak")
    assert set(weak.value.fields) == {"newPassword"}
    assert (await anna.account.show()).username == "anna"
    await anna.account.change_password(PASSWORD, "Password2")
    assert anna.refresh_token not in (None, before)
    # The answer is lost: the next try finds out that it was done.
    lossy(anna).lose = 1
    await anna.account.change_password("Password2", "Password3")
    assert (await anna.account.show()).username == "anna"


async def test_an_account_is_exported_and_deleted(pair: tuple[NimClient, NimClient]) -> None:
    anna, bert = pair
    game = await anna.new_game("bert")
    found = await anna.account.export()
    assert [one["gameId"] for one in found["games"]] == [game.game_id]
    with pytest.raises(WrongPassword):
        await anna.account.delete("Wrong-Password-1")
    await anna.account.delete(PASSWORD)
    assert (anna.username, anna.refresh_token) == (None, None)
    assert (await bert.game(game.game_id)).winner == "bert"
    with pytest.raises(RecoveryOff):
        await anna.account.forgot_password("bert")
    with pytest.raises(RecoveryOff):
        await anna.account.reset_password("bert", "12345678", "Password2")
    with pytest.raises(WrongCode):
        await bert.account.confirm("email", "12345678")


async def test_a_change_from_another_process_wakes_the_watch(
    pair: tuple[NimClient, NimClient],
) -> None:
    anna, bert = pair
    game = await anna.new_game("bert")
    async with (
        aclosing(anna.watch_game(game.game_id)) as board,
        aclosing(anna.watch_games()) as lists,
    ):
        assert await anext(board) == game
        first = await anext(lists)
        assert isinstance(first, GameList)
        waiting = asyncio.gather(anext(board), anext(lists))
        await asyncio.sleep(0.2)  # until both requests are held
        assert not waiting.done()
        began = time.monotonic()
        moved = await bert.move(game, 1, 1)
        seen, listed = await asyncio.wait_for(waiting, 5)
        assert time.monotonic() - began < 0.5
        assert seen == moved
        assert isinstance(listed, GameList)
        assert listed.games == (moved,)


async def test_a_session_survives_a_restart(
    pair: tuple[NimClient, NimClient], tmp_path: Path
) -> None:
    anna, _ = pair
    assert anna.refresh_token is not None
    later = NimClient.embedded(tmp_path / "games.db")
    assert later.place == anna.place
    await later.resume(anna.refresh_token)
    assert later.username == "anna"
    kept = later.refresh_token
    assert kept is not None
    await later.sign_out()
    with pytest.raises(NotSignedIn):
        await later.resume(kept)
    await later.close()


async def test_nothing_is_touched_before_the_first_request(tmp_path: Path) -> None:
    client = NimClient.embedded(tmp_path / "deep" / "games.db")
    assert not (tmp_path / "deep").exists()
    assert client.place_name == "This computer"
    await client.close()
    await client.open()
    assert (tmp_path / "deep" / "games.db").exists()
    await client.close()


@pytest.mark.parametrize("trouble", ["folder", "corrupt", "newer"])
async def test_a_database_that_cannot_be_used_says_so(tmp_path: Path, trouble: str) -> None:
    path = tmp_path / "games.db"
    if trouble == "folder":
        path.mkdir()
    elif trouble == "corrupt":
        path.write_bytes(b"SQLite format 3\0" + os.urandom(8192))
    else:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("PRAGMA user_version = 999")
    client = NimClient.embedded(path)
    with pytest.raises(CannotOpen) as caught:
        await client.sign_in("anna", PASSWORD)
    assert "games.db" in caught.value.message
    assert caught.value.message.endswith(".")
    with pytest.raises(CannotOpen) as checked:
        await client.check()
    assert checked.value.message == caught.value.message
    await client.close()


async def test_a_check_opens_no_backend(tmp_path: Path) -> None:
    client = NimClient.embedded(tmp_path / "games.db")
    await client.check()
    assert client.connection._open_transport is None
    assert (tmp_path / "games.db").exists()
    await client.close()


async def test_an_exception_of_the_application_stays_inside(tmp_path: Path) -> None:
    client = NimClient.embedded(tmp_path / "games.db")
    await client.open()

    async def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    assert client.connection._open_transport is not None
    client.connection._open_transport.http._transport = httpx.ASGITransport(
        broken, raise_app_exceptions=False
    )
    with pytest.raises(Exception, match="cannot answer right now"):
        await client.sign_in("anna", PASSWORD)
    await client.close()
