"""Players, their accounts and their sessions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

NoticesBy: TypeAlias = Literal["sms", "none"]
NoticeProblem: TypeAlias = Literal["refused", "unconfirmed"]


@dataclass(frozen=True, slots=True)
class Player:
    """An account without its secrets. `username` is spelled as it was registered."""

    username: str
    email: str | None = None
    phone: str | None = None
    notices: NoticesBy = "sms"


@dataclass(frozen=True, slots=True)
class Profile:
    """An account as its owner sees it.

    Attributes:
        phone_confirmed: whether notices may go to its number.
        notice_problem: why they do not, although they should.

    """

    player: Player
    phone_confirmed: bool
    notice_problem: NoticeProblem | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """A registration that `credentials` has checked."""

    username: str
    password: str = field(repr=False)
    email: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in player's tokens; `expires_in` is the ID token's lifetime in seconds."""

    id_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
