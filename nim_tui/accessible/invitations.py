"""Open invitations, question by question: made and sent, listed, withdrawn, looked at and taken."""

from __future__ import annotations

from backend.domain.clock import utc_now
from backend.domain.errors import InvitationTaken, NoSuchInvitation
from backend.domain.game import Game
from nim_tui.accessible import spoken
from nim_tui.accessible.console import Console, WentBack
from nim_tui.client.client import NimClient
from nim_tui.client.invitations import Code, join_line
from nim_tui.client.models import OpenInvitation
from nim_tui.text import invitations as text

NO_INVITATIONS = "You have no open invitations. Answer invite to make one."
WITHDRAWN = "Withdrawn: nobody can take that invitation any more."
WHICH = "Code? Or the whole line that you were sent. An empty answer goes back."
JOIN = "Join this game?"


async def look(console: Console, client: NimClient, typed: str = "") -> str:
    """Ask for a code where none was typed, and say what it invites to.

    Returns:
        The code, once the person wants to join.

    Raises:
        WentBack: they do not.
        BadAddress, NoSuchInvitation, …

    """
    typed = typed or await console.ask_for(WHICH)
    if not typed:
        raise WentBack
    code = Code.read(typed)
    if code.server is not None and not code.is_at(client.place):
        raise NoSuchInvitation(text.elsewhere(code.server, code.code))
    try:
        offer = await client.invitations.look(code.code)
    except InvitationTaken:
        if client.username is None:
            raise
        return code.code  # by this player, perhaps: only accepting it again tells
    except NoSuchInvitation as error:
        raise NoSuchInvitation(text.unknown(client.place_name)) from error
    console.say(offer.sentence)
    if not await console.confirm(JOIN):
        raise WentBack
    return code.code


async def take(console: Console, client: NimClient, typed: str) -> Game:
    """Take an invitation as the player who is signed in. Raises: as `look`."""
    return await client.invitations.accept(await look(console, client, typed))


def tell(console: Console, client: NimClient, made: OpenInvitation) -> None:
    """Say the line to send; it stands alone, so that it can be copied."""
    console.say(f"{text.SEND_THIS} {spoken.sentence(text.until(made.expires_at, utc_now()))}")
    console.say(join_line(made, client.place))


async def tell_mine(console: Console, client: NimClient) -> None:
    """Say every line of the player's own that nobody has taken."""
    mine = await client.invitations.mine()
    for number, one in enumerate(mine, 1):
        left = spoken.sentence(text.until(one.expires_at, utc_now()))
        console.say(f"Invitation {number}: {one.code}. {left}")
        console.say(join_line(one, client.place))
    if not mine:
        console.say(NO_INVITATIONS)


async def withdraw(console: Console, client: NimClient, typed: str) -> None:
    """Withdraw one of the player's own. Raises: NoSuchInvitation, InvitationTaken."""
    await client.invitations.withdraw(Code.read(typed).code)
    console.say(WITHDRAWN)
