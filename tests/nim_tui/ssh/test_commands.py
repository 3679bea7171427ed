"""Commands that come as `ssh HOST COMMAND`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backend.domain.errors import NimError
from nim_tui.client.client import NimClient
from nim_tui.client.transports import SharedBackend
from nim_tui.shell.remote import PERMITTED, run_remote
from nim_tui.shell.table import COMMANDS
from nim_tui.ssh.environment import RemoteTerminal
from nim_tui.ssh.line import ClientKey
from nim_tui.ssh.visit import CommandCall
from nim_tui.ssh.visitor import Visitor, arrived
from tests.nim_tui.ssh.stage import PASSWORD, off_loop, serving

KEY = ClientKey("SHA256:abc", "ed25519")


class Caller:
    """Calls commands as anna, on a backend of this test."""

    def __init__(self, place: SharedBackend) -> None:
        self.place = place
        self.printed = self.complained = ""

    async def call(
        self, text: str, *, key: ClientKey | None = KEY, terminal: RemoteTerminal | None = None
    ) -> int:
        """The exit status; what was printed is in the attributes."""
        self.printed = self.complained = ""
        client = NimClient(self.place.transport("192.0.2.1"))
        visitor: Visitor = await arrived(client, self.place.keys, key)
        try:
            given = CommandCall(text, visitor, terminal, self._print, self._complain)
            return await run_remote(given)
        finally:
            await client.sign_out()
            await client.close()

    async def document(self, text: str) -> Any:
        """What a command prints as JSON."""
        assert await self.call(f"{text} --json") == 0, self.complained
        return json.loads(self.printed)

    def _print(self, text: str) -> None:
        self.printed += text

    def _complain(self, text: str) -> None:
        self.complained += text


@pytest.fixture
async def caller(tmp_path: Path) -> Any:
    place = SharedBackend(tmp_path / "games.db")
    await place.start()
    client = NimClient(place.transport("192.0.2.1"))
    for name in ("anna", "bert"):
        await client.register(name, PASSWORD, f"{name}@example.com")
    await client.close()
    assert place.keys is not None
    await place.keys.remember("anna", KEY.fingerprint, "laptop")
    yield Caller(place)
    await place.close()


async def test_a_game_from_invitation_to_review(caller: Caller) -> None:
    assert await caller.document("whoami") == {"username": "anna", "place": "ssh"}
    game = await caller.document("new bert --heaps 1,2,1")
    assert (await caller.document("games"))["games"] == [game]
    # bert moves first.
    assert await caller.call(f"move {game['gameId'][:6]} b2 --json") == 1
    assert json.loads(caller.complained)["error"]["code"] == "not_your_turn"
    assert await caller.call("wait --timeout 0") == 5
    bert = NimClient(caller.place.transport("192.0.2.2"))
    await bert.sign_in("bert", PASSWORD)
    await bert.move(await bert.game(game["gameId"]), 2, 0)
    await bert.close()
    assert (await caller.document("wait"))["turn"] == "anna"
    assert (await caller.document(f"move {game['gameId']} a1"))["heap1"] == 0
    assert (await caller.document(f"resign {game['gameId']}"))["winner"] == "bert"
    assert len((await caller.document(f"review {game['gameId']}"))["moves"]) == 2
    assert (await caller.document(f"rematch {game['gameId']}"))["user1"] == "bert"


async def test_an_invitation_is_made_and_taken(caller: Caller) -> None:
    made = await caller.document("invite --heaps 3,4,5")
    assert await caller.call(f"join {made['code']}") == 1, "one's own"
    assert made["join"].startswith("ssh ")
    bert = NimClient(caller.place.transport("192.0.2.2"))
    await bert.sign_in("bert", PASSWORD)
    theirs = await bert.invitations.make()
    await bert.close()
    assert (await caller.document(f"join {theirs.code}"))["user2"] == "anna"
    assert (await caller.document("account show"))["username"] == "anna"


async def test_a_board_is_drawn_for_a_terminal(caller: Caller) -> None:
    game = await caller.document("new bert")
    terminal = RemoteTerminal({"TERM": "xterm-256color"}, (80, 24))
    assert await caller.call(f"show {game['gameId']}", terminal=terminal) == 0
    assert "\x1b[" in caller.printed
    assert "b: 4" in caller.printed
    assert await caller.call(f"show {game['gameId']}") == 0
    assert "\x1b" not in caller.printed


@pytest.mark.parametrize(
    "text",
    [
        "", "sh", "ls -la", "games --data /etc/passwd", "games --server http://x", "--profile x",
        "doctor", "places list", "serve-ssh", "login anna", "logout", "register x",
        "join k3v9x-2ma4q --password-stdin", "invite --server http://x",
        "account delete --yes", "account password", "completion bash", "_complete", "games 'x",
        "games --log x", "move", "move x y z w", "--user bert games", "games --place x",
        "scp -t x", "games; sh", "games --insecure", "account",
    ],
)  # fmt: skip
async def test_everything_else_is_a_wrong_use(caller: Caller, text: str) -> None:
    assert await caller.call(text) == 2
    assert caller.printed == ""
    assert caller.complained.startswith("nim-tui: ")
    assert "Traceback" not in caller.complained


async def test_a_guest_is_told_how_to_be_known(caller: Caller) -> None:
    for key in (None, ClientKey("SHA256:other", "rsa")):
        assert await caller.call("games --json", key=key) == 3
        assert json.loads(caller.complained)["error"]["code"] == "not_signed_in"
    caller.place.keys = None
    assert await caller.call("games") == 3
    assert "remembers no keys" in caller.complained


async def test_help_goes_to_the_one_who_asks(
    caller: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await caller.call("move --help", key=None) == 0
    assert "HEAPTAKE" in caller.printed or "HEAP" in caller.printed
    assert "--data" not in caller.printed
    assert capsys.readouterr().out == ""


async def test_the_servers_environment_is_not_read(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("NIM_USER", "bert"), ("NIM_PASSWORD", PASSWORD), ("BASE_URL", "http://x")):
        monkeypatch.setenv(name, value)
    assert (await caller.document("whoami"))["username"] == "anna"
    assert await caller.call("whoami", key=None) == 3


def test_what_is_permitted_is_a_list_of_commands() -> None:
    assert set(COMMANDS) - PERMITTED >= {"login", "logout", "serve-ssh", "places add", "doctor"}
    assert set(COMMANDS) >= PERMITTED


async def test_a_session_made_for_a_command_ends_with_it(caller: Caller) -> None:
    client = NimClient(caller.place.transport("192.0.2.1"))
    visitor = await arrived(client, caller.place.keys, KEY)
    call = CommandCall("whoami", visitor, None, lambda _: None, lambda _: None)
    assert await run_remote(call) == 0
    token = client.refresh_token
    await client.sign_out()
    assert token is not None
    with pytest.raises(NimError):
        await client.resume(token, "anna")
    await client.close()


async def test_the_real_client_gets_output_errors_and_the_status(tmp_path: Path) -> None:
    async with serving(tmp_path) as stage:
        await stage.register("anna")
        key = await stage.remembered("anna")
        done = await stage.run("games --json", key=key)
        assert (done.returncode, json.loads(done.stdout)) == (0, {"games": []})
        done = await stage.run("show nothing", key=key)
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert (await stage.run("uname -a", key=key)).returncode == 2
        # Without a command and without a terminal.
        done = await stage.run(key=key)
        assert done.returncode == 2
        assert "needs a terminal" in done.stderr


async def test_a_command_on_a_terminal_can_be_interrupted(tmp_path: Path) -> None:
    async with serving(tmp_path) as stage:
        await stage.register("anna")
        key = await stage.remembered("anna")
        with stage.terminal("-t", "wait", key=key) as terminal:
            await off_loop(terminal.read_until, lambda _: stage.server.sessions == 1)
            terminal.press("\x03")
            assert await off_loop(terminal.end) == 130
