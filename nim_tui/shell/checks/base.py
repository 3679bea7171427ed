"""The outcome of one look."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

State: TypeAlias = Literal["ok", "warning", "broken"]

MOST_SKEW = 60.0
"""Seconds that two clocks may differ before deadlines look wrong."""


class Check(NamedTuple):
    """What was found.

    Attributes:
        name: what was looked at, in a word or two.
        detail: what is there.
        todo: what to do about it; None where it is as it should be.

    """

    name: str
    state: State
    detail: str
    todo: str | None = None


def ok(name: str, detail: str) -> Check:
    """It works."""
    return Check(name, "ok", detail)


def warning(name: str, detail: str, todo: str) -> Check:
    """Games can be played, but something is missing."""
    return Check(name, "warning", detail, todo)


def broken(name: str, detail: str, todo: str) -> Check:
    """Games cannot be played, or not there."""
    return Check(name, "broken", detail, todo)


def from_message(name: str, message: str) -> Check:
    """Broken, from an error's message: what is wrong in its first sentence, then what to do."""
    wrong, found, todo = message.partition(". ")
    return broken(name, f"{wrong}." if found else wrong, todo or "Try again in a moment.")
