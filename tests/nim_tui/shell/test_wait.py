"""`wait` returns with the turn, outlives a server, and ends by a signal or by its time."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.nim_tui.shell.stage import Shell, served
from tests.support import eventually, free_port


def _sessions(database: Path) -> int:
    """How many refresh tokens are good."""
    with closing(sqlite3.connect(database)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM refresh_tokens").fetchone()
    return int(count)


def _waiting(shell: Shell, database: Path, *arguments: str) -> subprocess.Popen[str]:
    """A `wait` that has signed in, which is all that it does before it waits."""
    before = _sessions(database)
    process = shell.start("wait", *arguments)
    eventually(lambda: _sessions(database) > before, what="the sign-in")
    return process


def _printed(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=40)
    return process.returncode, out, err


def test_it_returns_with_the_invitation_and_with_the_move(players: tuple[Shell, Shell]) -> None:
    alice, bobby = players
    database = alice.folder / "games.db"
    waiting = _waiting(bobby, database, "--json")
    made = alice.run("new", "bobby", "--json").json
    status, out, err = _printed(waiting)
    assert (status, err) == (0, "")
    assert json.loads(out) == made
    for_alice = _waiting(alice, database, made["gameId"][:5], "--json")
    moved = bobby.run("move", made["gameId"], "a5", "--json").json
    status, out, err = _printed(for_alice)
    assert (status, json.loads(out), err) == (0, moved, "")


def test_a_game_that_ends_is_waited_for_no_longer(players: tuple[Shell, Shell]) -> None:
    alice, bobby = players
    game_id = alice.run("new", "bobby", "--json").json["gameId"]
    waiting = _waiting(alice, alice.folder / "games.db", game_id, "--json")
    ended = bobby.run("decline", game_id, "--json").json
    status, out, _ = _printed(waiting)
    assert (status, json.loads(out)) == (0, ended)


def test_it_runs_out_of_time(players: tuple[Shell, Shell]) -> None:
    alice, bobby = players
    assert alice.run("wait", "--timeout", "0.2", "--json").error == (5, "timeout")
    game_id = alice.run("new", "bobby", "--json").json["gameId"]
    assert alice.run("--timeout", "0", "wait", game_id, "--json").error == (5, "timeout")
    assert bobby.run("wait", "--timeout", "0", "--json").json["gameId"] == game_id


@pytest.mark.parametrize(
    ("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 128 + signal.SIGTERM)]
)
def test_a_signal_ends_it_and_its_session(
    players: tuple[Shell, Shell], sent: signal.Signals, status: int
) -> None:
    alice, _ = players
    database = alice.folder / "games.db"
    waiting = _waiting(alice, database)
    waiting.send_signal(sent)
    assert _printed(waiting) == (status, "", "")
    assert _sessions(database) == 0


def test_it_outlives_the_server(tmp_path: Path) -> None:
    port = free_port()
    with served(tmp_path, port) as url:
        home = Shell(tmp_path, {"BASE_URL": url})
        home.register("alice", "bobby")
        waiting = _waiting(home.as_player("bobby"), tmp_path / "served.db", "--json")
    assert home.as_player("alice").run("games", "--json").error == (4, "unreachable")
    with served(tmp_path, port):
        game = home.as_player("alice").run("new", "bobby", "--json").json
        status, out, err = _printed(waiting)
    assert (status, json.loads(out), err) == (0, game, "")


@pytest.mark.reliability
def test_it_costs_next_to_nothing(players: tuple[Shell, Shell]) -> None:
    """Two seconds of waiting take little more of a processor than none."""
    alice, _ = players

    def cpu(seconds: str) -> float:
        before = _children()
        assert alice.process("wait", "--timeout", seconds).status == 5
        return _children() - before

    assert cpu("2") - cpu("0") < 0.5


def _children() -> float:
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_elapsed_time_is_what_was_asked_for(players: tuple[Shell, Shell]) -> None:
    alice, _ = players
    began = time.monotonic()
    assert alice.run("wait", "--timeout", "0.5").status == 5
    assert time.monotonic() - began >= 0.5
