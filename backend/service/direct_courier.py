"""The courier where no outbox is: the process that committed a change sends its notices itself.

Outside the move's answer, with three tries and growing pauses. What then could not be sent, or was
under way when the process died, is lost, and said so in the log; the game itself loses nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from backend.domain.errors import NimError, Unavailable
from backend.domain.notices import Notice, Outcome, words
from backend.domain.people import Player
from backend.service.ports import Sender

log = logging.getLogger(__name__)

PAUSES = (10.0, 60.0)
"""Seconds before the second and the third try."""

# At the end of the process what is on its way may still arrive.
CLOSE_SECONDS = 3.0
_MOST_REMEMBERED = 10_000


class Phonebook(Protocol):
    """Who knows people's numbers and wishes; an `Identity` does."""

    async def find(self, username: str) -> Player | None:
        """The account of this name; None when nobody has it."""


class DirectCourier:
    """Sends each notice of this process once; a `Courier`.

    Args:
        elsewhere: whether somebody else sends this table's notices; asked once, at the first one.
        pauses: seconds between the tries.
    """

    def __init__(
        self,
        people: Phonebook,
        sender: Sender,
        *,
        elsewhere: Callable[[], Awaitable[bool]] | None = None,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self._people = people
        self._sender = sender
        self._elsewhere = elsewhere
        self._pauses = pauses
        self._silent: bool | None = None if elsewhere else False
        self._asking = asyncio.Lock()
        self._taken: OrderedDict[Notice, None] = OrderedDict()
        self._under_way: set[asyncio.Task[None]] = set()

    def committed(self, notices: Sequence[Notice]) -> None:
        """Take these on; one that was taken before is left out."""
        for notice in notices:
            if notice in self._taken:
                continue
            self._taken[notice] = None
            if len(self._taken) > _MOST_REMEMBERED:
                self._taken.popitem(last=False)
            task = asyncio.create_task(self._bring(notice))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def close(self) -> None:
        """Give what is under way a moment, then stop."""
        if not self._under_way:
            return
        _, late = await asyncio.wait(self._under_way, timeout=CLOSE_SECONDS)
        for task in late:
            task.cancel()
        if late:
            log.warning("%d notices could not be sent before the end", len(late))

    async def _bring(self, notice: Notice) -> None:
        for pause in (*self._pauses, None):
            outcome = await self._try(notice)
            if outcome != "later":
                return
            if pause is not None:
                await asyncio.sleep(pause)
        log.warning("a %s notice of game %s could not be sent", notice.kind, notice.game_id)

    async def _try(self, notice: Notice) -> Outcome:
        try:
            if await self._somebody_else_sends():
                return "refused"
            player = await self._people.find(notice.to)
            if player is None or player.phone is None or player.notices == "none":
                return "refused"
            return await self._sender.send(player.phone, words(notice))
        except Unavailable as error:
            log.warning("a notice is put off: %s", error.message)
            return "later"
        except NimError as error:
            log.warning("a notice is not sent: %s", error.message)
            return "refused"

    async def _somebody_else_sends(self) -> bool:
        async with self._asking:
            if self._silent is None and self._elsewhere is not None:
                self._silent = await self._elsewhere()
        return bool(self._silent)
