"""The Lambda function that reads the table's stream and texts what its changes owe.

It reports the records that must come again (partial batch failures), so that one number that cannot
be reached right now does not make Lambda repeat the whole batch.
"""

from __future__ import annotations

import asyncio
import logging
import os
from typing import Any

from backend.adapters.aws_sdk import Aws
from backend.adapters.cognito.factory import people_of_pool
from backend.adapters.dynamodb.account_items import AccountItems
from backend.adapters.dynamodb.notice_leases import NoticeLeases
from backend.adapters.dynamodb.stream_courier import StreamCourier
from backend.adapters.dynamodb.text_counts import DynamoCounter
from backend.adapters.sns import SnsSender
from backend.config import logs
from backend.config.settings import BackendSettings, function_settings
from backend.domain.notices import SmsLimits

logs.configure(level=logging.INFO)


def _courier(settings: BackendSettings) -> StreamCourier:
    aws = Aws(settings.region, transport=settings.aws_client)
    sender = SnsSender(aws, DynamoCounter(aws, settings.table), settings.sms or SmsLimits())
    people = people_of_pool(aws, settings, AccountItems(aws, settings.table))
    return StreamCourier(people, sender, NoticeLeases(aws, settings.table))


_send_all = _courier(function_settings(os.environ)).send_all
_loop = asyncio.new_event_loop()


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Send what a batch of the stream's records owes."""
    failed = _loop.run_until_complete(_send_all(event.get("Records", [])))
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}
