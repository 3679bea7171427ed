"""Password hashing with argon2id, off the event loop.

Hashing is slow on purpose and keeps a core busy, so it runs in one thread or two, and leaves a core
to the games: when many people sign in at once they wait for their turn, and running games go on.
Where another process wants that core, hashing gives way: on Linux each thread has a priority.
"""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from backend.domain.errors import Unavailable

T = TypeVar("T")

AT_ONCE = max(1, min(2, (os.cpu_count() or 1) - 1))

# A third of the weight of the event loop's thread, so that no sign-in waits for ever either.
_NICENESS = 5


@dataclass(frozen=True, slots=True)
class Cost:
    """What one hash costs: memory in KiB, and the number of passes over it.

    The default uses the most memory of the equivalent settings in OWASP's "Password Storage Cheat
    Sheet"; it takes 50 ms on a small machine. Tests use less. Hashes store their own cost, so a
    change leaves older passwords valid.
    """

    memory_kib: int = 47_104
    passes: int = 1


@dataclass(slots=True)
class Passwords:
    """Hashes and verifies passwords at one cost.

    Attributes:
        checked: how many passwords were verified so far, including those for unknown names.

    """

    cost: Cost = field(default_factory=Cost)
    checked: int = 0
    _closed: bool = False
    _threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(
            AT_ONCE, thread_name_prefix="nim-passwords", initializer=_give_way
        )
    )

    async def hash(self, password: str) -> str:
        """The hash to store, with its random salt and its cost."""
        return await self._in_thread(lambda: self._hash(password))

    async def matches(self, password: str, kept: str | None) -> bool:
        """Whether `kept` is the hash of `password`.

        Without a hash, because nobody has that name, it does the same work and returns False.
        """
        self.checked += 1
        found = kept if kept is not None else self._hash_of_nothing()
        right = await self._in_thread(lambda: _verify(password, found))
        return right and kept is not None

    def close(self) -> None:
        """Release the threads, once they have finished what they began."""
        self._closed = True
        self._threads.shutdown(wait=False)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._closed:
            raise Unavailable("The backend is shutting down. Try again in a moment.")
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _hash(self, password: str) -> str:
        from argon2 import PasswordHasher

        hasher = PasswordHasher(
            time_cost=self.cost.passes, memory_cost=self.cost.memory_kib, parallelism=1
        )
        return hasher.hash(_bytes(password))

    def _hash_of_nothing(self) -> str:
        """A well-formed but random hash that no password matches."""
        salt, digest = (
            base64.b64encode(secrets.token_bytes(length)).decode().rstrip("=")
            for length in (16, 32)
        )
        return f"$argon2id$v=19$m={self.cost.memory_kib},t={self.cost.passes},p=1${salt}${digest}"


def _give_way() -> None:
    """Let the other threads go first, where a thread can have a priority of its own."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        with suppress(OSError):  # a sandbox may forbid it; the order is only a courtesy
            os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, 0) + _NICENESS)


def _verify(password: str, kept: str) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import VerifyMismatchError

    try:
        # The cost is read from `kept`; the hasher's own is not used here.
        return PasswordHasher().verify(kept, _bytes(password))
    except VerifyMismatchError:
        return False


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
