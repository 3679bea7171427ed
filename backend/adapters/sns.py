"""Text messages through Amazon SNS, straight to a phone number, as in the tutorial.

Texts cost money and can annoy, so every text passes three checks: the number begins with an allowed
country prefix, and neither the number nor all numbers together have reached today's cap
(`text_counts` of the two stores), which counts only what SNS has taken. Codes have caps of their
own, so that they cannot use up those of the notices. Phone numbers are written neither to those
counts nor to a log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from backend.adapters.aws_sdk import Aws, as_unavailable, error_code
from backend.domain.clock import utc_now
from backend.domain.credentials import phone_problem
from backend.domain.notices import Outcome, SmsLimits
from backend.service.ports import DailyCounter
from backend.service.text_caps import Cap, daily_name, within

if TYPE_CHECKING:
    from types_boto3_sns import SNSClient

log = logging.getLogger(__name__)

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
        self._aws = aws
        self._counter = counter
        self._limits = limits
        self._purpose = purpose
        self._now = now
        self._sns: SNSClient = aws.client("sns")

    async def send(self, phone: str, text: str) -> Outcome:
        """Send one text, unless a limit or SNS refuses it for good. Raises: Unavailable."""
        if phone_problem(phone) or not phone.startswith(self._limits.prefixes):
            log.info("a text is not sent: the number's country is not allowed")
            return "refused"
        now = self._now()
        caps = [
            Cap(daily_name(now, self._purpose, phone), self._limits.per_number),
            Cap(daily_name(now, self._purpose), self._limits.in_all),
        ]
        outcome = await within(
            caps, self._counter, lambda: publish(self._aws, self._sns, phone, text)
        )
        if outcome is None:
            log.warning("a text is not sent: today's cap is reached")
            return "refused"
        return outcome


async def publish(aws: Aws, client: SNSClient, phone: str, text: str) -> Outcome:
    """Publish one text to a number, without our limits. Raises: Unavailable."""
    try:
        await aws.call(partial(client.publish, PhoneNumber=phone, Message=text))
    except (ClientError, BotoCoreError) as error:
        if error_code(error) in _REFUSED or isinstance(error, ParamValidationError):
            log.info("a text is not sent: SNS rejects the number")
            return "refused"
        raise as_unavailable(error) from error
    return "sent"
