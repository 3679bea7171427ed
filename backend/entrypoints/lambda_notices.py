"""The Lambda function that reads the table's stream and sends what its changes owe.

It reports the records that must come again (partial batch failures), so that one number that cannot
be reached right now does not make Lambda repeat the whole batch.
"""

from __future__ import annotations

import asyncio
import logging
import os
from typing import Any

from backend.entrypoints.loading import uncollected

with uncollected():
    from backend.adapters.aws_sdk import Aws
    from backend.adapters.cognito.factory import people_of_pool
    from backend.adapters.delayed_notices import DelayedNotices
    from backend.adapters.dynamodb.account_items import AccountItems
    from backend.adapters.dynamodb.messages import AwsMessages
    from backend.adapters.dynamodb.notice_leases import NoticeLeases
    from backend.adapters.dynamodb.stream_courier import StreamCourier
    from backend.config import logs
    from backend.config.settings import BackendSettings, function_settings

logs.configure(level=logging.INFO)


def _courier(settings: BackendSettings) -> StreamCourier | None:
    """The courier of the table's stream; None if nothing sends any."""
    aws = Aws(settings.region, transport=settings.aws_client)
    messages = AwsMessages(aws, settings)
    if not messages.on:
        return None
    people = people_of_pool(aws, settings, AccountItems(aws, settings.table))
    leases = NoticeLeases(aws, settings.table)
    url = os.environ.get("NIM_DELAYED_NOTICES")
    delayed = DelayedNotices(aws, url) if url else None
    return StreamCourier(messages.messenger(people), leases, delayed)


with uncollected():
    _stream_courier = _courier(function_settings(os.environ))
_loop = asyncio.new_event_loop()


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Send what a batch of the stream's records owes, or of notices that had to wait."""
    if _stream_courier is None:
        return {"batchItemFailures": []}
    records = event.get("Records", [])
    from_queue = bool(records) and records[0].get("eventSource") == "aws:sqs"
    send = _stream_courier.send_delayed if from_queue else _stream_courier.send_all
    failed = _loop.run_until_complete(send(records))
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}
