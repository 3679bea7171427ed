"""Registration by invitation, where registration is closed otherwise.

One write reserves an invitation for one name before the account is created. So a code makes one
account, a lost answer can be repeated, and what a stopped process has begun goes on. An account
that was made so is marked: its own invitations let nobody in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from backend.domain.clock import utc_now
from backend.domain.errors import (
    NimError,
    RegistrationClosed,
    Unavailable,
    UserExists,
    WrongPassword,
)
from backend.domain.invitations import Invitation
from backend.domain.people import Player, Registration
from backend.service.account_ports import Notes
from backend.service.invitation_store import InvitationStore
from backend.service.ports import Identity


class Newcomers:
    """Lets people register whom a player has invited."""

    def __init__(
        self,
        people: Identity,
        store: InvitationStore,
        notes: Notes,
        *,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._people = people
        self._store = store
        self._notes = notes
        self._now = now

    async def register(
        self,
        form: Registration,
        invitation: Invitation,
        create: Callable[[Registration], Awaitable[Player]],
    ) -> Player:
        """Create the one account that an invitation allows.

        Args:
            create: creates the account where only the backend may.

        Raises:
            RegistrationClosed: the invitation has been taken, registers another name, or comes from
                somebody who was let in by an invitation.
            UserExists, BadRequest: the invitation can be used again.

        """
        name = form.username.casefold()
        if await self._notes.marked(_mark(invitation.created_by)):
            raise RegistrationClosed
        if invitation.reserved_for is None and await self._people.find(form.username):
            raise UserExists
        kept, reserved_now = await self._store.reserve(invitation.code, name, self._now())
        if kept is None or kept.reserved_for != name:
            raise RegistrationClosed
        # Before the account is there: a process that stops in between must not leave it unmarked.
        await self._notes.mark(_mark(name))
        try:
            return await create(form)
        except UserExists:
            # A lost answer, unless the name is somebody else's.
            if (player := await self._owner(form)) is not None:
                return player
            await self._undo(kept, name, reserved_now=reserved_now)
            raise
        except Unavailable:
            raise  # it may have been created
        except NimError:
            await self._undo(kept, name, reserved_now=reserved_now)
            raise

    async def forget(self, username: str) -> None:
        """A deleted account: a later one of the name may have been made otherwise."""
        await self._notes.unmark(_mark(username))

    async def _owner(self, form: Registration) -> Player | None:
        """The account of this name, if this is its password."""
        try:
            session = await self._people.sign_in(form.username, form.password)
        except WrongPassword:
            return None
        await self._people.revoke(session.refresh_token)
        return await self._people.find(form.username)

    async def _undo(self, kept: Invitation, name: str, *, reserved_now: bool) -> None:
        """Free an invitation that this request has reserved in vain.

        One that was reserved before may have registered somebody already.
        """
        if reserved_now:
            await self._notes.unmark(_mark(name))
            await self._store.release(kept.code, name)


def _mark(username: str) -> str:
    return f"invited#{username.casefold()}"
