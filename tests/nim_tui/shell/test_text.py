"""What people and pipes read: aligned or tab-separated, harmless, in colour where there is any."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.domain.game import Game, Played
from nim_tui.paint import Depth, Look, to_text
from nim_tui.shell.board import paint_board, show_board
from nim_tui.shell.moves import parse_move, seen_at
from nim_tui.shell.output import Output
from nim_tui.shell.records import show_game, show_rows
from tests.nim_tui.shell.stage import Shell
from tests.nim_tui.terminal.pty import started

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
GAME = Game(
    game_id="k3f4h5j6k7m8n9p2",
    user1="alice",
    user2="bobby",
    heaps=(5, 1, 5),
    last_move_by="bobby",
    version=1,
    moves=(Played("bobby", 2, 1, NOW),),
    created_at=NOW - timedelta(hours=1),
    waiting_since=NOW,
    days_per_move=3,
)
HOSTILE = replace(
    GAME, game_id="k3f\x1b]0;x\x07", user2="bo\x1b[31m\tby\u202e\n", last_move_by="alice", moves=()
)


class Screen(io.StringIO):
    """A stream that says that it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Pipe(io.StringIO):
    encoding = "utf-8"


def printed(stream: io.StringIO, *games: Game, **environ: str) -> list[str]:
    out = Output(as_json=False, environ={"TERM": "xterm-256color", **environ}, stream=stream)
    show_rows(out, games, "alice")
    return stream.getvalue().splitlines()


def test_a_pipe_gets_fields_between_tabs() -> None:
    assert printed(Pipe(), GAME) == [
        "k3f4h5j6k7m8n9p2\tbobby\t5,1,5\tYour turn\t2026-11-04T12:00:00Z"
    ]


def test_a_terminal_gets_columns() -> None:
    long = replace(GAME, user2="marguerite-therese", last_move_by="alice")
    heading, first, second = printed(Screen(), GAME, long)
    assert heading.split() == ["ID", "OPPONENT", "HEAPS", "STATE", "TIME"]
    assert heading.index("HEAPS") == first.index("5 1 5") == second.index("5 1 5")
    assert printed(Screen()) == []


@pytest.mark.parametrize("stream", [Pipe, Screen])
def test_names_and_ids_from_elsewhere_are_cleaned(stream: type[io.StringIO]) -> None:
    for line in printed(stream(), HOSTILE):
        assert "\x1b" not in line
        assert "\u202e" not in line
        assert len(line.split("\t")) in (1, 5)
    out = Output(as_json=False, environ={"TERM": "dumb"}, stream=(screen := Screen()))
    show_board(out, HOSTILE, "alice", NOW)
    assert "\x1b" not in screen.getvalue()


def test_json_is_ascii_and_complete() -> None:
    out = Output(as_json=True, environ={}, stream=(pipe := Pipe()))
    show_game(out, HOSTILE, "alice")
    assert pipe.getvalue().isascii()
    assert pipe.getvalue().count("\n") == 1
    assert "\x1b" not in pipe.getvalue()
    assert r"\u202e" in pipe.getvalue()


def test_a_stream_that_knows_few_characters(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w", encoding="ascii") as file:
        Output(as_json=False, environ={}, stream=file).line("Misère")
    assert (tmp_path / "out").read_text() == "Mis?re\n"


@pytest.mark.parametrize("depth", Depth)
def test_the_board_is_as_wide_as_it_may_be(depth: Depth) -> None:
    for width, height in ((80, 14), (200, 50), (50, 9), (20, 4), (12, 2)):
        rows = paint_board(GAME, "alice", Look(depth=depth), width, height)
        assert len(rows) == height
        assert {len(row) for row in rows} <= {min(width // 3, 36) * 3}
        if height > 4:
            assert to_text(rows).split("\n")[-1].split() in ([], ["a:", "5", "b:", "1", "c:", "5"])
            assert "b: 1" in to_text(rows)


def test_show_draws_in_colour_on_a_terminal(
    players: tuple[Shell, Shell], monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, _ = players
    game_id = alice.run("new", "bobby", "--json").json["gameId"]
    for name, value in alice.variables.items():
        monkeypatch.setenv(name, value)
    for no_color, coloured in (("", True), ("1", False)):
        arguments = ["-m", "nim_tui", "show", game_id[:9]]
        with started(arguments, COLORTERM="truecolor", NO_COLOR=no_color) as terminal:
            terminal.read_until(lambda written: b"bobby's turn" in written)
            assert (b"\x1b[" in terminal.written) is coloured
            assert b"a: 5" in terminal.written
            assert b"last object loses" in terminal.written
    piped = alice.run("show", game_id)
    assert piped.out == f"{game_id}\tbobby\t5,4,5\tbobby's turn\t\n"


@pytest.mark.parametrize(
    ("words", "move"),
    [
        (("b3", None), (2, 3)),
        (("b", "3"), (2, 3)),
        (("2", "3"), (2, 3)),
        (("B", "12"), (2, 12)),
        (("c 2", None), (3, 2)),
        (("112", None), (1, 12)),
        (("a", "0"), (1, 0)),
        (("a", "003"), (1, 3)),
        (("a0000000000000003", None), (1, 3)),
    ],
)
def test_what_people_type_for_a_move(words: tuple[str, str | None], move: tuple[int, int]) -> None:
    assert parse_move(*words) == move


def test_a_board_at_an_earlier_version() -> None:
    assert seen_at(GAME, 0).heaps == (5, 4, 5)
    assert seen_at(GAME, 1).heaps == seen_at(GAME, 7).heaps == (5, 1, 5)
    assert seen_at(GAME, 7).version == 7
