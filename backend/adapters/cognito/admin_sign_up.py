"""Accounts that only the backend creates, by AdminCreateUser: the pool stays closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from backend.adapters.aws_sdk import Aws
from backend.adapters.cognito.account_cache import (
    MUST_CHOOSE,
    SMALL_LETTERS,
    CognitoAccounts,
    PoolUser,
    user_of,
)
from backend.adapters.cognito.responses import error_of, unstorable
from backend.adapters.cognito.sign_in_calls import SignInCalls
from backend.domain.clock import utc_now
from backend.domain.credentials import prepared
from backend.domain.errors import BadRequest, UserExists
from backend.domain.people import Player, Registration

if TYPE_CHECKING:
    from types_boto3_cognito_idp import CognitoIdentityProviderClient

T = TypeVar("T")


class AdminSignUp:
    """Creates accounts in one pool. Cognito sends nobody a message about it."""

    def __init__(
        self, aws: Aws, *, pool_id: str, accounts: CognitoAccounts, door: SignInCalls
    ) -> None:
        self._aws = aws
        self._pool_id = pool_id
        self._accounts = accounts
        self._door = door
        self._client: CognitoIdentityProviderClient = aws.client("cognito-idp")

    async def create(self, username: str, password: str, attributes: Mapping[str, str]) -> PoolUser:
        """A new account with a one-time password. Raises: UserExists, BadRequest."""
        call = partial(
            self._client.admin_create_user,
            UserPoolId=self._pool_id,
            Username=username,
            TemporaryPassword=password,
            UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
            MessageAction="SUPPRESS",
        )
        user = (await self._call(call))["User"]
        return user_of(user, user.get("Attributes", ()))

    async def register(self, form: Registration) -> PoolUser:
        """A new account with a lasting password: AdminCreateUser, then AdminSetUserPassword.

        A registration that was interrupted between the two is finished by the same form again.

        Raises:
            UserExists, BadRequest.

        """
        password = prepared(form.password)
        if problem := unstorable(password):
            raise BadRequest.of_fields({"password": problem})
        given = {"email": form.email, "phone_number": form.phone}
        attributes = {name: value for name, value in given.items() if value is not None}
        begun = await self._accounts.look_up(form.username, at_door=True)
        if begun is None:
            small = {SMALL_LETTERS: form.username.casefold()}
            begun = await self.create(form.username, password, small | attributes)
        elif not await self._may_finish(begun, password):
            raise UserExists
        name = begun.player.username
        call = partial(
            self._client.admin_set_user_password,
            UserPoolId=self._pool_id,
            Username=name,
            Password=password,
            Permanent=True,
        )
        await self._call(call)
        self._accounts.forget(name)
        return PoolUser(Player(name, form.email, form.phone), begun.sub, "CONFIRMED", utc_now())

    async def _may_finish(self, begun: PoolUser, password: str) -> bool:
        """Whether this registration was interrupted, and whether its owner is here again."""
        waits = begun.status == MUST_CHOOSE
        return waits and await self._door.has_password(begun.player.username, password)

    async def _call(self, call: Callable[[], T]) -> T:
        try:
            return await self._aws.call_at_door(call)
        except (ClientError, BotoCoreError) as error:
            raise error_of(error) from error
