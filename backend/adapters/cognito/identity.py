"""Accounts in a Cognito user pool, from the tutorial or from `nim-backend aws create`.

It uses only SignUp and the calls for administrators, and puts errors and challenges into words.
`backend.adapters.cognito.account_cache` looks people up; a move makes no call to Cognito.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from backend.adapters.aws_sdk import Aws, error_code
from backend.adapters.cognito.account_cache import SMALL_LETTERS, CognitoAccounts
from backend.adapters.cognito.responses import (
    NOBODYS_PHONE,
    NOTICES_ATTRIBUTE,
    check_complete,
    error_of,
    plausible,
    plausible_password,
    plausible_token,
    session_of,
    sign_in_error,
)
from backend.adapters.cognito.token_verifier import TokenVerifier
from backend.domain.credentials import one_time_password, password_problem
from backend.domain.errors import BadRequest, NoSuchPlayer, NotSignedIn, UserExists, WrongPassword
from backend.domain.people import NoticesBy, Player, Registration, Session

if TYPE_CHECKING:
    from types_boto3_cognito_idp import CognitoIdentityProviderClient
    from types_boto3_cognito_idp.literals import AuthFlowTypeType
    from types_boto3_cognito_idp.type_defs import AttributeTypeTypeDef

T = TypeVar("T")

# How Cognito refuses a token that is not, or no longer, one of its refresh tokens.
_USELESS_TOKEN = {
    "InvalidParameterException",
    "NotAuthorizedException",
    "UnauthorizedException",
    "UnsupportedTokenTypeException",
    "UserNotFoundException",
}


class CognitoIdentity:
    """The accounts of one pool, through one of its clients; see `Identity`."""

    phone_required = True

    def __init__(self, aws: Aws, *, pool_id: str, client_id: str, verifier: TokenVerifier) -> None:
        self._aws = aws
        self._pool_id = pool_id
        self._client_id = client_id
        self._verifier = verifier
        self._accounts = CognitoAccounts(aws, pool_id)
        self._client: CognitoIdentityProviderClient = aws.client("cognito-idp")
        self._flow: AuthFlowTypeType = "ADMIN_USER_PASSWORD_AUTH"

    async def register(self, form: Registration) -> Player:
        """SignUp, then AdminConfirmSignUp, as the tutorial does."""
        attributes: list[AttributeTypeTypeDef] = [{"Name": "email", "Value": form.email}]
        if form.phone is not None:
            attributes.append({"Name": "phone_number", "Value": form.phone})
        if await self.find(form.username) is not None:
            # The tutorial's pool distinguishes Ana from ana, and would accept both.
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
        """AdminInitiateAuth with the password; a challenge becomes SignInIncomplete, in words."""
        if not plausible(username) or not plausible_password(password):
            raise WrongPassword
        try:
            answer = await self._begin(username, password)
        except WrongPassword:
            player = await self.find(username)
            if player is None or player.username == username:
                raise
            username = player.username
            answer = await self._begin(username, password)
        if answer.get("ChallengeName") == "NEW_PASSWORD_REQUIRED" and new_password is not None:
            if problem := password_problem(new_password):
                raise BadRequest.of_fields({"newPassword": problem})
            check_complete(answer)
            answer = await self._call(partial(self._choose, username, new_password, answer))
        return session_of(answer, None)

    async def refresh(self, refresh_token: str) -> Session:
        """AdminInitiateAuth with the refresh token, which stays valid."""
        if not plausible_token(refresh_token):
            raise NotSignedIn
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
        """RevokeToken; unknown tokens are ignored."""
        if not plausible_token(refresh_token):
            return
        call = partial(self._client.revoke_token, Token=refresh_token, ClientId=self._client_id)
        try:
            await self._aws.call(call)
        except (ClientError, BotoCoreError) as error:
            if error_code(error) not in _USELESS_TOKEN:
                raise error_of(error) from error

    async def verify(self, id_token: str) -> str:
        """See `token_verifier`: no call, except for the key set from time to time."""
        return await self._verifier.username(id_token)

    async def find(self, username: str) -> Player | None:
        """AdminGetUser, cached for some minutes."""
        return await self._accounts.find(username)

    async def update(self, username: str, *, phone: str | None, notices: NoticesBy) -> Player:
        """AdminUpdateUserAttributes; the pool requires a phone number, so it cannot be removed."""
        self._accounts.forget(username)  # another process may have changed it
        player = await self._found(username)
        if phone is None and player.phone is not None:
            raise BadRequest.of_fields(
                {"phoneNumber": "is required here. To get no messages, set notices to none."}
            )
        changes: dict[str, str] = {}
        if phone is not None and phone != player.phone:
            changes["phone_number"] = phone
        if notices != player.notices:
            changes[NOTICES_ATTRIBUTE] = notices
        if changes:
            await self._change(player.username, changes)
        return await self._found(player.username)

    async def players(self) -> Sequence[Player]:
        """ListUsers, all pages."""
        return await self._call(self._accounts.everybody)

    async def add(self, username: str) -> str:
        """AdminCreateUser with a one-time password and no message."""
        attributes = {SMALL_LETTERS: username.casefold(), "phone_number": NOBODYS_PHONE}
        if await self.find(username) is not None:
            raise UserExists
        password = one_time_password()
        await self._call(
            partial(
                self._client.admin_create_user,
                UserPoolId=self._pool_id,
                Username=username,
                TemporaryPassword=password,
                UserAttributes=_listed(attributes),
                MessageAction="SUPPRESS",
            )
        )
        return password

    async def reset(self, username: str) -> str:
        """AdminSetUserPassword to a one-time password, and the end of all sessions."""
        name = (await self._found(username)).username
        password = one_time_password()
        await self._call(
            partial(
                self._client.admin_set_user_password,
                UserPoolId=self._pool_id,
                Username=name,
                Password=password,
                Permanent=False,
            )
        )
        await self._call(
            partial(
                self._client.admin_user_global_sign_out, UserPoolId=self._pool_id, Username=name
            )
        )
        return password

    async def delete(self, username: str) -> None:
        """AdminDeleteUser."""
        name = (await self._found(username)).username
        self._accounts.forget(name)
        await self._call(
            partial(self._client.admin_delete_user, UserPoolId=self._pool_id, Username=name)
        )

    async def close(self) -> None:
        """Release the connections."""
        self._aws.close()

    async def _call(self, call: Callable[[], T]) -> T:
        try:
            return await self._aws.call(call)
        except (ClientError, BotoCoreError) as error:
            raise error_of(error) from error

    async def _found(self, username: str) -> Player:
        player = await self.find(username)
        if player is None:
            raise NoSuchPlayer
        return player

    async def _confirm(self, username: str) -> None:
        # Unconfirmed, the name would be taken but useless. Confirming twice does no harm.
        confirm = partial(
            self._client.admin_confirm_sign_up, UserPoolId=self._pool_id, Username=username
        )
        await self._call(confirm)
        await self._change(username, {SMALL_LETTERS: username.casefold()})

    async def _change(self, username: str, attributes: Mapping[str, str]) -> None:
        await self._call(
            partial(
                self._client.admin_update_user_attributes,
                UserPoolId=self._pool_id,
                Username=username,
                UserAttributes=_listed(attributes),
            )
        )
        self._accounts.forget(username)

    async def _begin(self, username: str, password: str) -> Mapping[str, Any]:
        """The answer to a name and password. Raises: WrongPassword, also for an unknown name."""
        begin = partial(self._start_with_password, username, password)
        try:
            return await self._aws.call(begin)
        except ClientError as error:
            if error_code(error) != "UserNotConfirmedException":
                raise sign_in_error(error) from error
        except BotoCoreError as error:
            raise sign_in_error(error) from error
        # The password is right, but a registration was interrupted between its calls.
        await self._confirm(username)
        return await self._call(begin)

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


def _listed(attributes: Mapping[str, str]) -> list[AttributeTypeTypeDef]:
    return [{"Name": name, "Value": value} for name, value in attributes.items()]
