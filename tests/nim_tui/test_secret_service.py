"""The vault on a real Secret Service: gnome-keyring in its own D-Bus session and HOME."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support import require

UNLOCKED = """
gnome-keyring-daemon --foreground --unlock --components=secrets <<<"test" &
daemon=$!
trap 'kill $daemon' EXIT
for try in $(seq 100); do
    dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
        org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets | grep -q true && break
    sleep 0.05
done
"$@"
"""

PROGRAM = """
import sys
from nim_tui.tokens import KeyringVault, VaultProblem
import keyring

vault, place = KeyringVault(), "https://nim.example"
try:
    match sys.argv[1]:
        case "first":
            assert type(keyring.get_keyring()).__module__ == "keyring.backends.SecretService"
            assert vault.load(place, "anna") is None
            vault.save(place, "anna", "x" * 1800)
            vault.save(place, "anna", "y" * 2300)
            vault.save(place, "bert", "z")
        case "second":
            assert vault.names(place) == ["bert", "anna"]
            assert vault.load(place, "anna") == "y" * 2300
            vault.delete(place, "anna")
            assert vault.load(place, "anna") is None
            assert vault.names(place) == ["bert"]
            vault.delete(place, "bert")
            import secretstorage
            bus = secretstorage.dbus_init()
            items = secretstorage.get_default_collection(bus).get_all_items()
            assert [item.get_label() for item in items] == []
    print("done")
except VaultProblem as problem:
    print(problem)
"""

ACCOUNT = """
import asyncio, os, signal, sys
from nim_tui.client import NimClient
from nim_tui.account import PlayerSession

async def main():
    account = PlayerSession(NimClient.embedded(sys.argv[2]))
    if sys.argv[1] == "first":
        assert await account.resume() == "signed_out"
        await account.register("anna", "Passw0rd1", "anna@example.com")
        print("kept" if account.take_note() is None else "not kept", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    print(await account.resume(), account.client.username)
    await account.sign_out()
    print(await account.resume())
    await account.client.close()

asyncio.run(main())
"""


def session(home: Path, script: str, *arguments: str, name: str = "bash") -> str:
    """The output of a script, whose `$0` is `name`, in its own D-Bus session."""
    require(shutil.which("dbus-run-session"), "needs dbus-run-session (Debian: dbus)")
    require(shutil.which("gnome-keyring-daemon"), "needs gnome-keyring-daemon (gnome-keyring)")
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DBUS_", "XDG_", "PYTHON_KEYRING", "GNOME_"))
    }
    environ |= {"HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    home.chmod(0o700)
    found = subprocess.run(
        ["dbus-run-session", "--", "bash", "-c", script, name, *arguments],
        env=environ,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    return found.stdout.strip()


def test_sessions_survive_a_restart(tmp_path: Path) -> None:
    for turn in ("first", "second"):
        said = session(tmp_path, UNLOCKED, sys.executable, "-c", PROGRAM, turn)
        assert said.splitlines()[-1] == "done"


def test_a_killed_client_resumes_without_a_new_sign_in(tmp_path: Path) -> None:
    data = str(tmp_path / "games.db")
    script = UNLOCKED.replace('"$@"', '"$@" first "$0"; "$@" second "$0"')
    said = session(tmp_path, script, sys.executable, "-c", ACCOUNT, name=data)
    assert said.splitlines()[-3:] == ["kept", "signed_in anna", "signed_out"]


def test_without_a_secret_service_it_is_one_sentence(tmp_path: Path) -> None:
    said = session(tmp_path, 'PATH=/nowhere exec "$@"', sys.executable, "-c", PROGRAM, "first")
    assert said in (
        "No system keyring found.",
        "The system keyring is locked.",
        "The system keyring does not work.",
    )
