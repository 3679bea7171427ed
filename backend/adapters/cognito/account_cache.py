"""The accounts of a pool, looked up without regard to case and cached for some minutes.

A pool that distinguishes Ana from ana, as the tutorial's and every engine's does, finds only the
registered spelling. So each of our accounts also stores its name in lower case
(`preferred_username`), and an account found by that counts only if its name really matches.

Names that break our rules, as anyone may register in an open pool past our backend, are nobody's
here, and so are registrations that were never confirmed. Only an operator sees them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from backend.adapters.aws_sdk import Aws, error_code
from backend.adapters.cognito.responses import error_of, plausible, player_of
from backend.domain.clock import utc_now
from backend.domain.credentials import username_problem
from backend.domain.people import Player

if TYPE_CHECKING:
    from types_boto3_cognito_idp import CognitoIdentityProviderClient

KEEP_SECONDS = 300.0
# The clocks of those who play straight on AWS differ by less. A name that was never used before
# owns the games of so long before its account, lest it miss one.
CLOCKS_DIFFER = timedelta(minutes=10)
SMALL_LETTERS = "preferred_username"
UNCONFIRMED = "UNCONFIRMED"
MUST_CHOOSE = "FORCE_CHANGE_PASSWORD"
"""Created by an administrator; its one-time password has not been replaced."""

_MOST_KEPT = 10_000
# One call finds a name in another case; more matches than this are somebody's mischief.
_MOST_ALIKE = 10
_NOBODY = {"UserNotFoundException", "InvalidParameterException"}


@dataclass(frozen=True, slots=True)
class PoolUser:
    """A user of the pool, with what only the pool knows.

    Attributes:
        sub: the id, which no other user ever has.
        status: Cognito's word for it, such as UNCONFIRMED.
        created: when the user was created.

    """

    player: Player
    sub: str
    status: str
    created: datetime

    @property
    def dated(self) -> Player:
        """The player, with the time from which the name's games are this account's."""
        return replace(self.player, since=self.created - CLOCKS_DIFFER)

    @property
    def confirmed(self) -> bool:
        """Whether the registration was finished, under a name that keeps our rules."""
        return self.status != UNCONFIRMED and username_problem(self.player.username) is None


class CognitoAccounts:
    """The accounts of one pool, to read."""

    def __init__(self, aws: Aws, pool_id: str) -> None:
        self._aws = aws
        self._pool_id = pool_id
        self._client: CognitoIdentityProviderClient = aws.client("cognito-idp")
        self._kept: dict[str, tuple[float, PoolUser]] = {}

    async def find(self, username: str, *, at_door: bool = False) -> Player | None:
        """The account with this name in any case: cached, or looked up with one call or two."""
        kept = self._kept.get(username.casefold())
        if kept is not None and time.monotonic() - kept[0] < KEEP_SECONDS:
            return kept[1].dated
        user = await self.look_up(username, at_door=at_door)
        return user.dated if user is not None and user.confirmed else None

    async def look_up(self, username: str, *, at_door: bool = False) -> PoolUser | None:
        """The user with this name in any case, confirmed or not, as the pool has it now.

        Args:
            at_door: whether somebody who is not signed in waits for it.

        """
        if not plausible(username):
            return None
        call = self._aws.call_at_door if at_door else self._aws.call
        work: Callable[[], PoolUser | None] = partial(self._look_up, username)
        try:
            user = await call(work)
        except (ClientError, BotoCoreError) as error:
            raise error_of(error) from error
        if user is not None and user.confirmed:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[username.casefold()] = (time.monotonic(), user)
        else:
            self.forget(username)
        return user

    def forget(self, username: str) -> None:
        """Look this account up again the next time, because it has just changed."""
        self._kept.pop(username.casefold(), None)

    def everybody(self) -> list[Player]:
        """All accounts, by name: ListUsers, all pages. Blocking."""
        players = [user.player for user in self._list()]
        return sorted(players, key=lambda player: player.username.casefold())

    def _look_up(self, username: str) -> PoolUser | None:
        try:
            answer = self._client.admin_get_user(UserPoolId=self._pool_id, Username=username)
        except (ClientError, ParamValidationError) as error:
            if error_code(error) not in _NOBODY and isinstance(error, ClientError):
                raise
            return self._spelled_otherwise(username)
        return user_of(answer, answer.get("UserAttributes", ()))

    def _spelled_otherwise(self, username: str) -> PoolUser | None:
        if username_problem(username):
            return None
        small = username.casefold()
        found = self._list(Filter=f'{SMALL_LETTERS} = "{small}"', Limit=_MOST_ALIKE)
        return next((user for user in found if user.player.username.casefold() == small), None)

    def _list(self, **options: Any) -> Iterator[PoolUser]:
        while True:
            page = self._client.list_users(UserPoolId=self._pool_id, **options)
            for user in page["Users"]:
                yield user_of(user, user.get("Attributes", ()))
            if "Limit" in options or "PaginationToken" not in page:
                return
            options["PaginationToken"] = page["PaginationToken"]


def user_of(answer: Mapping[str, Any], attributes: Any) -> PoolUser:
    """A user of the pool from one of Cognito's answers."""
    subs = [entry.get("Value", "") for entry in attributes if entry["Name"] == "sub"]
    return PoolUser(
        player=player_of(answer["Username"], attributes),
        sub=subs[0] if subs else "",
        status=answer.get("UserStatus", "UNKNOWN"),
        created=answer.get("UserCreateDate") or utc_now(),
    )
