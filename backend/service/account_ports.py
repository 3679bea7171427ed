"""What the use cases of accounts need from outside, beside the accounts themselves."""

from __future__ import annotations

from collections.abc import Sequence
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
