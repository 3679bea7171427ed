"""Hashing gives way to the games, and hashes as before."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from backend.adapters.sqlite.password_hashing import AT_ONCE, Cost, Passwords


async def test_hashing_has_a_lower_priority_than_the_event_loop() -> None:
    if sys.platform != "linux":
        pytest.skip("threads have no priority of their own here")
    passwords = Passwords(Cost(memory_kib=8))
    ours = os.getpriority(os.PRIO_PROCESS, 0)

    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    theirs = {await passwords._in_thread(niceness) for _ in range(2 * AT_ONCE)}
    assert min(theirs) > ours or ours == max(theirs) == 19
    assert os.getpriority(os.PRIO_PROCESS, 0) == ours
    passwords.close()


async def test_where_no_priority_may_be_set_it_hashes_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forbidden(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", forbidden)
    passwords = Passwords(Cost(memory_kib=8))
    kept = await passwords.hash("Password1")
    assert await passwords.matches("Password1", kept)
    assert not await passwords.matches("Password2", kept)
    passwords.close()
