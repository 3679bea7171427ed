"""Players, their accounts and their sessions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias, get_args

Channel: TypeAlias = Literal["sms", "email", "ntfy"]
NoticesBy: TypeAlias = Literal["none", "sms", "email", "ntfy"]
NOTICES_BY: tuple[NoticesBy, ...] = get_args(NoticesBy)
NoticeProblem: TypeAlias = Literal["refused", "unreachable", "unconfirmed"]


@dataclass(frozen=True, slots=True)
class Player:
    """An account without its secrets.

    Attributes:
        username: spelled as it was registered.
        notices: the channel that notices go by.
        ntfy_topic: where they go on the operator's ntfy server.
        since: from when on games of this name are the account's; None if that was not looked up.

    """

    username: str
    email: str | None = None
    phone: str | None = None
    notices: NoticesBy = "sms"
    ntfy_topic: str | None = None
    since: datetime | None = field(default=None, compare=False)

    def address(self, channel: NoticesBy) -> str | None:
        """Where this channel reaches the player; None if it does not."""
        match channel:
            case "sms":
                return self.phone
            case "email":
                return self.email
            case "ntfy":
                return self.ntfy_topic
            case "none":
                return None


@dataclass(frozen=True, slots=True)
class Profile:
    """An account as its owner sees it.

    Attributes:
        email_confirmed, phone_confirmed: whether notices may go there.
        notice_problem: why they do not arrive, although they should.

    """

    player: Player
    email_confirmed: bool
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


@dataclass(frozen=True, slots=True)
class SshKey:
    """A key that opens its owner's games at once.

    Attributes:
        fingerprint: of the public key, as OpenSSH prints it (`SHA256:…`).
        name: what its owner calls it.

    """

    fingerprint: str
    name: str
    added_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeySignIn:
    """A session that a key has begun."""

    username: str
    session: Session
