"""The small parts: what a client says of itself, who is admitted, the host key, what is typed."""

from __future__ import annotations

import asyncio
import base64
import stat
from pathlib import Path

import asyncssh
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.message import Message

from nim_tui.options import UsageError
from nim_tui.paint import Depth
from nim_tui.ssh.admission import FULL, TOO_MANY_FROM_HERE, Admission, Starts, refusal
from nim_tui.ssh.app import console_of
from nim_tui.ssh.environment import (
    MOST_COLUMNS,
    MOST_ROWS,
    RemoteTerminal,
    allowed_environment,
    usable_size,
)
from nim_tui.ssh.host_key import host_key
from nim_tui.ssh.inbox import Inbox
from nim_tui.ssh.line import Allowance, read_key
from nim_tui.terminal.capabilities import Terminal

# -- what a client says of its terminal ------------------------------------------------------------


def test_only_what_describes_a_terminal_is_let_in() -> None:
    sent = {
        b"LANG": b"de_DE.UTF-8",
        b"LC_ALL": b"C",
        b"COLORTERM": b"truecolor",
        b"NIM_USER": b"bert",
        b"LD_PRELOAD": b"x",
        b"LC_X\x1b": b"x",
        b"LC_TIME": b"\x1b[2J",
        b"\xff": b"\xff",
    }
    assert allowed_environment("xterm", sent) == {
        "TERM": "xterm",
        "LANG": "de_DE.UTF-8",
        "LC_ALL": "C",
        "COLORTERM": "truecolor",
    }
    assert allowed_environment("\x1b[2J", {}) == {"TERM": ""}


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_every_size_can_be_drawn_in(columns: int, rows: int) -> None:
    width, height = usable_size(columns, rows)
    assert 1 <= width <= MOST_COLUMNS
    assert 1 <= height <= MOST_ROWS


@pytest.mark.parametrize(
    ("environ", "encoding", "unicode"),
    [
        ({}, "utf-8", True),
        ({"LANG": "en_US.UTF-8"}, "utf-8", True),
        ({"LANG": "C"}, "ascii", False),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "POSIX"}, "ascii", False),
        ({"LANG": "de_DE.ISO-8859-1"}, "iso8859-1", False),
        ({"LANG": "x.utf-16"}, "ascii", False),
        ({"LANG": "x.zip"}, "ascii", False),
        ({"LANG": "x.nothing"}, "ascii", False),
        ({"LANG": "ja_JP.UTF-8"}, "utf-8", False),
        ({"TERM": "linux", "LANG": "en_US.UTF-8"}, "utf-8", False),
    ],
)
def test_the_locale_says_what_can_be_shown(
    environ: dict[str, str], encoding: str, *, unicode: bool
) -> None:
    terminal = RemoteTerminal(environ)
    assert terminal.encoding == encoding
    assert Terminal.remote("256", environ, encoding).unicode is unicode


@pytest.mark.parametrize(
    ("environ", "depth"),
    [
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, Depth.TRUE),
        ({"TERM": "xterm-256color"}, Depth.MANY),
        ({"TERM": "xterm"}, Depth.SIXTEEN),
        ({"TERM": "dumb"}, Depth.NONE),
    ],
)
def test_the_colours_are_those_of_the_other_end(environ: dict[str, str], depth: Depth) -> None:
    console = console_of(RemoteTerminal(environ, (97, 31)))
    assert Terminal.remote(console.color_system, environ).depth is depth
    assert console.size == (97, 31)


# -- who is admitted -------------------------------------------------------------------------------


def test_a_network_and_all_together_have_limits() -> None:
    admission = Admission(5, 2)
    assert admission.enter("192.0.2.1") is None
    assert admission.enter("::ffff:192.0.2.1") is None
    assert admission.enter("192.0.2.1") == TOO_MANY_FROM_HERE
    assert admission.enter("2001:db8::1") is None
    assert admission.enter("2001:db8::ffff:1") is None
    assert admission.enter("2001:db8::2") == TOO_MANY_FROM_HERE
    assert admission.enter("2001:db8:0:1::1") is None
    assert admission.enter("198.51.100.1") == FULL
    admission.leave("192.0.2.1")
    assert admission.enter("198.51.100.1") is None


