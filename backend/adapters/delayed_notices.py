"""The delayed queue of the serverless stack: notices that have to wait come back from it.

So a mail server that is away does not hold the shard of the table's stream, behind which all other
notices would wait. A message carries the notice, how often it was tried, and since when it is owed;
it comes back after a growing pause, and is given up after a day.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from backend.adapters.aws_sdk import Aws, as_unavailable
from backend.domain.notices import Notice

log = logging.getLogger(__name__)

PAUSES = (60, 180, 600, 900)
"""Seconds; the last one repeats. SQS delays a message by 15 minutes at most."""

TOO_OLD_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Delayed:
    """A notice that was put off: how often it was tried, and since when (Unix time) it is owed."""

    notice: Notice
    tries: int
    since: float


class DelayedNotices:
    """One SQS queue."""

    def __init__(self, aws: Aws, queue_url: str, *, clock: Callable[[], float] = time.time) -> None:
        self._aws = aws
        self._queue_url = queue_url
        self._clock = clock
        self._client: Any = aws.client("sqs")

    async def put_off(self, notice: Notice, before: Delayed | None = None) -> None:
        """Let a notice come back later, or give it up after a day. Raises: Unavailable."""
        now = self._clock()
        waiting = Delayed(notice, 1, now)
        if before is not None:
            waiting = replace(before, tries=before.tries + 1)
        if now - waiting.since > TOO_OLD_SECONDS:
            log.warning("a %s notice is given up after a day", notice.kind)
            return
        call = partial(
            self._client.send_message,
            QueueUrl=self._queue_url,
            MessageBody=json.dumps(
                {
                    "notice": _written(notice),
                    "tries": waiting.tries,
                    "since": waiting.since,
                }
            ),
            DelaySeconds=PAUSES[min(waiting.tries, len(PAUSES)) - 1],
        )
        try:
            await self._aws.call(call)
        except (ClientError, BotoCoreError) as error:
            raise as_unavailable(error) from error


def _written(notice: Notice) -> dict[str, Any]:
    begun = None if notice.begun is None else notice.begun.isoformat()
    return asdict(notice) | {"begun": begun}


def _read(facts: dict[str, Any]) -> Notice:
    begun = facts.pop("begun", None)  # none in a message of an older version
    return Notice(**facts, begun=None if begun is None else datetime.fromisoformat(begun))


def delayed_in(message: Mapping[str, Any]) -> Delayed | None:
    """What a message of the queue carries; None if it is not one of ours."""
    try:
        found = json.loads(message["body"])
        return Delayed(_read(found["notice"]), int(found["tries"]), float(found["since"]))
    except (AttributeError, KeyError, TypeError, ValueError):
        log.warning("a message of the delayed queue cannot be read, and is dropped")
        return None
