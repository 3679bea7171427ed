"""The routes of open invitations.

The docstrings of the handlers appear in the API's reference.
"""

from __future__ import annotations

from starlette.responses import Response

from backend.api.requests import Call
from backend.api.responses import answer, nothing
from backend.domain.errors import NimError, NoSuchInvitation
from backend.domain.invitations import Invitation
from backend.domain.nim import DEFAULT_HEAPS
from backend.service.commands import Offer
from backend.wire import InvitationsAnswer, NewInvitation, Nothing, from_game, from_invitation


async def make_invitation(call: Call, form: NewInvitation) -> Response:
    """Make an open invitation: whoever has its code may take it, and moves first.

    It expires after 14 days. The same player gets the same invitation for the same `requestId`.
    """
    call.limits.new_game(call.user)
    offer = Offer(
        heaps=DEFAULT_HEAPS if form.heaps is None else form.heaps,
        rule=form.rule,
        days_per_move=form.days_per_move,
        request_id=form.request_id,
    )
    try:
        made = await call.service.invitations.make(call.user, offer)
    except NimError:
        call.limits.no_new_game(call.user)
        raise
    return answer(from_invitation(made, call.public_url))


async def list_invitations(call: Call) -> Response:
    """The caller's own invitations that nobody has taken."""
    found = await call.service.invitations.list_of(call.user)
    return answer(
        InvitationsAnswer(invitations=[from_invitation(one, call.public_url) for one in found])
    )


async def show_invitation(call: Call) -> Response:
    """One invitation, by its code, which is read without regard to case and dashes."""
    found = await call.service.invitations.look(await find(call, call.code))
    return answer(from_invitation(found, call.public_url))


async def accept_invitation(call: Call, _: Nothing) -> Response:
    """Take an invitation. The same player again gets the same game."""
    invitation = await find(call, call.code)
    call.limits.new_game(call.user)
    try:
        game = await call.service.invitations.accept(call.user, invitation)
    except NimError:
        call.limits.no_new_game(call.user)
        raise
    return answer(from_game(game))


async def withdraw_invitation(call: Call) -> Response:
    """Withdraw one of the caller's own invitations."""
    await call.service.invitations.withdraw(call.user, await find(call, call.code))
    return nothing()


async def find(call: Call, code: str) -> Invitation:
    """The invitation with this code. Wrong codes are counted.

    Raises:
        NoSuchInvitation, TooManyRequests.

    """
    async with call.doors.guess(call.address):
        call.limits.code(call.address)
        try:
            return await call.service.invitations.find(code)
        except NoSuchInvitation:
            call.limits.wrong_code(call.address)
            raise