def test_this_machine_counts_in_all_alone() -> None:
    admission = Admission(30, 2)
    assert [admission.enter("127.0.0.1") for _ in range(30)] == [None] * 30
    assert admission.enter("::1") == FULL


@given(st.text(st.characters(codec="ascii", exclude_categories=["C"]), max_size=200))
def test_a_refusal_is_a_packet_as_the_protocol_wants_it(why: str) -> None:
    version, _, packet = refusal(b"x", why).partition(b"\r\n")
    assert version == b"SSH-2.0-x"
    length, padding = int.from_bytes(packet[:4], "big"), packet[4]
    assert len(packet) == length + 4
    assert len(packet) % 8 == 0
    assert 4 <= padding < 16
    assert why.encode() in packet[: len(packet) - padding]


async def test_apps_start_one_after_the_other() -> None:
    starts, inside, most = Starts(), 0, 0

    async def start() -> None:
        nonlocal inside, most
        async with starts.turn():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(start() for _ in range(20)))
    assert most == 1


# -- the host key ----------------------------------------------------------------------------------


def test_a_host_key_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "key"
    made = host_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert host_key(path).get_fingerprint() == made.get_fingerprint()
    assert [one.name for one in path.parent.iterdir()] == ["key"]


@pytest.mark.parametrize("content", [b"", b"nonsense", b"ssh-ed25519 AAAA x"])
def test_a_host_key_that_is_none_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(UsageError, match="holds no private key"):
        host_key(path)


def test_a_host_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    host_key(path)
    path.chmod(0o644)
    with pytest.raises(UsageError, match="chmod 600"):
        host_key(path)
    with pytest.raises(UsageError, match="cannot be read or made"):
        host_key(path / "below-a-file")


def test_a_fingerprint_is_openssh_s() -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    found = read_key(key.public_data)
    assert found.fingerprint == key.get_fingerprint()
    assert found.kind == "ed25519"
    assert read_key(b"").fingerprint.startswith("SHA256:")
    assert base64.b64decode(found.fingerprint.removeprefix("SHA256:") + "=")


# -- what is typed ---------------------------------------------------------------------------------


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_flood_is_slowed_to_its_rate() -> None:
    clock = Clock()
    allowance = Allowance(clock, burst=1000, rate=100)
    assert allowance.take(1000) == 0
    assert allowance.take(100) == pytest.approx(1.0)
    clock.now += 1.0
    assert allowance.take(100) == pytest.approx(1.0)
    clock.now += 1000.0
    assert allowance.take(1000) == 0


async def test_keys_wait_for_the_app_and_a_flood_stays_with_its_sender() -> None:
    paused: list[bool] = []
    inbox = Inbox(lambda: paused.append(True), lambda: paused.append(False))
    found: list[Message] = []
    inbox.put(b"ab")
    inbox.open(found.append)
    inbox.put(b"c\x1b[A")
    keys = [event.key for event in found if isinstance(event, events.Key)]
    assert keys == ["a", "b", "c", "up"]
    inbox.put(b"x" * 100_000)
    assert paused == [True]
    assert len(found) < 10_000
    inbox.close()


async def test_a_lone_escape_is_the_key() -> None:
    found: asyncio.Queue[Message] = asyncio.Queue()
    inbox = Inbox(lambda: None, lambda: None)
    inbox.open(found.put_nowait)
    inbox.put(b"\x1b")
    async with asyncio.timeout(5):
        event = await found.get()
    assert isinstance(event, events.Key)
    assert event.key == "escape"
    inbox.close()
