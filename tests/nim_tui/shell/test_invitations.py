"""`invite` and `join`: for players on each home, and for newcomers at a terminal or in a script."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("pty", reason="needs a terminal of its own")

from tests.aws_engines import Cloud
from tests.nim_tui.shell.stage import PASSWORD, ROOT, Shell, served
from tests.nim_tui.terminal.pty import started


@pytest.mark.timeout(120)  # five processes, each of which imports boto3 on AWS
def test_an_invitation_is_taken_on_each_home(home: Shell) -> None:
    home.register("alice", "bobby")
    alice, bobby = home.as_player("alice"), home.as_player("bobby")
    made = alice.run("invite", "--heaps", "1,2,3", "--rule", "normal", "--days", "2", "--json").json
    assert {"code", "url", "expiresAt", "createdBy", "heaps", "rule", "daysPerMove"} <= made.keys()
    assert (made["createdBy"], made["heaps"], made["daysPerMove"]) == ("alice", [1, 2, 3], 2)
    game = bobby.run("join", made["code"].upper(), "--json").json
    assert (game["user1"], game["user2"], game["turn"]) == ("alice", "bobby", "bobby")
    assert (game["start"], game["rule"]) == ([1, 2, 3], "normal")
    assert bobby.run("join", made["code"], "--json").json == game


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Shell, str]]:
    """A prompt that knows no server yet, with a keyring, and the server's address."""
    with served(tmp_path) as url:
        shell = Shell(tmp_path, {"XDG_CONFIG_HOME": str(tmp_path / "config")})
        yield shell.with_keyring(), url


def _has(wanted: bytes, written: bytes) -> bool:
    return wanted in written


