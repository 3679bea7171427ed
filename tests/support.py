"""What many tests need: prerequisites told in words, free ports, waiting without sleeping long."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar, overload

import pytest
from _pytest.mark import ParameterSet

T = TypeVar("T")

_PAUSE = 0.01  # seconds between two looks at a predicate


def require(condition: object, reason: str) -> None:
    """Skip the test on a person's machine without its prerequisite; fail where CI is set."""
    if condition:
        return
    if os.environ.get("CI"):
        pytest.fail(f"CI must have this: {reason}")
    pytest.skip(reason)


def at_length(*values: object) -> Iterator[ParameterSet]:
    """Parameters for `make reliability`: in `make test` others stand for them."""
    return (pytest.param(value, marks=pytest.mark.reliability) for value in values)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def unused_database() -> Path:
    """Where an app may have a database that its test is not about: in the HOME of this test."""
    return Path(os.environ["HOME"], "unused.db")


def eventually(
    predicate: Callable[[], T], *, timeout: float = 20.0, what: str = "the predicate"
) -> T:
    """Poll until the predicate gives something true, and return that.

    Raises:
        AssertionError: it did not within `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    while not (value := predicate()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {timeout:g} s")
        time.sleep(_PAUSE)
    return value


@overload
async def eventually_async(
    predicate: Callable[[], Awaitable[T]], *, timeout: float = 20.0, what: str = "the predicate"
) -> T: ...


@overload
async def eventually_async(
    predicate: Callable[[], T], *, timeout: float = 20.0, what: str = "the predicate"
) -> T: ...


async def eventually_async(
    predicate: Callable[[], object],
    *,
    timeout: float = 20.0,
    what: str = "the predicate",
) -> object:
    """Like `eventually`, for a predicate that may be awaitable, while the event loop runs on."""
    deadline = time.monotonic() + timeout
    while True:
        found = predicate()
        value = await found if isinstance(found, Awaitable) else found
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {timeout:g} s")
        await asyncio.sleep(_PAUSE)
