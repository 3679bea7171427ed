"""The requests about open invitations, and what a newcomer types to take one."""

from __future__ import annotations

import shlex
import uuid
from dataclasses import dataclass

from backend.domain.errors import NoSuchInvitation, NoSuchRoute
from backend.domain.game import Game
from backend.domain.invitations import read_code, shown_code
from backend.domain.nim import DEFAULT_HEAPS, Heaps, Rule
from nim_tui.client.address import server_url
from nim_tui.client.connection import Connection
from nim_tui.client.errors import BadAddress
from nim_tui.client.models import OpenInvitation
from nim_tui.client.retry import Retries
from nim_tui.client.transports import ServerTransport

_MISSPELT = (
    "That is not an invitation's code. A code has 10 letters and digits, like k3v9x-2ma4q, and none"
    " of 0, 1, i, l, o and u."
)
_UNKNOWN_HERE = "This server has no open invitations. Invite somebody by name."


class InvitationRequests:
    """Open invitations at one backend."""

    def __init__(self, connection: Connection, retries: Retries) -> None:
        self._connection = connection
        self._retries = retries

    async def make(
        self,
        *,
        heaps: Heaps = DEFAULT_HEAPS,
        rule: Rule = "misere",
        days_per_move: int | None = None,
        request_id: str | None = None,
    ) -> OpenInvitation:
        """Make one; repeating the same `request_id` returns the same.

        Raises:
            BadRequest, TooManyInvitations, TooManyGames.

        """
        body = {
            "heaps": list(heaps),
            "rule": rule,
            "daysPerMove": days_per_move,
            "requestId": request_id or str(uuid.uuid4()),
        }

        async def send() -> OpenInvitation:
            send = self._connection.send_authorized
            return (await send("POST", "/invitations", body)).invitation()

        try:
            return await self._retries.again(send)
        except NoSuchRoute as error:
            raise NoSuchRoute(_UNKNOWN_HERE) from error

    async def mine(self) -> tuple[OpenInvitation, ...]:
        """The player's own that nobody has taken."""
        return (await self._connection.send_authorized("GET", "/invitations")).invitations()

    async def look(self, code: str) -> OpenInvitation:
        """What a code invites to; needs no session. Raises: NoSuchInvitation, InvitationTaken."""
        return (await self._connection.send("GET", _path(code))).invitation()

    async def accept(self, code: str) -> Game:
        """Take an invitation; taking it again returns the same game.

        Raises:
            BadRequest: it is the player's own.
            NoSuchInvitation, InvitationTaken.

        """
        path = f"{_path(code)}/accept"

        async def send() -> Game:
            return (await self._connection.send_authorized("POST", path)).game()

        return await self._retries.again(send)

    async def withdraw(self, code: str) -> None:
        """Withdraw one of the player's own. Raises: NoSuchInvitation, InvitationTaken."""
        (await self._connection.send_authorized("DELETE", _path(code))).confirm()


@dataclass(frozen=True, slots=True)
class Code:
    """The code of an invitation, as somebody has typed or pasted it.

    Attributes:
        code: in two groups.
        server: the address that it came with; None where it came alone.

    """

    code: str
    server: str | None = None

    @classmethod
    def read(cls, text: str) -> Code:
        """A code, a server's address with a code at its end, or the whole line that was sent.

        Raises:
            NoSuchInvitation: no code is at the end of it.
            BadAddress: what stands before the code is not a server's address.

        """
        words = text.split()
        # The line that people are sent begins with the command.
        if words[:2] == ["nim-tui", "join"] and len(words) > 2:
            text = words[2]
        address, slash, last = text.strip().rstrip("/").rpartition("/")
        code = read_code(last)
        if code is None:
            raise NoSuchInvitation(_MISSPELT)
        if not slash:
            return cls(shown_code(code))
        if not address:
            raise BadAddress
        return cls(shown_code(code), address)

    def is_at(self, place: str) -> bool:
        """Whether its address is that of a place (`NimClient.place`)."""
        return (self.server or "").rpartition("://")[2] == place.rpartition("://")[2]


def join_line(invitation: OpenInvitation, place: str) -> str:
    """The line by which somebody takes an invitation of this place (`NimClient.place`)."""
    code, address = invitation.code, invitation.url or f"{place}/{invitation.code}"
    kind, _, rest = place.partition(":")
    if invitation.url is None and kind == "embedded":
        return f"nim-tui join {code} --data {shlex.quote(rest)}"
    if invitation.url is None and kind == "aws":
        region = rest.partition("/")[0]
        return f"nim-tui join {code} --aws" + (f" --region {region}" if region else "")
    if invitation.url is None and kind == "ssh":
        return f"ssh to this server, press i, and type {code}"
    private = ServerTransport(server_url(address, insecure=True)).private
    return f"nim-tui join {address}" + ("" if private else " --insecure")


def _path(code: str) -> str:
    """The path of an invitation. Raises: NoSuchInvitation."""
    if (known := read_code(code)) is None:
        raise NoSuchInvitation(_MISSPELT)
    return f"/invitations/{shown_code(known)}"
