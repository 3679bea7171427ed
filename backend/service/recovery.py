"""Lets people back in who have forgotten their password, by a code to a confirmed address.

Nobody learns from it who has an account: a code is sent after the answer, and an unknown name costs
the same work.
"""

from __future__ import annotations

import logging

from backend.domain.errors import NoSuchPlayer, WrongCode
from backend.domain.people import Channel, Player
from backend.service.codes import name_of
from backend.service.confirmations import Confirmations
from backend.service.ports import Identity

log = logging.getLogger(__name__)


class CodeRecovery:
    """Recovery by codes of this backend's own; a `Recovery`."""

    def __init__(self, people: Identity, confirmations: Confirmations) -> None:
        self._people = people
        self._confirmations = confirmations

    @property
    def on(self) -> bool:
        return any(self._confirmations.codes.reaches(channel) for channel in ("email", "sms"))

    async def confirmed(self, player: Player, channel: Channel) -> None:
        """The confirmations know by themselves."""

    async def send_code(self, username: str) -> None:
        player = await self._people.find(username)
        if player is None:
            return
        codes = self._confirmations.codes
        to: dict[Channel, str] = {}
        for channel in ("email", "sms"):
            address = player.address(channel)
            if address is None or not codes.reaches(channel):
                continue
            if await self._confirmations.is_confirmed(player, channel):
                to[channel] = address
        if not to:
            log.info("no code to recover an account: it has no confirmed address")
            return
        await codes.count(player.username, *to.values())
        await codes.send(await self._name(player.username), to, _words, by=player.username)

    async def reset(self, username: str, code: str, new_password: str) -> None:
        if not await self._confirmations.codes.use(await self._name(username), code):
            raise WrongCode
        try:
            await self._people.set_password(username, new_password)
        except NoSuchPlayer as error:  # it was deleted a moment ago
            raise WrongCode from error

    async def _name(self, username: str) -> str:
        # A later account of the same name must not be opened by a code of the one before.
        since = await self._people.owned_from(username)
        return name_of("recover", username, since.isoformat() if since else "")


def _words(code: str) -> str:
    return (
        f"{code} is your code to choose a new password for Nim."
        " If you did not ask for it, ignore this message."
    )
