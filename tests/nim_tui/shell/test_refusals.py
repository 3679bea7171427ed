"""Bad input: one line or one document, the contract's status, and nothing on standard output."""

from __future__ import annotations

from pathlib import Path

import pytest

from nim_tui.cli import run
from tests.nim_tui.shell.stage import PASSWORD, Result, Shell
from tests.support import free_port


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("show nosuchgame", (1, "no_such_game")),
        ("show", (2, "usage")),
        ("show ../../me", (1, "no_such_game")),
        ("show ''", (2, "usage")),
        ("move nosuchgame b3", (1, "no_such_game")),
        ("move nosuchgame d3", (2, "usage")),
        ("move nosuchgame b x", (2, "usage")),
        ("move nosuchgame b -3", (2, "usage")),
        ("move nosuchgame 4 1", (2, "usage")),
        ("move nosuchgame b 1 2", (2, "usage")),
        ("move nosuchgame b1 --version x", (2, "usage")),
        ("new nobody", (1, "no_such_player")),
        ("new alice", (1, "bad_request")),
        ("new bobby --heaps 21,1,1", (2, "usage")),
        ("new bobby --days 15", (2, "usage")),
        ("new bobby --rule fancy", (2, "usage")),
        ("games --limit 0", (2, "usage")),
        ("games --limit many", (2, "usage")),
        ("games --hotseat", (2, "usage")),
        ("games now", (2, "usage")),
        ("wait nosuchgame", (1, "no_such_game")),
        ("wait --timeout -1", (2, "usage")),
        ("wait --timeout nan", (2, "usage")),
        ("games --user bobby", (3, "not_signed_in")),
        ("games --place nowhere", (2, "usage")),
        ("games --data x --place y", (2, "usage")),
        ("games --server http://nim.example.com", (2, "usage")),
        ("games --region us-east-1", (2, "usage")),
        ("login alice", (2, "usage")),
        ("completion fish", (2, "usage")),
        ("places", (2, "usage")),
        ("places paint", (2, "usage")),
        ("", (2, "usage")),
        ("frob", (2, "usage")),
        ("--frob", (2, "usage")),
        ("--demo --heaps 9", (2, "usage")),
        ("logout", (3, "not_signed_in")),
    ],
)
def test_with_json_an_error_is_one_document(
    alone: Shell,
    arguments: str,
    expected: tuple[int, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in alone.environ.items():
        monkeypatch.setenv(name, value)
    words = [word.strip("'") for word in arguments.split(" ") if word]
    status = run([*words, "--json"])
    assert Result(status, *capsys.readouterr()).error == expected


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """One player, and a second account."""
    folder = tmp_path_factory.mktemp("alone")
    home = Shell(folder, {"NIM_DATA": str(folder / "games.db")})
    home.register("alice", "bobby")
    return home.as_player("alice")


def test_without_json_it_is_one_plain_line(alone: Shell) -> None:
    found = alone.run("show", "nosuchgame")
    assert (found.status, found.out) == (1, "")
    assert found.err == "nim-tui: You have no such game. Look at your list of games.\n"


def test_moves_that_the_rules_forbid(players: tuple[Shell, Shell]) -> None:
    alice, bobby = players
    game_id = alice.run("new", "bobby", "--json").json["gameId"]
    for take in ("b5", "b0", "b999999999", f"b{10**12}", "b" + "9" * 5000):
        assert bobby.run("move", game_id, take, "--json").error == (1, "illegal_move"), take
        # Whose turn it is comes first.
        assert alice.run("move", game_id, take, "--json").error == (1, "not_your_turn"), take
    assert bobby.run("show", game_id, "--json").json["version"] == 0
    assert alice.run("decline", game_id, "--json").error[0] == 1
    assert alice.run("rematch", game_id, "--json").error == (1, "not_over")
    assert alice.run("review", game_id, "--json").error == (1, "not_over")


@pytest.mark.parametrize("ending", ["resign", "decline"])
def test_a_game_that_is_over_cannot_be_ended_again(
    players: tuple[Shell, Shell], ending: str
) -> None:
    alice, bobby = players
    game_id = alice.run("new", "bobby", "--json").json["gameId"]
    assert bobby.run(ending, game_id, "--json").json["endedBy"] == ending
    for player in players:
        for again in ("resign", "decline", "claim", "move"):
            words = (again, game_id, "b1") if again == "move" else (again, game_id)
            assert player.run(*words, "--json").error == (1, "game_over"), again


def test_a_beginning_that_fits_several_games_names_them(players: tuple[Shell, Shell]) -> None:
    alice, _ = players
    ids: list[str] = []
    # Thirty letters: at the latest the 31st game shares its first one with another.
    while len({game_id[0] for game_id in ids}) == len(ids):
        ids.append(alice.run("new", "bobby", "--json").json["gameId"])
    same = [game_id for game_id in ids if game_id[0] == ids[-1][0]]
    found = alice.run("show", ids[-1][0])
    assert (found.status, found.out) == (2, "")
    assert all(f"{game_id} (bobby)" in found.err for game_id in same)
    assert alice.run("show", ids[-1][0], "--json").error == (2, "usage")
    # Open games come before finished ones.
    alice.run("resign", same[0])
    assert alice.run("show", ids[-1][0], "--json").json["gameId"] == same[1]


def test_a_server_that_is_away(tmp_path: Path) -> None:
    home = Shell(tmp_path, {"BASE_URL": f"http://127.0.0.1:{free_port()}"}).as_player("alice")
    for command in (("games",), ("wait",), ("move", "k3f", "b3"), ("whoami",)):
        assert home.run(*command, "--json").error == (4, "unreachable"), command
    found = home.run("games")
    assert (found.status, found.out, len(found.err.splitlines())) == (4, "", 1)


def test_a_database_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "games.db").write_bytes(b"not a database, but long enough to be read" * 50)
    home = Shell(tmp_path).as_player("alice")
    status, code = home.run("games", "--data", "games.db", "--json").error
    assert (status, code) == (4, "unreachable")


def test_a_places_file_that_cannot_be_read(tmp_path: Path) -> None:
    config = tmp_path / "config"
    (config / "nim-tui").mkdir(parents=True)
    (config / "nim-tui" / "places.toml").write_text("[servers\n")
    home = Shell(tmp_path, {"XDG_CONFIG_HOME": str(config)}).as_player("alice")
    for command in (
        ("games",),
        ("games", "--place", "club"),
        ("games", "--server", "club"),
        ("places", "list"),
        ("places", "add", "home", "games.db"),
        ("places", "remove", "home"),
    ):
        assert home.run(*command, "--json").error == (4, "unavailable"), command
    made = home.run(
        *("register", "alice", "--email", "a@example.com", "--password-stdin"),
        *("--data", "games.db"),
        stdin=PASSWORD,
    )
    assert made.status == 0, "a place that is named in full needs no file"


def test_output_that_nobody_reads_any_more(alone: Shell) -> None:
    """As in `nim-tui games | true`: quiet, and the pipe's reader decides."""
    process = alone.start("games", "--json")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    assert process.wait(30) == 0
    process.stderr.close()
