"""Without focus a turn is announced once; the title counts the games that wait."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import OptionList

from backend.domain.nim import Move
from nim_tui import messages
from nim_tui.screens.board.screen import BoardScreen
from nim_tui.terminal import escape_codes
from tests.nim_tui.fakes import NOW, FakeClient, make_game, play
from tests.nim_tui.terminal.stage import Watched, watched

WAITING = play(make_game("bob", creator="bob", game_id="one"), (1, 4))
MOVED = WAITING.after_move("bob", Move(3, 3), NOW)
NOTICE = "\x1b]777;notify;nim;bob took 2 from heap 3. Your turn.\x1b\\"


async def bob_moves(seen: Watched, client: FakeClient) -> None:
    """Bob's move arrives in the list of games, and its effects are complete."""
    client.open_games = [MOVED]
    client.tell()
    await seen.until(lambda: seen.app.title == "nim (1)", "the title")


def client_of(*games: object) -> FakeClient:
    return FakeClient(open_games=list(games))  # type: ignore[arg-type] # games


@pytest.mark.parametrize(
    ("settings", "calls"),
    [
        ({}, ["\x07", NOTICE]),
        ({"bell": False}, [NOTICE]),
        ({"desktop_notices": False}, ["\x07"]),
        ({"bell": False, "desktop_notices": False}, []),
    ],
)
async def test_bell_and_notice_have_their_settings(
    settings: dict[str, bool], calls: list[str]
) -> None:
    client = client_of(WAITING)
    async with watched(client, **settings) as seen:
        await seen.look_away()
        await bob_moves(seen, client)
        seen.app.post_message(messages.GamesWaiting(7))  # handled after all announcements
        await seen.until(lambda: seen.app.title == "nim (7)", "the last message")
        assert seen.calls == calls


async def test_with_focus_nothing_rings() -> None:
    client = client_of(WAITING)
    async with watched(client) as seen:
        await bob_moves(seen, client)
        assert [note.message for note in seen.app._notifications] == [
            "bob took 2 from heap 3. Your turn."
        ]
        assert seen.calls == []


async def test_once_a_turn_however_often_it_arrives() -> None:
    client = client_of(WAITING)
    async with watched(client) as seen:
        await seen.look_away()
        await bob_moves(seen, client)
        await seen.until(lambda: seen.calls == ["\x07", NOTICE], "bell and notice")
        for _ in range(3):
            client.tell()
        await seen.look_back()
        await seen.look_away()
        seen.app.post_message(messages.GameSeen(MOVED))
        second = MOVED.after_move("ana", Move(2, 0), NOW).after_move("bob", Move(3, 1), NOW)
        client.open_games = [second]
        client.tell()
        await seen.until(lambda: len(seen.calls) == 4, "the next turn's")
        assert seen.calls[3].count("bob took 2 from heap 3") == 1


async def test_a_move_that_reaches_the_open_board_first_rings_too() -> None:
    client = client_of(WAITING)
    async with watched(client) as seen:
        games = seen.app.screen.query_one("#games", OptionList)
        await seen.until(lambda: games.option_count, "the list")
        seen.app.post_message(messages.GameWanted(WAITING))
        await seen.until(lambda: isinstance(seen.app.screen, BoardScreen), "the board")
        await seen.look_away()
        seen.app.post_message(messages.GameSeen(MOVED))
        await seen.until(lambda: seen.calls == ["\x07", NOTICE], "bell and notice")
        assert not seen.app._notifications, "the board shows it: no toast over it"


async def test_what_needs_no_action_does_not_ring() -> None:
    client = client_of(WAITING)
    async with watched(client) as seen:
        await seen.look_away()
        seen.app.post_message(messages.Announcement("You won against bob.", "won"))
        seen.app.post_message(messages.GamesWaiting(7))
        await seen.until(lambda: seen.app.title == "nim (7)", "the last message")
        assert seen.calls == []


async def test_the_title_counts_and_is_restored() -> None:
    client = client_of(WAITING, replace(MOVED, game_id="two"))
    async with watched(client) as seen:
        await seen.until(lambda: seen.got("nim (1)"), "the count")
        client.open_games = [
            WAITING,
            replace(MOVED.after_move("ana", Move(2, 0), NOW), game_id="two"),
        ]
        client.tell()
        await seen.until(lambda: seen.app.title == "nim", "nothing waits")
    titles = seen.got("\x1b]2;", "\x1b[22;2t", "\x1b[23;2t")
    assert titles[0] == escape_codes.SAVE_TITLE + escape_codes.title("nim")
    assert escape_codes.title("nim (1)") in titles
    assert titles[-2:] == [escape_codes.title("nim"), escape_codes.RESTORE_TITLE]


async def test_a_hostile_name_does_not_control_the_terminal() -> None:
    """A name from a server that checks nothing is cleaned, and written in one piece."""
    hostile = "b\x1b]2;ha\x07\x9b31m\x1b\\;x"
    game = play(make_game(hostile, creator=hostile, game_id="one"), (1, 4))
    client = client_of(game)
    async with watched(client) as seen:
        await seen.look_away()
        client.open_games = [game.after_move(hostile, Move(3, 3), NOW)]
        client.tell()
        await seen.until(lambda: len(seen.calls) == 2, "bell and notice")
        (notice,) = seen.got("]777")
        assert notice.startswith("\x1b]777;notify;nim;b]2,ha")
        assert notice.count("\x1b") == 2
        assert not seen.got("ha\x07", "\x9b", "\x1b]2;ha")
