"""The errors that the client adds to those of the game."""

from __future__ import annotations

from typing import ClassVar

from backend.domain.errors import NimError


class Unreachable(NimError):
    """No response, or one that no Nim backend would send. Trying again may help."""

    code: ClassVar[str] = "unreachable"
    default_message = "The backend cannot be reached. Try again in a moment."


class CannotOpen(Unreachable):
    """The place cannot be opened (its database, its settings). Trying again will not help."""

    code: ClassVar[str] = "cannot_open"
    default_message = "This place cannot be opened. Choose another one with --data or --server."


class BadAddress(NimError):
    """The address of a server is malformed or not safe to talk to."""

    code: ClassVar[str] = "bad_address"
    default_message = "Not a valid server address. Use one like https://nim.example.com."
