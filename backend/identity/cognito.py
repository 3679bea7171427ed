"""Accounts in a Cognito user pool, as the tutorial made it or as `nim-backend aws create` does.

Only the calls that an administrator may make and SignUp are used; Cognito's errors and challenges
are told in words. A player's canonical name and phone are kept for some minutes, so that a move
asks nothing of Cognito.
"""

from __future__ import annotations

import secrets
import string
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from backend.aws.sdk import Aws, error_code
from backend.errors import BadRequest, NoSuchPlayer, NotSignedIn, UserExists, WrongPassword
from backend.identity.cognito_answers import (
    NOTICES_ATTRIBUTE,
    error_of,
    plausible,
    player_of,
    session_of,
)
from backend.identity.tokens import TokenVerifier
from backend.ports import NoticesBy, Player, Registration, Session

if TYPE_CHECKING:
    from types_boto3_cognito_idp import CognitoIdentityProviderClient
    from types_boto3_cognito_idp.literals import AuthFlowTypeType
    from types_boto3_cognito_idp.type_defs import AttributeTypeTypeDef

T = TypeVar("T")

KEEP_SECONDS = 300.0
_MOST_KEPT = 10_000
_ONE_TIME_LENGTH = 16

# What Cognito answers to a token that is no longer, or never was, one of its refresh tokens.
_USELESS_TOKEN = {
    "InvalidParameterException",
    "NotAuthorizedException",
    "UnauthorizedException",
    "UnsupportedTokenTypeException",
    "UserNotFoundException",
}