def at_a_terminal(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give what is started on a terminal the shell's environment."""
    for name, value in (shell.environ | {"PYTHONPATH": str(ROOT)}).items():
        monkeypatch.setenv(name, value)


def invited(shell: Shell, url: str) -> str:
    """The word to paste after `nim-tui join`: a new invitation of alice's."""
    there = Shell(shell.folder, {"BASE_URL": url})
    there.register("alice")
    line: str = there.as_player("alice").run("invite", "--json").json["join"]
    command, subcommand, address = line.split()
    assert (command, subcommand) == ("nim-tui", "join")
    assert address.startswith(url)
    return address


def test_a_newcomer_in_a_script_registers_with_the_invitation(server: tuple[Shell, str]) -> None:
    shell, url = server
    address = invited(shell, url)
    nobody = shell.run("join", address, "--json")
    assert nobody.error == (3, "not_signed_in")
    options = ("--user", "bobby", "--password-stdin", "--json")
    weak = shell.run("join", address, *options, stdin="short\n")
    assert weak.error == (1, "bad_request")
    game = shell.run("join", address, *options, stdin=f"{PASSWORD}\n").json
    assert (game["user1"], game["turn"]) == ("alice", "bobby")
    # The place is remembered, and the session is there.
    assert shell.run("whoami", "--json").json["username"] == "bobby"
    assert shell.run("games", "--json").json == {"games": [game]}
    assert shell.run("join", address, "--json").json == game


def test_a_newcomer_without_a_keyring_is_told(server: tuple[Shell, str]) -> None:
    shell, url = server
    address = invited(shell, url)
    without = Shell(shell.folder, {**shell.environ, "PYTHON_KEYRING_BACKEND": "null"})
    options = ("--user", "carl", "--password-stdin")
    joined = without.run("join", address, *options, stdin=PASSWORD)
    assert joined.out.endswith("\talice\t5,4,5\tYour turn\t\n")
    words = "so this session is not kept"
    assert joined.err == f"nim-tui: The system keyring does not work, {words}.\n"


def test_a_newcomer_types_a_name_and_a_password_and_is_on_the_board(
    server: tuple[Shell, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shell, url = server
    address = invited(shell, url)
    at_a_terminal(shell, monkeypatch)
    with started(["-m", "nim_tui", "join", address]) as terminal:
        terminal.see("alice invites you", "A name to play under:")
        terminal.press("bobby\r")
        terminal.read_until(lambda written: b"Password: " in written)
        terminal.press(f"{PASSWORD}\r")
        terminal.see("Your turn", "alice")
        assert PASSWORD.encode() not in terminal.written
        terminal.press("\x11")
        assert terminal.end() == 0
    assert shell.run("whoami", "--json").json["username"] == "bobby"


def test_who_wants_lines_gets_the_game_as_a_line(
    server: tuple[Shell, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shell, url = server
    address = invited(shell, url)
    at_a_terminal(shell, monkeypatch)
    with started(["-m", "nim_tui", "join", address, "--user", "bobby"], ACCESSIBLE="1") as terminal:
        terminal.read_until(partial(_has, b"Password: "))
        terminal.press(f"{PASSWORD}\r")
        assert terminal.end() == 0
        assert b"Your turn" in terminal.written
        assert b"\x1b[?1049h" not in terminal.written


def test_what_is_refused_is_asked_again(
    server: tuple[Shell, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shell, url = server
    address = invited(shell, url)
    at_a_terminal(shell, monkeypatch)
    with started(["-m", "nim_tui", "join", address, "--json"]) as terminal:
        terminal.read_until(lambda written: b"A name to play under: " in written)
        terminal.press("alice\r")
        terminal.read_until(lambda written: b"Password: " in written)
        terminal.press("Another1\r")
        terminal.read_until(lambda written: written.count(b"A name to play under: ") == 2)
        assert b"That name is taken." in terminal.written
        terminal.press("bobby\r")
        terminal.read_until(lambda written: written.count(b"Password: ") == 2)
        terminal.press(f"{PASSWORD}\r")
        terminal.read_until(lambda written: b'"gameId"' in written)
        assert terminal.end() == 0


def test_whoever_has_an_account_joins_with_its_password(server: tuple[Shell, str]) -> None:
    shell, url = server
    address = invited(shell, url)
    Shell(shell.folder, {"BASE_URL": url}).register("bobby")
    found = shell.run(
        "join", address, "--user", "bobby", "--password-stdin", "--json", stdin=f"{PASSWORD}\n"
    )
    assert found.json["user2"] == "bobby"


def test_each_bad_code_has_its_own_sentence(players: tuple[Shell, Shell]) -> None:
    alice, bobby = players
    code = alice.run("invite", "--json").json["code"]
    sentences = {
        word: bobby.run("join", word).err
        for word in ("k3v9x-2ma4", "22222-22222", f"/{code}", f"http://192.0.2.1/{code}")
    }
    assert "10 letters and digits" in sentences["k3v9x-2ma4"]
    assert "another server's" in sentences["22222-22222"]
    assert "Plain http" in sentences[f"http://192.0.2.1/{code}"]
    sentences["own"] = alice.run("join", code).err
    alice.register("carol")
    taken = bobby.run("invite", "--json").json["code"]
    alice.run("join", taken)
    sentences["taken"] = alice.as_player("carol").run("join", taken).err
    assert "taken" in sentences["taken"]
    assert "your own" in sentences["own"]
    with closing(sqlite3.connect(alice.folder / "games.db")) as connection, connection:
        connection.execute("UPDATE invitations SET expires_at = 1, created_at = 0")
    assert "expired" in bobby.run("join", code).err
    assert len(set(sentences.values())) == len(sentences)
    assert all(len(sentence.splitlines()) == 1 for sentence in sentences.values())
    both = bobby.run("join", f"http://127.0.0.1:9/{code}", "--aws", "--json")
    assert both.error == (2, "usage")


def test_without_a_terminal_the_line_to_paste_is_a_field(players: tuple[Shell, Shell]) -> None:
    alice, _ = players
    code, line, expires = alice.run("invite").out.rstrip("\n").split("\t")
    assert line == f"nim-tui join {code} --data {alice.folder / 'games.db'}"
    assert expires.endswith("Z")
    again = json.loads(alice.run("invite", "--json").out)
    assert again["code"] != code
    listed = alice.run("invite", "--list", "--json").json["invitations"]
    assert [one["code"] for one in listed] == [code, again["code"]]
    left = alice.run("invite", "--withdraw", code)
    assert [line.split("\t")[0] for line in left.out.splitlines()] == [again["code"]]
    assert alice.run("invite", "--withdraw", code, "--json").error == (1, "no_such_invitation")


def test_the_score_against_each_opponent(players: tuple[Shell, Shell]) -> None:
    alice, bobby = players
    assert alice.run("opponents", "--json").json == {"opponents": []}
    game_id = alice.run("new", "bobby", "--json").json["gameId"]
    bobby.run("resign", game_id)
    (found,) = alice.run("opponents", "--json").json["opponents"]
    assert found.pop("lastPlayed").endswith("Z")
    assert found == {"username": "bobby", "won": 1, "lost": 0, "open": 0}
    assert bobby.run("opponents").out == "alice\t0\t1\t0\n"


@pytest.mark.timeout(120)  # three processes that import boto3
def test_on_aws_a_newcomer_is_asked_for_an_address_and_a_number_too(
    tmp_path: Path, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cloud.table
    places = tmp_path / "config" / "nim-tui" / "places.toml"
    places.parent.mkdir(parents=True)
    places.write_text("[last]\naws = true\nregion = 'us-east-1'\n")
    shell = Shell(tmp_path, {"XDG_CONFIG_HOME": str(tmp_path / "config")})
    shell.register("alice")
    code = shell.as_player("alice").run("invite", "--json").json["code"]
    at_a_terminal(shell, monkeypatch)
    with started(["-m", "nim_tui", "join", code, "--json"]) as terminal:
        for question, answer in (
            (b"A name to play under: ", "bobby"),
            (b"Password: ", PASSWORD),
            (b"E-mail: ", "bobby@example.com"),
            (b"+15555550100: ", "+15555550100"),
        ):
            terminal.read_until(partial(_has, question))
            terminal.press(f"{answer}\r")
        terminal.read_until(lambda written: b'"user2": "bobby"' in written)
        assert terminal.end() == 0
