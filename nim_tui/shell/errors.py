"""The errors that only subcommands have, and the exit status of every error."""

from __future__ import annotations

import json
from typing import ClassVar

from backend.domain.errors import NimError, NotSignedIn, Unavailable
from nim_tui.client.errors import BadAddress, CannotOpen, Unreachable
from nim_tui.options import PROGRAM, UnreadablePlaces, UsageError
from nim_tui.text.sanitize import harmless

DONE, REFUSED, USAGE, SIGNED_OUT, UNUSABLE, TIMED_OUT = range(6)


class NoKeyring(NimError):
    """A session cannot be kept."""

    code: ClassVar[str] = "no_keyring"


class OutOfTime(NimError):
    """`wait` has reached its time limit."""

    code: ClassVar[str] = "timeout"


def status_of(error: NimError) -> int:
    """The exit status."""
    match error:
        case UsageError() | BadAddress():
            return USAGE
        case NotSignedIn():
            return SIGNED_OUT
        case Unreachable() | Unavailable() | UnreadablePlaces():
            return UNUSABLE
        case OutOfTime():
            return TIMED_OUT
    return REFUSED


def code_of(error: NimError) -> str:
    """The word that scripts tell an error by."""
    match error:
        case BadAddress():
            return UsageError.code
        case CannotOpen():
            return Unreachable.code
    return error.code


def error_line(code: str, message: str, *, as_json: bool) -> str:
    """What is wrong, in one line or one document."""
    message = harmless(message)
    if as_json:
        return json.dumps({"error": {"code": code, "message": message}})
    return f"{PROGRAM}: {message}"


def keyring_problem(note: str) -> str:
    """Of the note about a keyring what is wrong with it, without the full stop.

    What follows is for those who stay in the client.
    """
    return note.split(". ", 1)[0]
