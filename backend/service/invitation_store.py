"""Where open invitations are kept: a part of every `GameStore`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from backend.domain.invitations import Invitation

MOST_OPEN_INVITATIONS = 20
"""How many open invitations a player may have."""


class InvitationStore(Protocol):
    """Open invitations, by their codes. One conditional write decides who takes one.

    What has expired may be gone at any time. Raises: Unavailable.
    """

    async def put(self, invitation: Invitation) -> Invitation:
        """Keep a new invitation. If one with this code exists, it is returned instead.

        Raises:
            TooManyInvitations: its maker has MOST_OPEN_INVITATIONS of them.
            TooManyGames: its maker has MOST_OPEN_GAMES open games and invitations.

        """

    async def get(self, code: str) -> Invitation | None:
        """The invitation as it stands, read consistently."""

    async def unfinished(self, user: str, now: datetime) -> Sequence[Invitation]:
        """This player's invitations that have not expired and have no game yet, oldest first."""

    async def take(self, code: str, user: str, now: datetime) -> Invitation | None:
        """Let `user` have the invitation, if it can be taken and is for them.

        Returns:
            It as it stands after that: `taken_by` says who has it. None if there is none.

        """

    async def reserve(self, code: str, name: str, now: datetime) -> tuple[Invitation | None, bool]:
        """Let the invitation register an account of this name (in small letters), and no other.

        Returns:
            It as it stands after that: `reserved_for` says whom it registers; None if there is
            none. And whether this call has reserved it; False if that is uncertain.

        """

    async def release(self, code: str, name: str) -> None:
        """Undo a reservation for this name, as long as nobody has taken the invitation."""

    async def remove(self, code: str) -> bool:
        """Remove an invitation that nobody has taken. Returns whether it was there to remove."""

    async def discard(self, code: str) -> None:
        """Remove an invitation without a game, taken or not."""

    async def game_made(self, code: str) -> None:
        """Note that the game of a taken invitation has been created."""

    async def secret(self) -> bytes:
        """The secret that codes of requests with a name of their own are made with."""
