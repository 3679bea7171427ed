"""The client's own kinds of trouble."""

from __future__ import annotations

from typing import ClassVar

from backend.domain.errors import NimError


class Unreachable(NimError):
    """No answer, or none that a Nim backend gives. Trying again may help."""

    code: ClassVar[str] = "unreachable"
    default_message = "The backend cannot be reached. Try again in a moment."


class CannotOpen(Unreachable):
    """The place cannot be opened (its database, its settings): trying again will not help."""

    code: ClassVar[str] = "cannot_open"
    default_message = "This place cannot be opened. Choose another one with --data or --server."


class BadAddress(NimError):
    """The address given for a server is none that the client would talk to."""

    code: ClassVar[str] = "bad_address"
    default_message = "That is not a server's address. One looks like https://nim.example.com."
