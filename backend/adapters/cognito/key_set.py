"""The public keys for a user pool's tokens, fetched rarely.

The keys stay in use while the key server is unreachable. An unknown key id makes us fetch them
again, at most once a minute. A fetch in vain, for a key id that the pool does not have either, was
caused by a forged token: it must not keep the next genuine key id waiting for a minute, so another
key id may cause a fetch, a few at once and then one every few seconds. So forged tokens cannot
cause a request each, and hold up a rotation of the pool's keys for seconds only.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
import urllib.request
from collections.abc import Callable, Mapping
from http.client import HTTPException
from typing import Any

from backend.domain.errors import Unavailable

log = logging.getLogger(__name__)

FETCH_SECONDS = 3.0
ASK_AGAIN_SECONDS = 60.0
# Without any keys no token can be checked, so we ask again sooner.
FIRST_KEYS_SECONDS = 2.0
# After a fetch in vain: a few at once, then one in so many seconds.
IN_VAIN_SECONDS = 5.0
IN_VAIN_AT_ONCE = 3
_MOST_BYTES = 65_536


class KeySet:
    """The RSA keys at `url`, by key id.

    Args:
        url: the address of the JSON Web Key Set.
        fetch: reads it, blocking; replaces the usual request.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        url: str,
        *,
        fetch: Callable[[str], bytes] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._fetch = fetch or _read
        self._clock = clock
        self._keys: Mapping[str, Any] = {}
        self._asked_at: float | None = None
        self._asking = asyncio.Lock()
        self._last_was_vain = False
        self._vain_ids: dict[str, float] = {}
        self._vain_until = 0.0

    async def key(self, key_id: str) -> Any | None:
        """The key with this id; None if the pool has no such key.

        Raises:
            Unavailable: no keys are known, and the key server is unreachable.
        """
        if key_id not in self._keys:
            async with self._asking:
                if key_id not in self._keys and self._may_ask(key_id):
                    await self._ask(key_id)
        if not self._keys:
            raise Unavailable(
                "Sign-in cannot be checked right now. Try again in a moment.",
                retry_after=FIRST_KEYS_SECONDS,
            )
        return self._keys.get(key_id)

    def _may_ask(self, key_id: str) -> bool:
        if self._asked_at is None:
            return True
        now = self._clock()
        if now - self._asked_at >= (ASK_AGAIN_SECONDS if self._keys else FIRST_KEYS_SECONDS):
            return True
        if not self._last_was_vain or key_id in self._vain_ids:
            return False
        return self._vain_until - now <= (IN_VAIN_AT_ONCE - 1) * IN_VAIN_SECONDS

    async def _ask(self, key_id: str) -> None:
        first = self._asked_at is None
        await self._fetch_keys()
        now = self._clock()
        self._vain_ids = {
            one: since for one, since in self._vain_ids.items() if now - since < ASK_AGAIN_SECONDS
        }
        self._last_was_vain = bool(self._keys) and key_id not in self._keys
        if self._last_was_vain:
            self._vain_ids[key_id] = now
            # The first keys are as new as can be, so the next fetch has to wait.
            spent = IN_VAIN_AT_ONCE if first else 1
            self._vain_until = max(now, self._vain_until) + spent * IN_VAIN_SECONDS

    async def _fetch_keys(self) -> None:
        self._asked_at = self._clock()
        try:
            body = await asyncio.to_thread(self._fetch, self._url)
            self._keys = _parse(body)
        except (OSError, HTTPException, ValueError, RecursionError) as error:
            # The keys that we have stay in use.
            log.warning("the key set cannot be read: %s", type(error).__name__)


def _read(url: str) -> bytes:
    if not url.startswith(("https://", "http://")):
        raise ValueError("a key set is read over HTTP")
    # S310: the line above has just refused every other scheme.
    with urllib.request.urlopen(url, timeout=FETCH_SECONDS) as answer:  # noqa: S310
        body: bytes = answer.read(_MOST_BYTES + 1)
    if len(body) > _MOST_BYTES:
        raise ValueError("the key set is too large")
    return body


def _parse(body: bytes) -> dict[str, Any]:
    import jwt

    document = json.loads(body)
    entries = document.get("keys") if isinstance(document, dict) else None
    keys = {}
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict) or entry.get("kty") != "RSA" or "kid" not in entry:
            continue
        try:
            keys[str(entry["kid"])] = jwt.PyJWK(entry, algorithm="RS256").key
        except jwt.PyJWTError as error:
            log.warning("a key of the key set is broken: %s", type(error).__name__)
    if not keys:
        raise ValueError("not a key set, or an empty one")
    return keys
