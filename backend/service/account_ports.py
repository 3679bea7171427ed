"""What the use cases of accounts need from outside, beside the accounts themselves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from backend.domain.notices import Notice
from backend.domain.people import Channel, Player


class Recovery(Protocol):
    """Lets people back in who have forgotten their password."""

    @property
    def on(self) -> bool:
        """Whether there is anything to send a code with."""

    async def confirmed(self, player: Player, channel: Channel) -> None:
        """The player has confirmed the address of this channel: codes may go there."""

    async def send_code(self, username: str) -> None:
        """Send a code to the confirmed addresses of this account, if there are any."""

    async def reset(self, username: str, code: str, new_password: str) -> None:
        """Replace the password, for a code that was sent; all sessions and tokens end.

        Raises:
            WrongCode: also for an unknown name, after the same work.
            BadRequest: the new password cannot be stored.

        """


@dataclass(frozen=True, slots=True)
class KeptSession:
    """A session as its owner may see it."""

    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class KeptNotice:
    """A notice in the outbox as its recipient may see it; `outcome` is None until it is final."""

    notice: Notice
    created_at: datetime
    outcome: str | None


class Archive(Protocol):
    """What a store keeps about an account beside its games and the account itself."""

    async def sessions(self, username: str) -> Sequence[KeptSession]:
        """The sessions that can be renewed."""

    async def notices(self, username: str) -> Sequence[KeptNotice]:
        """The notices of the last days."""


class Notes(Protocol):
    """Small facts about contacts, by name: holds that run out, codes, marks.

    All of it is atomic. Raises: Unavailable.
    """

    async def take(self, name: str, until: datetime, now: datetime) -> bool:
        """Hold this name until then, unless somebody holds it now. Returns whether it is held."""

    async def put_code(self, name: str, code_hash: str, until: datetime) -> None:
        """Keep the hash of a code, in place of the one before, with no tries."""

    async def use_code(self, name: str, code_hash: str, tries: int, now: datetime) -> bool:
        """Use a code up, if this is its hash. Counts a try first; after `tries` it is no good."""

    async def mark(self, name: str) -> None:
        """Set a mark."""

    async def unmark(self, name: str) -> None:
        """Remove a mark, if there is one."""

    async def marked(self, *names: str) -> Collection[str]:
        """Which of these marks there are, by one read."""
