"""The Lambda function that reads the table's stream and texts what its changes owe.

It reports the records that must come again (partial batch failures), so that one number that cannot
be reached just now holds up nothing that was sent already.
"""

from __future__ import annotations

import asyncio
import logging
import os
from typing import Any

from backend import logs
from backend.aws.marks import Marks
from backend.aws.pool import people_of_pool
from backend.aws.sdk import Aws
from backend.aws.stream import StreamCourier
from backend.notifiers.counters import DynamoCounter
from backend.notifiers.sns import SnsSender
from backend.ports import SmsLimits
from backend.settings import Settings, function_settings

logs.configure(level=logging.INFO)


def _courier(settings: Settings) -> StreamCourier:
    aws = Aws(settings.region)
    sender = SnsSender(aws, DynamoCounter(aws, settings.table), settings.sms or SmsLimits())
    return StreamCourier(people_of_pool(aws, settings), sender, Marks(aws, settings.table))


_bring = _courier(function_settings(os.environ)).bring
_loop = asyncio.new_event_loop()


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Send what a batch of the stream's records owes."""
    failed = _loop.run_until_complete(_bring(event.get("Records", [])))
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}
