"""What the tokens of a pool's accounts are good for.

Cognito's ID tokens go on being valid when their account is deleted, when its name is registered
again, and when its password is reset. So each account has a record, which says whose the name is
and from when its tokens count. It is read at most once a minute for each account that is active in
this process; what this process changes counts at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from backend.adapters.cognito.account_cache import CLOCKS_DIFFER, CognitoAccounts, PoolUser
from backend.adapters.cognito.token_verifier import VerifiedClaims
from backend.domain.errors import NotSignedIn, Unavailable
from backend.service.ports import AccountRecord, AccountRecords

LOOK_AGAIN_SECONDS = 60.0
_MOST_REMEMBERED = 10_000


@dataclass(slots=True)
class _Seen:
    record: AccountRecord | None
    read_at: float
    # When the pool was asked whether the name has passed on to the holder of such a token.
    asked_at: dict[str, float] = field(default_factory=dict)


class Standings:
    """The records of one pool's accounts, remembered for a minute."""

    def __init__(
        self,
        accounts: CognitoAccounts,
        records: AccountRecords,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._accounts = accounts
        self._records = records
        self._clock = clock
        self._seen: dict[str, _Seen] = {}
        self._reading: dict[str, asyncio.Task[_Seen]] = {}

    async def check(self, proof: VerifiedClaims) -> None:
        """Raises: NotSignedIn, if this genuine token is no longer good."""
        seen = await self._recently(proof.username)
        if seen.record is None or seen.record.sub != proof.sub:
            await self._ask_the_pool(seen, proof)
        record = seen.record
        if (
            record is None
            or record.sub != proof.sub
            or record.closing
            or proof.since < record.counts_from
        ):
            raise NotSignedIn

    async def recent(self, username: str) -> AccountRecord | None:
        """The record as it was at most a minute ago; None if there is none."""
        return (await self._recently(username)).record

    async def begin(self, user: PoolUser) -> AccountRecord:
        """The record of an account, read afresh; written if it is missing or of another account."""
        name = user.player.username
        for _ in range(2):
            old = (await self._records.get([name])).get(name)
            if old is not None and old.sub == user.sub:
                break
            if old is None:
                owned_from = user.created - CLOCKS_DIFFER
            else:  # deleted by us, or behind our back
                owned_from = (None if old.sub else old.owned_from) or user.created
            new = AccountRecord(user.sub, owned_from)
            if await self._records.begin(name, new, old.sub if old else None):
                old = new
                break
        else:
            raise Unavailable("That account is changing. Try again in a moment.", retry_after=1.0)
        self._remember(name, _Seen(old, self._clock()))
        return old

    def forget(self, username: str) -> None:
        """Read this record again the next time, because it has just changed."""
        self._seen.pop(username.casefold(), None)

    async def _recently(self, username: str) -> _Seen:
        key = username.casefold()
        seen = self._seen.get(key)
        if seen is not None and self._clock() - seen.read_at < LOOK_AGAIN_SECONDS:
            return seen
        if (task := self._reading.get(key)) is None:
            task = self._reading[key] = asyncio.create_task(self._read(username))
            task.add_done_callback(lambda _: self._reading.pop(key, None))
        return await asyncio.shield(task)

    async def _read(self, username: str) -> _Seen:
        records = await self._records.get([username])
        before = self._seen.get(username.casefold())
        seen = _Seen(records.get(username), self._clock(), before.asked_at if before else {})
        self._remember(username, seen)
        return seen

    async def _ask_the_pool(self, seen: _Seen, proof: VerifiedClaims) -> None:
        """Find out whose the name is, once a minute for each token's subject."""
        now = self._clock()
        last = seen.asked_at.get(proof.sub)
        if last is not None and now - last < LOOK_AGAIN_SECONDS:
            return
        seen.asked_at[proof.sub] = now
        user = await self._accounts.look_up(proof.username)
        if user is not None and user.sub == proof.sub and user.confirmed:
            seen.record = await self.begin(user)

    def _remember(self, username: str, seen: _Seen) -> None:
        if len(self._seen) >= _MOST_REMEMBERED:
            self._seen.clear()
        self._seen[username.casefold()] = seen
