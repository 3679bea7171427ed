"""Frames that nobody reads are dropped whole, and the newest is drawn in the end."""

from __future__ import annotations

import asyncio

import pytest

from nim_tui.ssh import outlet as outlets
from nim_tui.ssh.outlet import Outlet


class Recorder:
    """A channel that keeps what it is given, and counts what the outlet asks for."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.redrawn = 0
        self.given_up = asyncio.Event()
        self.closing = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def is_closing(self) -> bool:
        return self.closing

    def redraw(self) -> None:
        self.redrawn += 1


def outlet_on(recorder: Recorder, encoding: str = "utf-8") -> Outlet:
    return Outlet(recorder, encoding, redraw=recorder.redraw, give_up=recorder.given_up.set)


async def test_what_is_written_in_one_turn_is_one_packet() -> None:
    recorder = Recorder()
    outlet = outlet_on(recorder)
    for piece in ("begin", " ●", " end"):
        outlet.write(piece)
    assert recorder.written == []
    await asyncio.sleep(0)
    assert recorder.written == ["begin ● end".encode()]


async def test_a_blocked_line_drops_frames_and_then_draws_once() -> None:
    recorder = Recorder()
    outlet = outlet_on(recorder)
    outlet.block("line")
    outlet.block("channel")
    for number in range(1000):
        outlet.write(f"frame {number}")
        await asyncio.sleep(0)
    outlet.unblock("line")
    assert (recorder.written, recorder.redrawn) == ([], 0)
    outlet.unblock("channel")
    assert recorder.redrawn == 1
    outlet.block("line")
    outlet.unblock("line")
    assert recorder.redrawn == 1, "nothing was missed"


async def test_a_line_that_takes_nothing_for_long_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outlets, "PATIENCE_SECONDS", 0.02)
    recorder = Recorder()
    outlet = outlet_on(recorder)
    outlet.block("line")
    outlet.unblock("line")
    outlet.block("channel")
    async with asyncio.timeout(5):
        await recorder.given_up.wait()


async def test_what_the_terminal_lacks_becomes_a_question_mark() -> None:
    recorder = Recorder()
    outlet_on(recorder, "ascii").finish("misère ●")
    assert recorder.written == [b"mis?re ?"]
    recorder.closing = True
    outlet_on(recorder).finish("more")
    assert len(recorder.written) == 1
