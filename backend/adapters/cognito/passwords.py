"""Passwords of a pool's accounts: setting them, and Cognito's own flow for forgotten ones.

A new password ends all sessions and tokens: Cognito's ID tokens would go on being valid, so the
account's record says from when its tokens count (`standing`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from backend.adapters.aws_sdk import Aws, error_code
from backend.adapters.cognito.account_cache import CognitoAccounts, PoolUser
from backend.adapters.cognito.responses import error_of, plausible, unstorable
from backend.adapters.cognito.standing import Standings
from backend.domain.credentials import password_problem, prepared
from backend.domain.errors import BadRequest, NimError, Unavailable, WrongCode
from backend.domain.people import Channel, Player
from backend.service.ports import AccountRecords

if TYPE_CHECKING:
    from types_boto3_cognito_idp import CognitoIdentityProviderClient

log = logging.getLogger(__name__)

T = TypeVar("T")

REFUSAL_SECONDS = 1.0
"""How long a refused code takes: an unknown name costs more calls than a known one."""

_VERIFIED: dict[Channel, str] = {"email": "email_verified", "sms": "phone_number_verified"}
# What Cognito answers to a code where there is nothing to be said but that it is no good. Most of
# it tells whether the account exists.
_NO_CODE = {
    "AliasExistsException",
    "CodeMismatchException",
    "ExpiredCodeException",
    "InvalidParameterException",
    "LimitExceededException",
    "NotAuthorizedException",
    "ResourceNotFoundException",
    "TooManyFailedAttemptsException",
    "UserNotConfirmedException",
    "UserNotFoundException",
}


class CognitoPasswords:
    """The passwords of one pool; a `Recovery`, by codes that Cognito sends."""

    on = True

    def __init__(
        self,
        aws: Aws,
        *,
        pool_id: str,
        client_id: str,
        accounts: CognitoAccounts,
        records: AccountRecords,
        standings: Standings,
    ) -> None:
        self._aws = aws
        self._pool_id = pool_id
        self._client_id = client_id
        self._accounts = accounts
        self._records = records
        self._standings = standings
        self._client: CognitoIdentityProviderClient = aws.client("cognito-idp")

    async def set(self, user: PoolUser, password: str, *, permanent: bool) -> None:
        """AdminSetUserPassword, and the end of all sessions and tokens. Raises: BadRequest."""
        if permanent and (problem := unstorable(password)):
            raise BadRequest.of_fields({"newPassword": problem})
        await self._standings.begin(user)
        call = partial(
            self._client.admin_set_user_password,
            UserPoolId=self._pool_id,
            Username=user.player.username,
            Password=password,
            Permanent=permanent,
        )
        await self._end_tokens(user.player.username, await self._call(call))

    async def confirmed(self, player: Player, channel: Channel) -> None:
        """Let Cognito send codes to an address that its owner has confirmed."""
        if channel in _VERIFIED:
            call = partial(
                self._client.admin_update_user_attributes,
                UserPoolId=self._pool_id,
                Username=player.username,
                UserAttributes=[{"Name": _VERIFIED[channel], "Value": "true"}],
            )
            await self._call(call)

    async def send_code(self, username: str) -> None:
        """ForgotPassword; whether there is such an account shows in nothing but the log."""
        user = await self._accounts.look_up(username, at_door=True)
        if user is None or not user.confirmed:
            return
        call = partial(
            self._client.forgot_password,
            ClientId=self._client_id,
            Username=user.player.username,
        )
        try:
            await self._aws.call_at_door(call)
        except (ClientError, BotoCoreError) as error:
            log.warning("Cognito sends no code: %s", error_code(error))

    async def reset(self, username: str, code: str, new_password: str) -> None:
        """ConfirmForgotPassword. Raises: WrongCode, also for an unknown name; BadRequest."""
        began = time.monotonic()
        try:
            await self._reset(username, code, new_password)
        except WrongCode:
            await asyncio.sleep(max(0.0, REFUSAL_SECONDS - (time.monotonic() - began)))
            raise

    async def _reset(self, username: str, code: str, new_password: str) -> None:
        password = prepared(new_password)
        if problem := password_problem(password) or unstorable(password):
            raise BadRequest.of_fields({"newPassword": problem})
        if not plausible(username) or not (code.isascii() and code.isalnum()):
            raise WrongCode
        user = await self._accounts.look_up(username, at_door=True)
        call = partial(
            self._client.confirm_forgot_password,
            ClientId=self._client_id,
            Username=user.player.username if user else username,
            ConfirmationCode=code,
            Password=password,
        )
        try:
            answer = await self._aws.call_at_door(call)
        except (ClientError, BotoCoreError) as error:
            if error_code(error) in _NO_CODE or isinstance(error, ParamValidationError):
                raise WrongCode from error
            raise _for_reset(error) from error
        if user is None or not user.confirmed:
            raise WrongCode
        await self._standings.begin(user)
        await self._end_tokens(user.player.username, answer)

    async def _end_tokens(self, username: str, answer: Any) -> None:
        await self._records.count_from(username, _second_of(answer) + 1)
        self._standings.forget(username)
        call = partial(
            self._client.admin_user_global_sign_out, UserPoolId=self._pool_id, Username=username
        )
        await self._call(call)

    async def _call(self, call: Callable[[], T]) -> T:
        try:
            return await self._aws.call(call)
        except (ClientError, BotoCoreError) as error:
            raise error_of(error) from error


def _for_reset(error: ClientError | BotoCoreError) -> NimError:
    """Why a password could not be replaced, where the code is not to blame."""
    if error_code(error) == "InvalidPasswordException":
        return BadRequest.of_fields(
            {"newPassword": "must have 8 to 99 characters with upper and lower case and a digit."}
        )
    found = error_of(error)
    return found if isinstance(found, Unavailable) else WrongCode()


def _second_of(answer: Any) -> int:
    """When AWS answered, in seconds since 1970 by its own clock, which also dates the tokens."""
    text = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        return int(parsedate_to_datetime(text).timestamp())
    except (TypeError, ValueError):
        return int(time.time())
