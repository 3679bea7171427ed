"""The calls to Cognito by which somebody gets in, in threads that no game waits for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from backend.adapters.aws_sdk import Aws, error_code
from backend.adapters.cognito.responses import (
    UNFINISHED,
    check_complete,
    error_of,
    session_of,
    sign_in_error,
    unstorable,
)
from backend.domain.credentials import password_problem, prepared
from backend.domain.errors import BadRequest, NotSignedIn, SignInIncomplete, WrongPassword
from backend.domain.people import Session

if TYPE_CHECKING:
    from types_boto3_cognito_idp import CognitoIdentityProviderClient
    from types_boto3_cognito_idp.literals import AuthFlowTypeType

T = TypeVar("T")

# How Cognito refuses a token that is not, or no longer, one of its refresh tokens.
_USELESS_TOKEN = {
    "InvalidParameterException",
    "NotAuthorizedException",
    "UnauthorizedException",
    "UnsupportedTokenTypeException",
    "UserNotFoundException",
}


class SignInCalls:
    """Sign-in at one pool, through one of its clients."""

    def __init__(self, aws: Aws, *, pool_id: str, client_id: str) -> None:
        self._aws = aws
        self._pool_id = pool_id
        self._client_id = client_id
        self._client: CognitoIdentityProviderClient = aws.client("cognito-idp")
        self._flow: AuthFlowTypeType = "ADMIN_USER_PASSWORD_AUTH"

    async def session(self, username: str, password: str, new_password: str | None) -> Session:
        """Tokens for a name and a password; `new_password` replaces a one-time password.

        Raises:
            WrongPassword: also for an unknown name.
            SignInIncomplete: the answer is a challenge, or the registration was not finished.
            BadRequest: the new password breaks the rules.

        """
        answer = await self._begin(username, password)
        if answer.get("ChallengeName") == "NEW_PASSWORD_REQUIRED" and new_password is not None:
            new_password = prepared(new_password)
            if problem := password_problem(new_password) or unstorable(new_password):
                raise BadRequest.of_fields({"newPassword": problem})
            check_complete(answer)
            answer = await self._call(partial(self._choose, username, new_password, answer))
        return session_of(answer, None)

    async def has_password(self, username: str, password: str) -> bool:
        """Whether this is the password of a registration that was not finished."""
        try:
            await self._begin(username, password)
        except SignInIncomplete:
            return True
        except WrongPassword:
            return False
        return True

    async def refresh(self, refresh_token: str) -> Session:
        """AdminInitiateAuth with the refresh token. Raises: NotSignedIn."""
        try:
            answer = await self._aws.call_at_door(
                partial(self._start, "REFRESH_TOKEN_AUTH", {"REFRESH_TOKEN": refresh_token})
            )
        except (ClientError, BotoCoreError) as error:
            if error_code(error) in _USELESS_TOKEN or isinstance(error, ParamValidationError):
                raise NotSignedIn from error
            raise error_of(error) from error
        return session_of(answer, refresh_token)

    async def revoke(self, refresh_token: str) -> None:
        """RevokeToken; unknown tokens are ignored."""
        call = partial(self._client.revoke_token, Token=refresh_token, ClientId=self._client_id)
        try:
            await self._aws.call_at_door(call)
        except (ClientError, BotoCoreError) as error:
            if error_code(error) not in _USELESS_TOKEN:
                raise error_of(error) from error

    async def _begin(self, username: str, password: str) -> Mapping[str, Any]:
        begin = partial(self._start_with_password, username, password)
        try:
            return await self._aws.call_at_door(begin)
        except ClientError as error:
            if error_code(error) == "UserNotConfirmedException":
                raise SignInIncomplete(UNFINISHED) from error
            raise sign_in_error(error) from error
        except BotoCoreError as error:
            raise sign_in_error(error) from error

    async def _call(self, call: Callable[[], T]) -> T:
        try:
            return await self._aws.call_at_door(call)
        except (ClientError, BotoCoreError) as error:
            raise error_of(error) from error

    def _start_with_password(self, username: str, password: str) -> Mapping[str, Any]:
        credentials = {"USERNAME": username, "PASSWORD": password}
        try:
            return self._start(self._flow, credentials)
        except self._client.exceptions.InvalidParameterException:
            if self._flow == "ADMIN_NO_SRP_AUTH":
                raise
            # The tutorial's client allows only the older name of the same flow.
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
