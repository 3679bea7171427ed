"""The courier of the serverless stack: sends what the records of the table's stream owe.

A record owes notices where one of our games was created or its version went up. What the tutorial's
own client writes has no version, or leaves it as it was: the tutorial's backend texts about that.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from backend.adapters.delayed_notices import Delayed, DelayedNotices, delayed_in
from backend.adapters.dynamodb.game_items import to_game
from backend.adapters.dynamodb.notice_leases import NoticeLeases
from backend.domain.errors import NimError
from backend.domain.notices import Notice, owed
from backend.service.delivery import Messenger

log = logging.getLogger(__name__)


class StreamCourier:
    """Sends what the records of a stream owe, each notice once.

    Args:
        delayed: where notices wait that cannot be sent now; without it their records come again,
            and hold the shard meanwhile.
    """

    def __init__(
        self,
        messenger: Messenger,
        leases: NoticeLeases,
        delayed: DelayedNotices | None = None,
    ) -> None:
        self._messenger = messenger
        self._leases = leases
        self._delayed = delayed

    async def send_all(self, records: Sequence[Mapping[str, Any]]) -> list[str]:
        """Send what the records owe: each person's notices in order, those of several at once.

        Returns:
            The sequence numbers of the records that must come again. Lambda repeats the batch from
            the first of them on; leases keep what was sent from being sent again.

        """
        owed_to: defaultdict[str, list[tuple[str, Notice]]] = defaultdict(list)
        for record in records:
            for notice in owed_by(record):
                owed_to[notice.to].append((str(record["dynamodb"]["SequenceNumber"]), notice))
        failed = await asyncio.gather(*(self._send_in_order(owed) for owed in owed_to.values()))
        numbers = [str(record["dynamodb"]["SequenceNumber"]) for record in records]
        return [number for number in numbers if any(number in some for some in failed)]

    async def send_delayed(self, messages: Sequence[Mapping[str, Any]]) -> list[str]:
        """Try notices of the delayed queue again. Returns the ids of messages that must come again.

        Raises nothing for a notice that still has to wait: it goes back with a longer pause.
        """
        again = [
            str(message["messageId"])
            for message in messages
            if (waiting := delayed_in(message)) is not None
            and not await self._send(waiting.notice, waiting)
        ]
        return list(dict.fromkeys(again))

    async def _send_in_order(self, owed: Sequence[tuple[str, Notice]]) -> set[str]:
        """The numbers of the records whose notices were neither sent nor put off."""
        return {number for number, notice in owed if not await self._send(notice)}

    async def _send(self, notice: Notice, before: Delayed | None = None) -> bool:
        """Send a notice unless that was done before; whether this message or record is settled."""
        try:
            if await self._is_settled(notice):
                return True
        except NimError as error:
            log.warning("a %s notice has to wait: %s", notice.kind, error.message)
        if self._delayed is None:
            return False
        try:
            await self._delayed.put_off(notice, before)
        except NimError as error:
            log.warning("a %s notice cannot be put off: %s", notice.kind, error.message)
            return False
        return True

    async def _is_settled(self, notice: Notice) -> bool:
        taken = await self._leases.take(notice)
        if taken != "ours":
            return taken == "done"
        if await self._messenger.deliver(notice) == "later":
            await self._leases.release(notice)
            return False
        await self._leases.done(notice)
        return True


def owed_by(record: Mapping[str, Any]) -> list[Notice]:
    """The notices that a record of the stream owes; empty if none of our games changed."""
    change = record.get("dynamodb", {})
    new, old = change.get("NewImage"), change.get("OldImage")
    if not new or "version" not in new:
        return []
    game = to_game(new)
    if game is None:
        return []
    if old is None:
        return owed(game) if game.version == 0 else []
    before = to_game(old)
    return owed(game) if before is not None and game.version > before.version else []
