"""The use cases of open invitations: making one, looking at it, taking it, withdrawing it.

Who takes an invitation is decided by one conditional write. Its game is created after that; its id
follows from the code. If this process is stopped between the two, whoever of the two asks next
creates the game: the taker by accepting once more, the maker by listing the invitations.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from backend.domain.errors import (
    BadRequest,
    InvitationTaken,
    NimError,
    NoSuchInvitation,
    NoSuchPlayer,
    Unavailable,
)
from backend.domain.game import Game
from backend.domain.invitations import Invitation, random_code, read_code, requested_code
from backend.service.commands import Offer, checked_heaps
from backend.service.invitation_store import InvitationStore
from backend.service.ports import Identity

log = logging.getLogger(__name__)


class CreatesGames(Protocol):
    """What creates the games of invitations: `Service`."""

    async def create_taken(self, game: Game) -> Game:
        """Create the game of an invitation; if it exists already, return it."""

    async def check_both_stay(self, user: str, opponent: str) -> None:
        """Refuse an account that is being deleted. Raises: NotSignedIn, NoSuchPlayer."""


class Invitations:
    """The open invitations of one backend; a token has proved the usernames that it is given."""

    def __init__(
        self,
        store: InvitationStore,
        people: Identity,
        games: CreatesGames,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._people = people
        self._games = games
        self._now = now

    async def make(self, user: str, offer: Offer) -> Invitation:
        """Make an open invitation; the same user and `request_id` again: the same one.

        Raises:
            BadRequest, NotSignedIn, TooManyInvitations, TooManyGames.

        """
        heaps = checked_heaps(offer.heaps)
        await self._games.check_both_stay(user, user)
        request = offer.request_id
        code = (
            random_code()
            if request is None
            else requested_code(await self._store.secret(), user, request)
        )
        new = Invitation(
            code=code,
            created_by=user,
            heaps=heaps,
            rule=offer.rule,
            days_per_move=offer.days_per_move,
            created_at=self._now(),
            request_id=request,
        )
        kept = await self._store.put(new)
        if kept.created_by != user or not await self._is_current(kept):
            raise BadRequest.of_fields({"requestId": "was used before. Choose another."})
        return kept

    async def list_of(self, user: str) -> Sequence[Invitation]:
        """The player's own invitations that nobody has taken, oldest first."""
        waiting = []
        for invitation in await self._store.unfinished(user, self._now()):
            if invitation.taken_by is not None:
                await self._finish_quietly(invitation)
            elif await self._is_current(invitation):
                waiting.append(invitation)
        return waiting

    async def find(self, text: str) -> Invitation:
        """The invitation with this code, taken or not.

        Raises:
            NoSuchInvitation: it is unknown, withdrawn, or has expired without being taken; which of
                these it is makes no difference, so that guessing tells nothing.

        """
        code = read_code(text)
        found = None if code is None else await self._store.get(code)
        if found is None or not (found.taken_by or found.can_be_taken(self._now())):
            raise NoSuchInvitation
        return found

    async def look(self, invitation: Invitation) -> Invitation:
        """An invitation that can be taken. Raises: InvitationTaken."""
        if invitation.taken_by is not None:
            await self._finish_quietly(invitation)
            raise InvitationTaken
        return invitation

    async def accept(self, user: str, invitation: Invitation) -> Game:
        """Take an invitation. The same player again gets the same game.

        Raises:
            BadRequest: it is the player's own.
            NotSignedIn, NoSuchInvitation, InvitationTaken.

        """
        if invitation.created_by == user:
            raise BadRequest("This is your own invitation. Send its code to somebody else.")
        taken: Invitation | None = invitation
        if invitation.taken_by is None:
            await self._check_players(user, invitation)
            taken = await self._store.take(invitation.code, user, self._now())
        if taken is None:
            raise NoSuchInvitation
        if taken.taken_by is None:
            # The write found it expired by now, or reserved for the account that it registers.
            raise NoSuchInvitation if taken.is_for(user) else InvitationTaken
        if taken.taken_by != user:
            await self._finish_quietly(taken)
            raise InvitationTaken
        if invitation.taken_by is not None and not taken.made:
            await self._check_players(user, taken)
        game = await self._finish(taken)
        if not game.belongs_to(user, await self._people.owned_from(user)):
            raise InvitationTaken
        return game

    async def withdraw(self, user: str, invitation: Invitation) -> None:
        """Withdraw one's own invitation. Raises: NoSuchInvitation, InvitationTaken."""
        if invitation.created_by != user:
            raise NoSuchInvitation
        await self.look(invitation)
        if not await self._store.remove(invitation.code):
            await self.look(await self.find(invitation.code))
            raise NoSuchInvitation

    async def end_all(self, user: str, *, created_by: datetime | None = None) -> None:
        """Remove a player's invitations: all, or those that were made by then."""
        for invitation in await self._store.unfinished(user, self._now()):
            if created_by is None or invitation.created_at <= created_by:
                await self._store.discard(invitation.code)

    async def _check_players(self, taker: str, invitation: Invitation) -> None:
        """Check that both accounts stay, and are still those that made it and took it."""
        try:
            await self._games.check_both_stay(taker, invitation.created_by)
        except NoSuchPlayer as gone:
            raise NoSuchInvitation from gone
        if not await self._is_current(invitation):
            raise NoSuchInvitation
        if invitation.taken_at is not None:
            owned_from = await self._people.owned_from(taker)
            if owned_from is not None and owned_from > invitation.taken_at:
                raise InvitationTaken  # by somebody who had this name before, and is gone

    async def _is_current(self, invitation: Invitation) -> bool:
        """Whether its maker's account is not a later one of the same name."""
        owned_from = await self._people.owned_from(invitation.created_by)
        return owned_from is None or owned_from <= invitation.created_at

    async def _finish(self, taken: Invitation) -> Game:
        """The game of an invitation that was taken, created if it is not there yet."""
        game = await self._games.create_taken(taken.game())
        if not taken.made:
            try:
                await self._store.game_made(taken.code)
            except Unavailable as error:
                # The game is there; the next request finds that out again.
                log.warning("an invitation cannot be closed now: %s", error.message)
        return game

    async def _finish_quietly(self, taken: Invitation) -> None:
        """Create the game that a stopped process has not; somebody else's request must not fail."""
        if taken.made or taken.taken_by is None:
            return
        try:
            await self._check_players(taken.taken_by, taken)
            await self._finish(taken)
        except NimError as error:
            log.warning("the game of an invitation cannot be created now: %s", error.message)
