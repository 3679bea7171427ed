"""The courier of the serverless stack: sends what the records of the table's stream owe.

A record owes notices where one of our games was created or its version went up. What the tutorial's
own client writes has no version, or leaves it as it was: the tutorial's backend texts about that.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from backend.adapters.dynamodb.game_items import to_game
from backend.adapters.dynamodb.notice_leases import NoticeLeases
from backend.domain.errors import NimError
from backend.domain.notices import Notice, owed
from backend.service.delivery import Messenger

log = logging.getLogger(__name__)


class StreamCourier:
    """Sends what the records of a stream owe, each notice once."""

    def __init__(
        self,
        messenger: Messenger,
        leases: NoticeLeases,
    ) -> None:
        self._messenger = messenger
        self._leases = leases

    async def send_all(self, records: Sequence[Mapping[str, Any]]) -> list[str]:
        """Send what the records owe, in their order.

        Returns:
            The sequence numbers of the records that must come again. Lambda repeats the batch from
            the first of them on; leases keep what was sent from being sent again.

        """
        failed = []
        for record in records:
            for notice in owed_by(record):
                if not await self._send(notice):
                    failed.append(str(record["dynamodb"]["SequenceNumber"]))
                    break
        return failed

    async def _send(self, notice: Notice) -> bool:
        """Send a notice unless that was done before; whether it needs no further try."""
        try:
            taken = await self._leases.take(notice)
            if taken != "ours":
                return taken == "done"
            if await self._messenger.deliver(notice) == "later":
                await self._leases.release(notice)
                return False
            await self._leases.done(notice)
        except NimError as error:
            log.warning("a %s notice has to wait: %s", notice.kind, error.message)
            return False
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
