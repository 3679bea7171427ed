"""Notices from the records of the table's stream, which is the outbox of the whole stack.

A record owes notices where a game of ours was made or its version went up. What the tutorial's own
client writes has no version, or leaves it: its own backend texts about that.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from backend.adapters.dynamodb.game_items import to_game
from backend.adapters.dynamodb.notice_leases import Taken
from backend.domain.errors import NimError
from backend.domain.notices import Notice, owed, words
from backend.service.direct_courier import Phonebook
from backend.service.ports import Sender

log = logging.getLogger(__name__)


class TakesNotices(Protocol):
    """Who sees to it that each notice is sent once: `notice_leases.Marks`."""

    async def take(self, notice: Notice) -> Taken: ...

    async def done(self, notice: Notice) -> None: ...

    async def let_go(self, notice: Notice) -> None: ...


class StreamCourier:
    """Brings what the records of a stream owe."""

    def __init__(self, people: Phonebook, sender: Sender, marks: TakesNotices) -> None:
        self._people = people
        self._sender = sender
        self._marks = marks

    async def bring(self, records: Sequence[Mapping[str, Any]]) -> list[str]:
        """Send what the records owe, in their order.

        Returns:
            The sequence numbers of the records that must come again. Lambda repeats from the first
            of them on; what was sent meanwhile is marked.

        """
        failed = []
        for record in records:
            for notice in owed_by(record):
                try:
                    delivered = await self._deliver(notice)
                except NimError as error:
                    log.warning("a %s notice is put off: %s", notice.kind, error.message)
                    delivered = False
                if not delivered:
                    failed.append(str(record["dynamodb"]["SequenceNumber"]))
                    break
        return failed

    async def _deliver(self, notice: Notice) -> bool:
        """Send a notice unless that was done; whether nothing is left to be done about it."""
        taken = await self._marks.take(notice)
        if taken != "ours":
            return taken == "done"
        try:
            delivered = await self._send(notice)
        except NimError:
            await self._marks.let_go(notice)
            raise
        await (self._marks.done(notice) if delivered else self._marks.let_go(notice))
        return delivered

    async def _send(self, notice: Notice) -> bool:
        player = await self._people.find(notice.to)
        if player is None or player.phone is None or player.notices == "none":
            return True
        return await self._sender.send(player.phone, words(notice)) != "later"


def owed_by(record: Mapping[str, Any]) -> list[Notice]:
    """The notices that a record of the stream owes; none where no game of ours changed."""
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
