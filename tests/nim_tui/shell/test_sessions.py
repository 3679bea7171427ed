"""Who plays: the keyring's sessions first, the environment for one call alone, never a file."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

pytest.importorskip("pty", reason="needs a terminal of its own")

from tests.nim_tui.shell.stage import PASSWORD, Shell, served
from tests.nim_tui.terminal.pty import started


@pytest.fixture
def home(embedded: Shell) -> Shell:
    """Two accounts, and a keyring."""
    embedded.register("Alice", "bobby")
    return embedded.with_keyring()


def _keyring(shell: Shell) -> str:
    path = shell.folder / "keyring.json"
    return path.read_text() if path.exists() else "{}"


def _sessions(shell: Shell) -> int:
    with closing(sqlite3.connect(shell.folder / "games.db")) as connection:
        return int(connection.execute("SELECT count(*) FROM refresh_tokens").fetchone()[0])


def test_login_stays_until_logout(home: Shell) -> None:
    assert home.run("whoami", "--json").error == (3, "not_signed_in")
    place = str(home.folder / "games.db")
    signed_in = home.run("login", "alice", "--password-stdin", "--json", stdin=f"{PASSWORD}\n")
    assert signed_in.json == {"username": "Alice", "place": place}
    assert home.run("whoami", "--json").json == {"username": "Alice", "place": place}
    assert home.run("games", "--user", "ALICE", "--json").json == {"games": []}
    assert home.run("games", "--user", "bobby", "--json").error == (3, "not_signed_in")
    home.run("login", "bobby", "--password-stdin", stdin=PASSWORD)
    assert home.run("whoami").out == f"bobby\t{place}\n", "the last one who signed in"
    assert home.run("logout", "--user", "alice", "--json").json["username"] == "Alice"
    assert home.run("whoami", "--json", NIM_USER="Alice").error == (3, "not_signed_in")
    assert home.run("logout", "--json").json["username"] == "bobby"
    assert home.run("logout", "--json").error == (3, "not_signed_in")
    assert home.run("logout").err == "nim-tui: Nobody is signed in on this computer.\n"
    assert "signed in on this computer. Sign in with" in home.run("games").err
    assert (_sessions(home), json.loads(_keyring(home))) == (0, {})


def test_login_makes_its_place_the_last_one(home: Shell) -> None:
    config = {"XDG_CONFIG_HOME": str(home.folder / "config")}
    home.run("login", "Alice", "--password-stdin", stdin=PASSWORD, **config)
    elsewhere = Shell(home.folder, {**home.environ, **config})
    del elsewhere.environ["NIM_DATA"]
    assert elsewhere.run("whoami", "--json").json["username"] == "Alice"


def test_a_wrong_password_is_refused(home: Shell) -> None:
    wrong = home.run("login", "Alice", "--password-stdin", "--json", stdin="Wrong1234\n")
    assert wrong.error == (1, "wrong_password")
    assert home.run("login", "Alice", "--password-stdin", "--json").error == (2, "usage")
    environ = {"NIM_USER": "Alice", "NIM_PASSWORD": "Wrong1234"}
    found = home.run("games", "--json", **environ)
    assert found.error == (3, "not_signed_in")
    assert "Wrong1234" not in found.err + wrong.err
    assert _keyring(home) == "{}"


def test_the_environment_signs_in_for_one_call_and_stores_nothing(home: Shell) -> None:
    environ = {"NIM_USER": "alice", "NIM_PASSWORD": PASSWORD}
    assert home.run("whoami", "--json", **environ).json["username"] == "Alice"
    assert (_sessions(home), _keyring(home)) == (0, "{}")
    # A stored session of that name is used first, and is not ended.
    home.run("login", "Alice", "--password-stdin", stdin=PASSWORD)
    environ["NIM_PASSWORD"] = "not needed"
    assert home.run("whoami", "--json", **environ).json["username"] == "Alice"
    assert home.run("whoami", "--json").json["username"] == "Alice"
    # Both variables or neither; and they are for that player alone.
    only = {"NIM_USER": "bobby"}
    assert home.run("whoami", "--json", **only).error == (3, "not_signed_in")
    environ = {"NIM_USER": "bobby", "NIM_PASSWORD": PASSWORD}
    assert home.run("whoami", "--user", "carol", "--json", **environ).error[0] == 3
    assert home.run("whoami", "--user", "alice", "--json", **environ).json["username"] == "Alice"


def test_without_a_keyring_login_says_what_to_do(embedded: Shell) -> None:
    embedded.register("alice")
    found = embedded.run("login", "alice", "--password-stdin", "--json", stdin=PASSWORD)
    assert found.error == (1, "no_keyring")
    plain = embedded.run("login", "alice", "--password-stdin", stdin=PASSWORD)
    for words in ("gnome-keyring", "dbus-run-session", "pass", "NIM_USER", "NIM_PASSWORD"):
        assert words in plain.err
    assert len(plain.err.splitlines()) == 1
    assert _sessions(embedded) == 0
    whoami = embedded.run("whoami")
    assert "No system keyring found." in whoami.err
    assert whoami.status == 3


def test_what_a_keyring_prints_stays_out_of_the_document(home: Shell) -> None:
    noisy = Shell(home.folder, {**home.environ, "NIM_TEST_KEYRING_SAYS": "opening"})
    found = noisy.run("login", "bobby", "--password-stdin", "--json", stdin=PASSWORD)
    assert json.loads(found.out)["username"] == "bobby"
    assert "opening" in found.err


def test_the_environment_is_never_sent_over_plain_http_to_another_machine(tmp_path: Path) -> None:
    # Nobody answers at this address, which is for documentation: it must not even be tried.
    home = Shell(tmp_path).as_player("alice")
    found = home.run("games", "--server", "http://192.0.2.1", "--insecure", "--json")
    assert found.error == (3, "not_signed_in")
    assert "plain http" in found.err


def test_a_one_time_password_is_replaced(tmp_path: Path) -> None:
    with served(tmp_path) as url:
        home = Shell(tmp_path, {"BASE_URL": url}).with_keyring()
        one_time = _one_time_password(tmp_path)
        only = home.run("login", "carol", "--password-stdin", "--json", stdin=f"{one_time}\n")
        assert only.error == (2, "usage")
        both = f"{one_time}\nPassw0rd2\n"
        signed_in = home.run("login", "carol", "--password-stdin", "--json", stdin=both)
        assert signed_in.json == {"username": "carol", "place": url}


def _one_time_password(folder: Path) -> str:
    import re
    import subprocess
    import sys

    added = subprocess.run(
        [sys.executable, "-m", "backend", "users", "add", "carol",
         "--store", f"sqlite:{folder / 'served.db'}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = re.search(r"\b(?:[A-Za-z0-9]{4}-){2,}[A-Za-z0-9]{4}\b|\S*\d\S*[-]\S*", added.stdout)
    assert found, added.stdout
    return found[0].rstrip(".,")


def test_a_password_is_typed_without_echo(home: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in home.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parents[3])]))
    with started(["-m", "nim_tui", "login", "Alice", "--json"]) as terminal:
        terminal.read_until(lambda written: b"Password: " in written)
        terminal.press(f"{PASSWORD}\r")
        terminal.read_until(lambda written: b'"username": "Alice"' in written)
        assert PASSWORD.encode() not in terminal.written
    assert home.run("whoami", "--json").json["username"] == "Alice"
