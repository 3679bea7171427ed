"""Codes that confirm an address or let somebody back in: few, short-lived, hashed, used once."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from backend.domain.clock import utc_now
from backend.domain.errors import NimError, TooManyRequests
from backend.domain.people import Channel
from backend.service.account_ports import Notes
from backend.service.ports import Sender

log = logging.getLogger(__name__)

CODE_DIGITS = 8
CODE_LIFE = timedelta(minutes=15)
CODE_TRIES = 5
CODES_AN_HOUR = 3
"""For an account, and for a number or an address."""

_HOUR = timedelta(hours=1)
# A code has few digits, so its hash is slow on purpose: 16 MiB and some 40 ms each.
_HASH_COST, _HASH_BLOCK = 2**14, 8


class Codes:
    """The codes of one backend.

    Args:
        senders: hand the codes over; empty if this backend can send none.
    """

    def __init__(
        self,
        notes: Notes,
        senders: Mapping[Channel, Sender] | None = None,
        *,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.notes = notes
        self._senders = dict(senders or {})
        self._now = now

    def reaches(self, channel: Channel) -> bool:
        """Whether a code can be sent by this channel."""
        return channel in self._senders

    async def count(self, user: str, *targets: str) -> None:
        """Count a code that is about to be sent to these addresses. Raises: TooManyRequests."""
        message = "Too many codes were asked for. Try again in an hour."
        await self.take(name_of("codes-for", user), CODES_AN_HOUR, _HOUR, message)
        for target in targets:
            await self.take(name_of("codes-to", target), CODES_AN_HOUR, _HOUR, message)

    async def take(self, name: str, count: int, span: timedelta, message: str) -> None:
        """Take one of `count` places under this name. Raises: TooManyRequests."""
        now = self._now()
        for number in range(count):
            if await self.notes.take(f"{name}#{number}", now + span, now):
                return
        raise TooManyRequests(message, retry_after=span.total_seconds())

    async def send(
        self, name: str, to: Mapping[Channel, str], words: Callable[[str], str], *, by: str
    ) -> None:
        """Send a new code, which replaces the one before. What fails goes to the log.

        Args:
            name: what it is for, from `name_of`.
            to: the addresses that it goes to.
            words: the message around a code.
            by: the account that asked for it.

        """
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
        try:
            hashed = await _hash(name, code)
            await self.notes.put_code(name, hashed, self._now() + CODE_LIFE)
        except NimError as error:
            log.warning("a code cannot be sent: %s", error.message)
            return
        for channel, address in to.items():
            try:
                outcome = await self._senders[channel].send(address, words(code), key=hashed, by=by)
            except NimError as error:
                log.warning("a code cannot be sent by %s: %s", channel, error.message)
            else:
                log.info("a code by %s: %s", channel, outcome)

    async def use(self, name: str, code: str) -> bool:
        """Use the code under this name up, if it is this one; as long for an unknown name.

        What cannot be a code is not counted as a try.
        """
        if len(code) != CODE_DIGITS or not (code.isascii() and code.isdigit()):
            return False
        given = await _hash(name, code)
        return await self.notes.use_code(name, given, CODE_TRIES, self._now())

    async def close(self) -> None:
        """Close what sends the codes."""
        for sender in self._senders.values():
            await sender.close()


def name_of(*parts: str) -> str:
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
