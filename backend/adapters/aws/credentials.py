"""The credentials that requests are signed with, renewed where they expire.

botocore finds them (profiles, single sign-on, roles, instances) and renews them, which may ask the
network. That happens in a thread: 15 minutes before they expire behind the scenes, while requests
go on with the ones at hand, and in the last 10 minutes requests wait for it. Those are botocore's
own limits.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from botocore.exceptions import NoCredentialsError

from backend.adapters.aws.signing import Keys

log = logging.getLogger(__name__)

T = TypeVar("T")

_MUST_RENEW_SECONDS = 10 * 60


class FreshKeys:
    """Hands out the credentials of one session; at most one renewal is under way."""

    def __init__(
        self, credentials: Any, in_thread: Callable[[Callable[[], Keys]], Awaitable[Keys]]
    ) -> None:
        self._credentials = credentials
        self._in_thread = in_thread
        self._renewal: asyncio.Task[Keys] | None = None
        self._keys: Keys | None = None

    async def get(self) -> Keys:
        """Credentials that are valid now.

        Raises:
            BotoCoreError: there are none, or they could not be renewed.

        """
        credentials = self._credentials
        if credentials is None:
            raise NoCredentialsError
        needs_renewal: Callable[..., bool] | None = getattr(credentials, "refresh_needed", None)
        if needs_renewal is None:
            keys: Keys = credentials.get_frozen_credentials()
            return keys
        if self._keys is None or needs_renewal(_MUST_RENEW_SECONDS):
            is_joining = self._renewal is not None
            renewed = await asyncio.shield(self._renewed())
            if is_joining and needs_renewal(_MUST_RENEW_SECONDS):
                # The one that was under way may have begun ahead of time, and failed silently.
                renewed = await asyncio.shield(self._renewed())
            return renewed
        if needs_renewal():
            self._renewed()
        return self._keys

    def close(self) -> None:
        """Stop waiting for a renewal."""
        if self._renewal is not None:
            self._renewal.cancel()

    def _renewed(self) -> asyncio.Task[Keys]:
        if self._renewal is None:
            self._renewal = asyncio.create_task(self._renew())
            self._renewal.add_done_callback(self._note)
        return self._renewal

    async def _renew(self) -> Keys:
        return await self._in_thread(self._credentials.get_frozen_credentials)

    def _note(self, task: asyncio.Task[Keys]) -> None:
        self._renewal = None
        if task.cancelled():
            return
        if error := task.exception():
            log.warning("AWS credentials cannot be renewed: %s", type(error).__name__)
        else:
            self._keys = task.result()
