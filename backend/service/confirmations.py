"""Confirms phone numbers by a code, before anything else is texted to them.

A number that is set here is marked as unconfirmed first, so that nothing that fails halfway leaves
it unmarked. Numbers without a mark were set before there were marks, or straight on AWS, and are
texted as they are. Neither a number nor a code is stored: their hashes are.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from backend.domain.clock import utc_now
from backend.domain.errors import NimError, TooManyRequests, WrongCode
from backend.domain.people import NoticeProblem, Player, Profile
from backend.service.delivery import Phonebook
from backend.service.ports import Notes, Sender

log = logging.getLogger(__name__)

CODE_DIGITS = 8
CODE_LIFE = timedelta(minutes=15)
CODE_TRIES = 5
CODES_AN_HOUR = 3
"""For an account, and for a number."""

CHANGES_A_DAY = 5
"""How often a player may set another number in 24 hours."""

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
# A code has few digits, so its hash is slow on purpose: 16 MiB and some 40 ms each.
_HASH_COST, _HASH_BLOCK = 2**14, 8


class Confirmations:
    """What is known of the players' numbers, and the codes that confirm them.

    Args:
        required: whether a number must be confirmed.
        sender: texts the codes; None if this backend texts nothing.
        prefixes: what a number that may be texted begins with.
    """

    def __init__(
        self,
        notes: Notes,
        *,
        required: bool,
        sender: Sender | None = None,
        prefixes: Sequence[str] = (),
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._notes = notes
        self._required = required
        self._sender = sender
        self._prefixes = tuple(prefixes)
        self._now = now

    async def before_registration(self, user: str, phone: str) -> None:
        """Mark the number of a new account as unconfirmed."""
        await self._mark(user, phone)

    async def before_number(self, player: Player, phone: str) -> str | None:
        """Count and mark a number that its owner is about to set.

        Returns:
            The number, if it is to be sent a code once it is set.

        Raises:
            TooManyRequests: too many changes for a day, or too many codes for an hour.

        """
        if phone != player.phone:
            await self._take(
                _name("change", player.username),
                CHANGES_A_DAY,
                _DAY,
                "You have changed your number often enough for today. Try again tomorrow.",
            )
            await self._mark(player.username, phone)
        elif not self.sends_codes or await self.is_confirmed(player):
            return None
        await self.count_code(player.username, phone)
        return phone

    async def count_code(self, user: str, phone: str) -> None:
        """Count a code that is about to be sent. Raises: TooManyRequests."""
        if not self.sends_codes:
            return
        message = "Too many codes were asked for. Try again in an hour."
        await self._take(_name("codes-for", user), CODES_AN_HOUR, _HOUR, message)
        await self._take(_name("codes-to", phone), CODES_AN_HOUR, _HOUR, message)

    async def send_code(self, user: str, phone: str) -> None:
        """Text a new code, which replaces the one before. What fails goes to the log."""
        if self._sender is None or not self._required:
            return
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
        name = _name("code", user, phone)
        text = f"{code} is your code to confirm this number for Nim. Nobody else needs it."
        try:
            hashed = await _hash(name, code)
            await self._notes.put_code(name, hashed, self._now() + CODE_LIFE)
            outcome = await self._sender.send(phone, text, key=hashed, by=user)
        except NimError as error:
            log.warning("a code cannot be sent: %s", error.message)
        else:
            log.info("a code to confirm a number: %s", outcome)

    async def confirm(self, player: Player, code: str) -> None:
        """Confirm the number of a player. Raises: WrongCode."""
        if player.phone is None or not (code.isascii() and code.isdigit()):
            raise WrongCode
        name = _name("code", player.username, player.phone)
        given = await _hash(name, code)
        if len(code) != CODE_DIGITS or not await self._notes.use_code(
            name, given, CODE_TRIES, self._now()
        ):
            raise WrongCode
        await self._notes.unmark(_name("unconfirmed", player.username, player.phone))

    async def is_confirmed(self, player: Player) -> bool:
        """Whether a player has a number that was confirmed, or needs no confirmation."""
        if player.phone is None:
            return False
        return not (
            self._required
            and await self._notes.is_marked(_name("unconfirmed", player.username, player.phone))
        )

    async def profile(self, player: Player) -> Profile:
        """The player's account, with what is wrong with the way to their notices."""
        confirmed = await self.is_confirmed(player)
        problem: NoticeProblem | None = None
        if self._sender is not None and player.phone is not None and player.notices == "sms":
            if self._prefixes and not player.phone.startswith(self._prefixes):
                problem = "refused"
            elif not confirmed:
                problem = "unconfirmed"
        return Profile(player, phone_confirmed=confirmed, notice_problem=problem)

    async def close(self) -> None:
        """Close what sends the codes."""
        if self._sender is not None:
            await self._sender.close()

    @property
    def sends_codes(self) -> bool:
        """Whether codes are needed here, and can be sent."""
        return self._required and self._sender is not None

    async def _mark(self, user: str, phone: str) -> None:
        # A number whose change then fails is not texted either, until it is set again.
        if self._required:
            await self._notes.mark(_name("unconfirmed", user, phone))

    async def _take(self, name: str, count: int, span: timedelta, message: str) -> None:
        now = self._now()
        for number in range(count):
            if await self._notes.take(f"{name}#{number}", now + span, now):
                return
        raise TooManyRequests(message, retry_after=span.total_seconds())


class ConfirmedPhonebook:
    """A phonebook in which unconfirmed numbers are left out."""

    def __init__(self, people: Phonebook, confirmations: Confirmations) -> None:
        self._people = people
        self._confirmations = confirmations

    async def find(self, username: str) -> Player | None:
        """The account with this name, without a number that is not confirmed."""
        player = await self._people.find(username)
        if player is None or player.phone is None or player.notices != "sms":
            return player
        if await self._confirmations.is_confirmed(player):
            return player
        log.info("a notice is not sent: the number is not confirmed")
        return replace(player, phone=None)


def _name(*parts: str) -> str:
    """A name for a note; the first part says what it is for, the others cannot be read from it."""
    kind, *secret = parts
    digest = hashlib.sha256("\0".join([kind, *(part.lower() for part in secret)]).encode())
    return f"{kind}#{digest.hexdigest()[:32]}"


async def _hash(name: str, code: str) -> str:
    def work() -> str:
        salt = name.encode()
        return hashlib.scrypt(
            code.encode(), salt=salt, n=_HASH_COST, r=_HASH_BLOCK, p=1, dklen=32
        ).hex()

    return await asyncio.to_thread(work)
