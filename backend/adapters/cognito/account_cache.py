"""The accounts of a pool, looked up without regard to case and cached for some minutes.

A pool that distinguishes Ana from ana, as the tutorial's and every engine's does, finds only the
registered spelling. So each of our accounts also stores its name in lower case
(`preferred_username`), and an account found by that counts only if its name really matches.
Blocking, except for `find`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from backend.adapters.aws_sdk import Aws, error_code
from backend.adapters.cognito.responses import error_of, plausible, player_of
from backend.domain.credentials import username_problem
from backend.domain.people import Player

if TYPE_CHECKING:
    from types_boto3_cognito_idp import CognitoIdentityProviderClient

KEEP_SECONDS = 300.0
SMALL_LETTERS = "preferred_username"

_MOST_KEPT = 10_000
# One call finds a name in another case; more matches than this are somebody's mischief.
_MOST_ALIKE = 10
_NOBODY = {"UserNotFoundException", "InvalidParameterException"}


class CognitoAccounts:
    """The accounts of one pool, to read."""

    def __init__(self, aws: Aws, pool_id: str) -> None:
        self._aws = aws
        self._pool_id = pool_id
        self._client: CognitoIdentityProviderClient = aws.client("cognito-idp")
        self._kept: dict[str, tuple[float, Player]] = {}

    async def find(self, username: str) -> Player | None:
        """The account with this name in any case: cached, or looked up with one call or two."""
        if not plausible(username):
            return None
        kept = self._kept.get(username.casefold())
        if kept is not None and time.monotonic() - kept[0] < KEEP_SECONDS:
            return kept[1]
        try:
            player = await self._aws.call(partial(self._look_up, username))
        except (ClientError, BotoCoreError) as error:
            raise error_of(error) from error
        if player is not None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[username.casefold()] = (time.monotonic(), player)
        return player

    def forget(self, username: str) -> None:
        """Look this account up again the next time, because it has just changed."""
        self._kept.pop(username.casefold(), None)

    def everybody(self) -> list[Player]:
        """All accounts, by name: ListUsers, all pages."""
        return sorted(self._list(), key=lambda player: player.username.casefold())

    def _look_up(self, username: str) -> Player | None:
        try:
            answer = self._client.admin_get_user(UserPoolId=self._pool_id, Username=username)
        except (ClientError, ParamValidationError) as error:
            if error_code(error) not in _NOBODY and isinstance(error, ClientError):
                raise
            return self._spelled_otherwise(username)
        return player_of(answer["Username"], answer.get("UserAttributes", ()))

    def _spelled_otherwise(self, username: str) -> Player | None:
        if username_problem(username):
            return None
        small = username.casefold()
        found = self._list(Filter=f'{SMALL_LETTERS} = "{small}"', Limit=_MOST_ALIKE)
        return next((player for player in found if player.username.casefold() == small), None)

    def _list(self, **options: Any) -> Iterator[Player]:
        while True:
            page = self._client.list_users(UserPoolId=self._pool_id, **options)
            for user in page["Users"]:
                yield player_of(user["Username"], user.get("Attributes", ()))
            if "Limit" in options or "PaginationToken" not in page:
                return
            options["PaginationToken"] = page["PaginationToken"]
