"""Confirms phone numbers and e-mail addresses by a code, before anything else is sent to them.

A number that is set here is marked as unconfirmed first, so that nothing that fails halfway leaves
it unmarked. Numbers without a mark were set before there were marks, or straight on AWS, and are
texted as they are. An e-mail address is the other way round: nothing is sent to it before it has
the mark of a confirmation. Neither an address nor a code is stored in a note: their hashes are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Literal, TypeAlias

from backend.domain.errors import TooManyRequests, WrongCode
from backend.domain.people import Channel, NoticeProblem, Player, Profile
from backend.service.codes import Codes, name_of

ByCode: TypeAlias = Literal["sms", "email"]
"""The channels whose addresses are confirmed by a code."""

CHANGES_A_DAY = 5
"""How often a player may set another number, and another address, in 24 hours."""

_DAY = timedelta(days=1)
_WHAT: dict[ByCode, str] = {"sms": "number", "email": "e-mail address"}
_LASTING: tuple[NoticeProblem, ...] = ("refused", "unreachable")


@dataclass(frozen=True, slots=True)
class Way:
    """What is noted of the way to a player's notices.

    Attributes:
        confirmed: whether notices may go there.
        problems: what kept the last one from arriving.

    """

    confirmed: bool
    problems: Collection[NoticeProblem]


class Confirmations:
    """What is known of the players' numbers and addresses.

    Attributes:
        codes: that confirm them.

    Args:
        required: whether a number must be confirmed; an e-mail address always must.
        channels: what this backend sends notices by.
        prefixes: what a number that may be texted begins with.
    """

    def __init__(
        self,
        codes: Codes,
        *,
        required: bool,
        channels: Collection[Channel] = (),
        prefixes: Sequence[str] = (),
    ) -> None:
        self.codes = codes
        self._notes = codes.notes
        self._required = required
        self._channels = frozenset(channels)
        self._prefixes = tuple(prefixes)

    async def before_registration(self, user: str, contacts: dict[ByCode, str]) -> None:
        """Mark the number and the address of a new account as unconfirmed."""
        for channel, address in contacts.items():
            await self._mark(channel, user, address)

    async def after_registration(self, player: Player, contacts: dict[ByCode, str]) -> None:
        """Send a new account its codes."""
        for channel, address in contacts.items():
            if not self.sends_codes(channel):
                continue
            try:
                await self.codes.count(player.username, address)
            except TooManyRequests:
                return  # the account is there: it can ask for a code later
            await self.send_code(channel, player.username, address)

    async def before_change(self, player: Player, channel: ByCode, address: str) -> bool:
        """Count and mark a number or an address that its owner is about to set.

        Returns:
            Whether it is to be sent a code once it is set.

        Raises:
            TooManyRequests: too many changes for a day, or too many codes for an hour.

        """
        if address != player.address(channel):
            await self.codes.take(
                name_of("change" if channel == "sms" else f"change-{channel}", player.username),
                CHANGES_A_DAY,
                _DAY,
                f"You have changed your {_WHAT[channel]} often enough for today."
                " Try again tomorrow.",
            )
            await self._mark(channel, player.username, address)
        elif not self.sends_codes(channel) or await self.is_confirmed(player, channel):
            return False
        if not self.sends_codes(channel):
            return False
        await self.codes.count(player.username, address)
        return True

    async def send_code(self, channel: ByCode, user: str, address: str) -> None:
        """Send a new code, which replaces the one before. What fails goes to the log."""
        name = self._code_name(channel, user, address)
        await self.codes.send(name, {channel: address}, partial(_words, _WHAT[channel]), by=user)

    async def confirm(self, player: Player, channel: ByCode, code: str) -> None:
        """Confirm the number or address of a player. Raises: WrongCode."""
        address = player.address(channel)
        if address is None:
            raise WrongCode
        if not await self.codes.use(self._code_name(channel, player.username, address), code):
            raise WrongCode
        if channel == "sms":
            await self._notes.unmark(name_of("unconfirmed", player.username, address))
        else:
            await self._notes.mark(name_of("confirmed-email", player.username, address))

    async def is_confirmed(self, player: Player, channel: Channel) -> bool:
        """Whether notices may go to a player by this channel."""
        gate = self._gate(player, channel)
        return gate.opens(await self._notes.marked(*gate.marks))

    async def way_to(self, player: Player, channel: Channel) -> Way:
        """What is noted of the way to a player's notices, which go by this channel: one read."""
        gate = self._gate(player, channel)
        problems = {self._problem_name(player, kind): kind for kind in _LASTING}
        found = await self._notes.marked(*problems, *gate.marks)
        return Way(
            gate.opens(found), frozenset(problems[name] for name in found if name in problems)
        )

    async def profile(self, player: Player) -> Profile:
        """The player's account, with what is wrong with the way to their notices."""
        return Profile(
            player,
            email_confirmed=await self.is_confirmed(player, "email"),
            phone_confirmed=await self.is_confirmed(player, "sms"),
            notice_problem=await self._problem(player),
        )

    async def note_outcome(self, player: Player, way: Way, problem: NoticeProblem | None) -> None:
        """Keep what is wrong with the way to a player's notices, or that they arrive again.

        Nothing is written as long as it is as it was before (`way`).
        """
        for kind in _LASTING:
            if (kind in way.problems) != (kind == problem):
                name = self._problem_name(player, kind)
                await (self._notes.mark(name) if kind == problem else self._notes.unmark(name))

    async def forget(self, player: Player) -> None:
        """Forget what was known of the addresses of an account that is being deleted."""
        for channel in ("sms", "email"):
            address = player.address(channel)
            if address is not None:
                await self._notes.unmark(name_of("unconfirmed", player.username, address))
                await self._notes.unmark(name_of("confirmed-email", player.username, address))
        for kind in _LASTING:
            await self._notes.unmark(self._problem_name(player, kind))

    async def close(self) -> None:
        """Close what sends the codes."""
        await self.codes.close()

    def sends_codes(self, channel: ByCode) -> bool:
        """Whether codes are needed for this channel, and can be sent."""
        return (self._required or channel == "email") and self.codes.reaches(channel)

    async def _problem(self, player: Player) -> NoticeProblem | None:
        channel = player.notices
        address = player.address(channel)
        if channel == "none" or address is None:
            return None
        if channel not in self._channels:
            # Numbers come with a registration: nobody chose this way.
            return None if channel == "sms" else "unreachable"
        if channel == "sms" and self._prefixes and not address.startswith(self._prefixes):
            return "refused"
        way = await self.way_to(player, channel)
        if not way.confirmed:
            return "unconfirmed"
        return next((kind for kind in _LASTING if kind in way.problems), None)

    def _gate(self, player: Player, channel: Channel) -> _Gate:
        address = player.address(channel)
        if address is None:
            return _Gate(never=True)
        if channel == "email":
            return _Gate(opened_by=name_of("confirmed-email", player.username, address))
        if channel == "sms" and self._required:
            return _Gate(shut_by=name_of("unconfirmed", player.username, address))
        return _Gate()

    async def _mark(self, channel: ByCode, user: str, address: str) -> None:
        # What is marked here is not sent to, even if its change then fails, until it is set again.
        if channel == "email":
            await self._notes.unmark(name_of("confirmed-email", user, address))
        elif self._required:
            await self._notes.mark(name_of("unconfirmed", user, address))

    def _problem_name(self, player: Player, kind: NoticeProblem) -> str:
        address = player.address(player.notices) or ""
        return name_of(f"notices-{kind}", player.username, player.notices, address)

    def _code_name(self, channel: ByCode, user: str, address: str) -> str:
        return name_of("code" if channel == "sms" else f"code-{channel}", user, address)


@dataclass(frozen=True, slots=True)
class _Gate:
    """The mark that decides whether notices may go to an address."""

    opened_by: str | None = None
    shut_by: str | None = None
    never: bool = False

    @property
    def marks(self) -> list[str]:
        return [mark for mark in (self.opened_by, self.shut_by) if mark is not None]

    def opens(self, found: Collection[str]) -> bool:
        """Whether they may, with these marks."""
        opened = self.opened_by is None or self.opened_by in found
        return opened and self.shut_by not in found and not self.never


def contacts_of(email: str | None, phone: str | None) -> dict[ByCode, str]:
    """The addresses of an account that a code can confirm."""
    found: dict[ByCode, str] = {}
    if email is not None:
        found["email"] = email
    if phone is not None:
        found["sms"] = phone
    return found


def _words(what: str, code: str) -> str:
    return f"{code} is your code to confirm this {what} for Nim. Nobody else needs it."
