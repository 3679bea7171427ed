"""What callers ask of the use cases, as plain values: the API's handlers make them from JSON.

Their types are right by then; the use cases check whether the game allows what they ask for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from backend.domain.errors import BadRequest
from backend.domain.invitations import Invitation
from backend.domain.nim import DEFAULT_HEAPS, HEAP_NUMBERS, MOST_OBJECTS, Heaps, Rule, valid_heaps
from backend.domain.people import NoticesBy


class Keep(Enum):
    """The type of KEEP."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP
"""Leaves a field of a profile as it is, where None would remove it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """Register a new account."""

    username: str
    password: str = field(repr=False)
    email: str | None = None
    phone: str | None = None
    invitation: Invitation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileEdit:
    """Change the caller's own account."""

    email: str | Keep | None = KEEP
    phone: str | Keep | None = KEEP
    notices: NoticesBy | Keep = KEEP
    ntfy_topic: str | Keep | None = KEEP


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """Invite `opponent` to a new game.

    Attributes:
        request_id: the caller's own name for this request; repeated, it gives the same game.
    """

    opponent: str
    heaps: Sequence[int] = DEFAULT_HEAPS
    rule: Rule = "misere"
    days_per_move: int | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Make an open invitation. Attributes as in `Invite`."""

    heaps: Sequence[int] = DEFAULT_HEAPS
    rule: Rule = "misere"
    days_per_move: int | None = None
    request_id: str | None = None


def checked_heaps(heaps: Sequence[int]) -> Heaps:
    """The heaps of a new game. Raises: BadRequest."""
    if not valid_heaps(list(heaps)):
        raise BadRequest.of_fields(
            {"heaps": f"must be three heaps of 0 to {MOST_OBJECTS} objects, at least two in total."}
        )
    return (heaps[0], heaps[1], heaps[2])


def seen_heaps(heaps: Sequence[int]) -> Heaps:
    """The heaps that a caller says to have seen. Raises: BadRequest."""
    if len(heaps) != len(HEAP_NUMBERS):
        raise BadRequest.of_fields({"seenHeaps": "must be the three heaps that you saw."})
    return (heaps[0], heaps[1], heaps[2])
