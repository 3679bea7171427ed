"""The public keys for a user pool's tokens, fetched rarely.

The keys stay in use while the key server is unreachable. An unknown key id makes us fetch them
again, at most once a minute, so that forged tokens cannot cause a request each.
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

    async def key(self, key_id: str) -> Any | None:
        """The key with this id; None if the pool has no such key.

        Raises:
            Unavailable: no keys are known, and the key server is unreachable.
        """
        if key_id not in self._keys:
            async with self._asking:
                if key_id not in self._keys and self._may_ask():
                    await self._ask()
        if not self._keys:
            raise Unavailable(
                "Sign-in cannot be checked right now. Try again in a moment.",
                retry_after=FIRST_KEYS_SECONDS,
            )
        return self._keys.get(key_id)

    def _may_ask(self) -> bool:
        if self._asked_at is None:
            return True
        pause = ASK_AGAIN_SECONDS if self._keys else FIRST_KEYS_SECONDS
        return self._clock() - self._asked_at >= pause

    async def _ask(self) -> None:
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
