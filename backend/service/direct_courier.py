"""The courier without an outbox: the process that committed a change sends its notices itself.

It sends after the move has been answered, with three tries and growing pauses. A notice that still
cannot be sent is logged and dropped, and one that was under way when the process died is lost. The
game itself loses nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence

from backend.domain.errors import Unavailable
from backend.domain.notices import Notice
from backend.service.delivery import Delivery, Messenger

log = logging.getLogger(__name__)

PAUSES = (10.0, 60.0)
"""Seconds before the second and the third try."""

# How long closing waits for texts that are under way.
CLOSE_SECONDS = 3.0
_MOST_REMEMBERED = 10_000


class DirectCourier:
    """Sends each notice of this process once; a `Courier`.

    Args:
        sent_elsewhere: whether something else sends this table's notices; asked once, before the
            first notice.
        pauses: seconds between the tries.
    """

    def __init__(
        self,
        messenger: Messenger,
        *,
        sent_elsewhere: Callable[[], Awaitable[bool]] | None = None,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self._messenger = messenger
        self._sent_elsewhere = sent_elsewhere
        self._pauses = pauses
        self._silent: bool | None = None if sent_elsewhere else False
        self._asking = asyncio.Lock()
        self._taken: OrderedDict[Notice, None] = OrderedDict()
        self._under_way: set[asyncio.Task[None]] = set()

    def committed(self, notices: Sequence[Notice]) -> None:
        """Take these on, without those that were taken on before."""
        for notice in notices:
            if notice in self._taken:
                continue
            self._taken[notice] = None
            if len(self._taken) > _MOST_REMEMBERED:
                self._taken.popitem(last=False)
            task = asyncio.create_task(self._send(notice))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def close(self) -> None:
        """Give what is under way a moment to finish, then stop."""
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=CLOSE_SECONDS)
            for task in late:
                task.cancel()
            if late:
                log.warning("%d notices could not be sent before the end", len(late))
        await self._messenger.close()

    async def _send(self, notice: Notice) -> None:
        for pause in (*self._pauses, None):
            if await self._try(notice) != "later":
                return
            if pause is not None:
                await asyncio.sleep(pause)
        log.warning("a %s notice could not be sent", notice.kind)

    async def _try(self, notice: Notice) -> Delivery:
        try:
            if await self._is_sent_elsewhere():
                return "skipped"
        except Unavailable as error:
            log.warning("a %s notice has to wait: %s", notice.kind, error.message)
            return "later"
        return await self._messenger.deliver(notice)

    async def _is_sent_elsewhere(self) -> bool:
        async with self._asking:
            if self._silent is None and self._sent_elsewhere is not None:
                self._silent = await self._sent_elsewhere()
        return bool(self._silent)