class CognitoPeople:
    """The accounts of one pool, by way of one client of it; see `Identity`."""

    phone_required = True

    def __init__(self, aws: Aws, *, pool_id: str, client_id: str, verifier: TokenVerifier) -> None:
        self._aws = aws
        self._pool_id = pool_id
        self._client_id = client_id
        self._verifier = verifier
        self._client: CognitoIdentityProviderClient = aws.client("cognito-idp")
        self._flow: AuthFlowTypeType = "ADMIN_USER_PASSWORD_AUTH"
        self._kept: dict[str, tuple[float, Player]] = {}

    async def register(self, form: Registration) -> Player:
        """SignUp, then AdminConfirmSignUp, as the tutorial does."""
        attributes: list[AttributeTypeTypeDef] = [{"Name": "email", "Value": form.email}]
        if form.phone is not None:
            attributes.append({"Name": "phone_number", "Value": form.phone})
        if await self.find(form.username) is not None:
            # A pool of the tutorial's tells Ana from ana, and would take both.
            raise UserExists
        await self._call(
            partial(
                self._client.sign_up,
                ClientId=self._client_id,
                Username=form.username,
                Password=form.password,
                UserAttributes=attributes,
            )
        )
        await self._confirm(form.username)
        return Player(form.username, form.email, form.phone)

    async def sign_in(
        self, username: str, password: str, new_password: str | None = None
    ) -> Session:
        """AdminInitiateAuth with the password; a challenge is SignInIncomplete, told in words."""
        if not plausible(username) or not password:
            raise WrongPassword
        try:
            answer = await self._aws.call(partial(self._begin, username, password))
        except ClientError as error:
            if error_code(error) != "UserNotConfirmedException":
                raise error_of(error) from error
            # The password was right: a registration was cut off between its two calls.
            await self._confirm(username)
            answer = await self._call(partial(self._begin, username, password))
        except BotoCoreError as error:
            raise error_of(error) from error
        if answer.get("ChallengeName") == "NEW_PASSWORD_REQUIRED" and new_password is not None:
            answer = await self._call(partial(self._choose, username, new_password, answer))
        return session_of(answer, None)

    async def refresh(self, refresh_token: str) -> Session:
        """AdminInitiateAuth with the refresh token, which stays good."""
        try:
            answer = await self._aws.call(
                partial(self._start, "REFRESH_TOKEN_AUTH", {"REFRESH_TOKEN": refresh_token})
            )
        except (ClientError, BotoCoreError) as error:
            if error_code(error) in _USELESS_TOKEN or isinstance(error, ParamValidationError):
                raise NotSignedIn from error
            raise error_of(error) from error
        return session_of(answer, refresh_token)

    async def revoke(self, refresh_token: str) -> None:
        """RevokeToken; one that is none any more needs nothing."""
        call = partial(self._client.revoke_token, Token=refresh_token, ClientId=self._client_id)
        try:
            await self._aws.call(call)
        except (ClientError, BotoCoreError) as error:
            if error_code(error) not in _USELESS_TOKEN:
                raise error_of(error) from error

    async def verify(self, id_token: str) -> str:
        """See `backend.identity.tokens`: no call, but for the key set from time to time."""
        return await self._verifier.username(id_token)

    async def find(self, username: str) -> Player | None:
        """AdminGetUser, kept for some minutes."""
        if not plausible(username):
            return None
        kept = self._kept.get(username.casefold())
        if kept is not None and time.monotonic() - kept[0] < KEEP_SECONDS:
            return kept[1]
        try:
            answer = await self._aws.call(
                partial(self._client.admin_get_user, UserPoolId=self._pool_id, Username=username)
            )
        except (ClientError, BotoCoreError) as error:
            nobody = ("UserNotFoundException", "InvalidParameterException")
            if error_code(error) in nobody or isinstance(error, ParamValidationError):
                return None
            raise error_of(error) from error
        player = player_of(answer["Username"], answer.get("UserAttributes", ()))
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[username.casefold()] = (time.monotonic(), player)
        return player

    async def update(self, username: str, *, phone: str | None, notices: NoticesBy) -> Player:
        """AdminUpdateUserAttributes; the pool requires a phone number, so it cannot be removed."""
        if phone is None:
            raise BadRequest.of_fields(
                {"phoneNumber": "is required here. Set notices to none to get no messages."}
            )
        changes: list[AttributeTypeTypeDef] = [
            {"Name": "phone_number", "Value": phone},
            {"Name": NOTICES_ATTRIBUTE, "Value": notices},
        ]
        await self._call(
            partial(
                self._client.admin_update_user_attributes,
                UserPoolId=self._pool_id,
                Username=username,
                UserAttributes=changes,
            )
        )
        self._kept.pop(username.casefold(), None)
        player = await self.find(username)
        if player is None:
            raise NoSuchPlayer
        return player

    async def players(self) -> Sequence[Player]:
        """ListUsers, all pages."""
        return await self._call(self._all_players)

    async def add(self, username: str, phone: str | None = None) -> str:
        """AdminCreateUser with a one-time password and no message."""
        attributes: list[AttributeTypeTypeDef] = []
        if phone is not None:
            attributes.append({"Name": "phone_number", "Value": phone})
        if await self.find(username) is not None:
            raise UserExists
        password = _one_time_password()
        await self._call(
            partial(
                self._client.admin_create_user,
                UserPoolId=self._pool_id,
                Username=username,
                TemporaryPassword=password,
                UserAttributes=attributes,
                MessageAction="SUPPRESS",
            )
        )
        return password

    async def reset(self, username: str) -> str:
        """AdminSetUserPassword to a one-time password, and the end of all sessions."""
        password = _one_time_password()
        await self._call(
            partial(
                self._client.admin_set_user_password,
                UserPoolId=self._pool_id,
                Username=username,
                Password=password,
                Permanent=False,
            )
        )
        await self._call(
            partial(
                self._client.admin_user_global_sign_out,
                UserPoolId=self._pool_id,
                Username=username,
            )
        )
        return password

    async def delete(self, username: str) -> None:
        """AdminDeleteUser."""
        await self._call(
            partial(self._client.admin_delete_user, UserPoolId=self._pool_id, Username=username)
        )
        self._kept.pop(username.casefold(), None)

    async def close(self) -> None:
        """Let go of the connections."""
        self._aws.close()

    async def _call(self, call: Callable[[], T]) -> T:
        try:
            return await self._aws.call(call)
        except (ClientError, BotoCoreError) as error:
            raise error_of(error) from error

    async def _confirm(self, username: str) -> None:
        # Without it the name is taken and useless; a second confirmation is refused and harmless.
        confirm = partial(
            self._client.admin_confirm_sign_up, UserPoolId=self._pool_id, Username=username
        )
        await self._call(confirm)

    def _begin(self, username: str, password: str) -> Mapping[str, Any]:
        credentials = {"USERNAME": username, "PASSWORD": password}
        try:
            return self._start(self._flow, credentials)
        except self._client.exceptions.InvalidParameterException:
            if self._flow == "ADMIN_NO_SRP_AUTH":
                raise
            # A client of the tutorial's allows only the older name of the same flow.
            answer = self._start("ADMIN_NO_SRP_AUTH", credentials)
            self._flow = "ADMIN_NO_SRP_AUTH"
            return answer

    def _start(self, flow: AuthFlowTypeType, parameters: Mapping[str, str]) -> Mapping[str, Any]:
        return self._client.admin_initiate_auth(
            UserPoolId=self._pool_id,
            ClientId=self._client_id,
            AuthFlow=flow,
            AuthParameters=parameters,
        )

    def _choose(
        self, username: str, new_password: str, challenge: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        return self._client.admin_respond_to_auth_challenge(
            UserPoolId=self._pool_id,
            ClientId=self._client_id,
            ChallengeName="NEW_PASSWORD_REQUIRED",
            ChallengeResponses={"USERNAME": username, "NEW_PASSWORD": new_password},
            Session=challenge["Session"],
        )

    def _all_players(self) -> list[Player]:
        pages = self._client.get_paginator("list_users").paginate(UserPoolId=self._pool_id)
        users = [user for page in pages for user in page["Users"]]
        players = [player_of(user["Username"], user.get("Attributes", ())) for user in users]
        return sorted(players, key=lambda player: player.username.casefold())


def _one_time_password() -> str:
    """Random, with one of each kind that the pool's policy asks for."""
    kinds = (string.ascii_uppercase, string.ascii_lowercase, string.digits)
    letters = [secrets.choice(kind) for kind in kinds]
    letters += [secrets.choice("".join(kinds)) for _ in range(_ONE_TIME_LENGTH - len(kinds))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)
