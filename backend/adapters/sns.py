"""Text messages through Amazon SNS, straight to a phone number, as in the tutorial.

Texts cost money and can annoy, so every text passes these checks: the number begins with an allowed
country prefix, and neither the number, nor the account that causes it, nor all numbers together
have reached today's cap (`text_counts` of the two stores). Only the number's count is written for
each text; places under the other caps are leased (`service.text_caps`). A text that fails gives its
places back, but stays counted for its number, once for all its tries. Codes have caps of their own,
so that they cannot use up those of the notices. Phone numbers are written neither to those counts
nor to a log.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ParamValidationError,
    ReadTimeoutError,
)

from backend.adapters.aws.transport import AwsTransport
from backend.adapters.aws_sdk import Aws, as_unavailable, error_code
from backend.domain.clock import utc_now
from backend.domain.credentials import phone_problem
from backend.domain.errors import Unavailable
from backend.domain.notices import Outcome, SmsLimits
from backend.service.ports import DailyCounter
from backend.service.text_caps import Cap, LeasedCaps

log = logging.getLogger(__name__)

# So many tell the texts of one number on one day apart, and 50 of them keep its item below 1 KB.
_TEXT_CHARACTERS = 12

# SNS's codes for a number that no other try will reach.
_REFUSED = {
    "InvalidParameter",
    "InvalidParameterException",
    "InvalidParameterValue",
    "OptedOut",
    "OptedOutException",
    "UserError",
    "ValidationException",
}


class SnsSender:
    """Hands texts to SNS, within the limits; a `Sender`."""

    def __init__(
        self,
        aws: Aws,
        counter: DailyCounter,
        limits: SmsLimits,
        *,
        purpose: Literal["sms", "sms#code"] = "sms",
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._transport = aws.transport_to("sns")
        self._counter = counter
        self._caps = LeasedCaps(counter)
        self._limits = limits
        self._purpose = purpose
        self._now = now
        # Texts that SNS may have sent, although its answer was lost. They keep their places.
        self._unanswered: set[str] = set()

    async def send(self, to: str, text: str, *, key: str, by: str) -> Outcome:
        """See `Sender.send`: refused if a limit or SNS refuses it for good."""
        if phone_problem(to) or not to.startswith(self._limits.prefixes):
            log.info("a text is not sent: the number's country is not allowed")
            return "refused"
        day = f"{self._purpose}#{self._now():%Y-%m-%d}"
        caps = self._caps_of(day, by)
        this = _hashed(day, key)
        if this not in self._unanswered and not await self._caps.take(day, caps):
            log.warning("a text is not sent: today's cap is reached")
            return "refused"
        self._unanswered.discard(this)
        try:
            outcome = await self._counted_and_published(day, this, to, text)
        except Unavailable as error:
            if _may_have_arrived(error):
                self._unanswered.add(this)
            else:
                self._caps.give_back(day, caps)
            raise
        if outcome != "sent":
            self._caps.give_back(day, caps)
        return outcome

    async def close(self) -> None:
        """Give unused places under today's caps back to other processes."""
        await self._caps.close()

    def _caps_of(self, day: str, by: str) -> list[Cap]:
        caps = [Cap(day, self._limits.in_all)]
        # Codes have limits of their own for each account (`service.confirmations`).
        if self._purpose == "sms":
            caps.append(Cap(f"{day}#by#{_hashed(day, by.lower())}", self._limits.per_account))
        return caps

    async def _counted_and_published(self, day: str, this: str, phone: str, text: str) -> Outcome:
        name = f"{day}#{_hashed(day, phone)}"
        if not await self._counter.count(name, this[:_TEXT_CHARACTERS], self._limits.per_number):
            log.warning("a text is not sent: today's cap of its number is reached")
            return "refused"
        return await publish(self._transport, phone, text)


def _hashed(day: str, name: str) -> str:
    # Salted with the day, so that the same number has another name tomorrow.
    return hashlib.sha256(f"{day}{name}".encode()).hexdigest()[:24]


def _may_have_arrived(error: Unavailable) -> bool:
    """Whether SNS may have taken the text, and only its answer was lost."""
    return isinstance(error.__cause__, ReadTimeoutError | ConnectionClosedError)


async def publish(transport: AwsTransport, phone: str, text: str) -> Outcome:
    """Publish one text to a number, without our limits. Raises: Unavailable."""
    try:
        await transport.send("Publish", {"PhoneNumber": phone, "Message": text})
    except (ClientError, BotoCoreError) as error:
        if error_code(error) in _REFUSED or isinstance(error, ParamValidationError):
            log.info("a text is not sent: SNS rejects the number")
            return "refused"
        raise as_unavailable(error) from error
    return "sent"
