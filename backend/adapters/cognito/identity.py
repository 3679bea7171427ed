"""Accounts in a Cognito user pool, from the tutorial or from `nim-backend aws create`.

It uses only SignUp and the calls for administrators, and puts errors and challenges into words.
`account_cache` looks people up, `standing` knows which tokens are still good; a move makes no call
to Cognito.

Anyone who knows the client's id can call SignUp, past our backend. So an account that was not
confirmed gets in nowhere: only the same registration again, at our own door, confirms it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from backend.adapters.aws_sdk import Aws
from backend.adapters.cognito.account_cache import (
    SMALL_LETTERS,
    UNCONFIRMED,
    CognitoAccounts,
    PoolUser,
)
from backend.adapters.cognito.admin_sign_up import AdminSignUp
from backend.adapters.cognito.passwords import CognitoPasswords
from backend.adapters.cognito.responses import (
    NOBODYS_PHONE,
    UNFINISHED,
    changed_attributes,
    error_of,
    plausible_password,
    plausible_token,
    unstorable,
)
from backend.adapters.cognito.sign_in_calls import SignInCalls
from backend.adapters.cognito.standing import Standings
from backend.adapters.cognito.token_verifier import TokenVerifier, unverified_proof
from backend.domain.clock import utc_now
from backend.domain.credentials import (
    one_time_password,
    prepared,
    spellings,
    username_problem,
)
from backend.domain.errors import (
    BadRequest,
    NoSuchPlayer,
    NotSignedIn,
    SignInIncomplete,
    Unavailable,
    UserExists,
    WrongPassword,
)
from backend.domain.people import Player, Registration, Session
from backend.service.ports import AccountClosing, AccountRecord, AccountRecords

if TYPE_CHECKING:
    from types_boto3_cognito_idp import CognitoIdentityProviderClient
    from types_boto3_cognito_idp.type_defs import AttributeTypeTypeDef

T = TypeVar("T")

_SIGN_IN_TRIES = 2
_MOST_WAIT_SECONDS = 2
_NO_RECORD = AccountRecord("")


class CognitoIdentity:
    """The accounts of one pool, through one of its clients; see `Identity`.

    Attributes:
        passwords: let people back in who have forgotten theirs.

    """

    contacts_required = True

    def __init__(
        self,
        aws: Aws,
        *,
        pool_id: str,
        client_id: str,
        verifier: TokenVerifier,
        records: AccountRecords,
    ) -> None:
        self._aws = aws
        self._pool_id = pool_id
        self._client_id = client_id
        self._verifier = verifier
        self._records = records
        self._accounts = CognitoAccounts(aws, pool_id)
        self._standings = Standings(self._accounts, records)
        self._door = SignInCalls(aws, pool_id=pool_id, client_id=client_id)
        self.passwords = CognitoPasswords(
            aws,
            pool_id=pool_id,
            client_id=client_id,
            accounts=self._accounts,
            records=records,
            standings=self._standings,
        )
        self._admin = AdminSignUp(aws, pool_id=pool_id, accounts=self._accounts, door=self._door)
        self._client: CognitoIdentityProviderClient = aws.client("cognito-idp")

    async def register(self, form: Registration) -> Player:
        """SignUp, then AdminConfirmSignUp, as the tutorial does.

        A registration that was interrupted between the two is finished by the same form again.
        """
        password = prepared(form.password)
        if problem := unstorable(password):
            raise BadRequest.of_fields({"password": problem})
        attributes = {} if form.email is None else {"email": form.email}
        if form.phone is not None:
            attributes["phone_number"] = form.phone
        # The tutorial's pool distinguishes Ana from ana, and would accept both.
        begun = await self._accounts.look_up(form.username, at_door=True)
        if begun is not None:
            username = begun.player.username
            if not await self._may_finish(begun, password):
                raise UserExists
            sub = begun.sub
        else:
            username = form.username
            sub = await self._sign_up(username, password, attributes)
        await self._call(
            partial(
                self._client.admin_confirm_sign_up, UserPoolId=self._pool_id, Username=username
            ),
            at_door=True,
        )
        small = {SMALL_LETTERS: username.casefold()}
        await self._change(username, small | attributes if begun else small, at_door=True)
        player = Player(username, form.email, form.phone)
        await self._standings.begin(PoolUser(player, sub, "CONFIRMED", utc_now()))
        return player

    async def register_invited(self, form: Registration) -> Player:
        """AdminCreateUser without a message, then AdminSetUserPassword; the pool stays closed."""
        user = await self._admin.register(form)
        await self._standings.begin(user)
        return user.player

    async def sign_in(
        self, username: str, password: str, new_password: str | None = None
    ) -> Session:
        """AdminInitiateAuth with the password; a challenge becomes SignInIncomplete, in words."""
        if username_problem(username):
            raise WrongPassword
        for _ in range(_SIGN_IN_TRIES):
            name, session = await self._signed_in(username, password, new_password)
            wait = await self._admit(name, session)
            if wait <= 0:
                return session
            # Within the second of a reset; a token of this second would not count.
            await asyncio.sleep(min(wait, _MOST_WAIT_SECONDS))
            password, new_password = new_password or password, None
        raise Unavailable("The clocks disagree. Try again in a moment.", retry_after=1.0)

    async def refresh(self, refresh_token: str) -> Session:
        """AdminInitiateAuth with the refresh token, which stays valid."""
        if not plausible_token(refresh_token):
            raise NotSignedIn
        session = await self._door.refresh(refresh_token)
        await self._standings.check(unverified_proof(session.id_token))
        return session

    async def revoke(self, refresh_token: str) -> None:
        """RevokeToken; unknown tokens are ignored."""
        if plausible_token(refresh_token):
            await self._door.revoke(refresh_token)

    async def verify(self, id_token: str) -> str:
        """No call to Cognito; the key set and the account's record are read from time to time."""
        proof = await self._verifier.proof(id_token)
        if username_problem(proof.username):
            raise NotSignedIn
        await self._standings.check(proof)
        return proof.username

    async def owned_from(self, username: str) -> datetime | None:
        """From the account's record, read at most once a minute."""
        record = await self._standings.recent(username)
        return record.owned_from if record else None

    async def find(self, username: str) -> Player | None:
        """AdminGetUser, cached for some minutes."""
        return await self._accounts.find(username)

    async def update(self, player: Player) -> Player:
        """AdminUpdateUserAttributes; the pool requires an e-mail address and a phone number."""
        # Another process may have changed it.
        old = (await self._found(player.username)).player
        missing = {
            field: "is required here. To get no messages, set notices to none."
            for field, before, after in (
                ("email", old.email, player.email),
                ("phoneNumber", old.phone, player.phone),
            )
            if before is not None and after is None
        }
        if missing:
            raise BadRequest.of_fields(missing)
        if changes := changed_attributes(old, player):
            await self._change(old.username, changes)
        return (await self._found(old.username)).player

    async def change_password(self, username: str, password: str, new_password: str) -> None:
        """AdminInitiateAuth with the password, then AdminSetUserPassword."""
        # The session that this begins ends with all others.
        await self.sign_in(username, password)
        await self.set_password(username, new_password)

    async def set_password(self, username: str, new_password: str) -> None:
        """AdminSetUserPassword, and the end of all sessions and tokens."""
        user = await self._found(username)
        if user.player.username in await self.closing([user.player.username]):
            raise NoSuchPlayer
        await self.passwords.set(user, prepared(new_password), permanent=True)

    async def players(self) -> Sequence[Player]:
        """ListUsers, all pages."""
        return await self._call(self._accounts.everybody)

    async def add(self, username: str) -> str:
        """AdminCreateUser with a one-time password and no message."""
        attributes = {SMALL_LETTERS: username.casefold(), "phone_number": NOBODYS_PHONE}
        if await self._accounts.look_up(username) is not None:
            raise UserExists
        password = one_time_password()
        await self._standings.begin(await self._admin.create(username, password, attributes))
        return password

    async def reset(self, username: str) -> str:
        """AdminSetUserPassword to a one-time password, and the end of all sessions and tokens."""
        password = one_time_password()
        await self.passwords.set(await self._found(username), password, permanent=False)
        return password

    async def begin_closing(self, username: str) -> Player:
        """Mark the account's record. Once the pool has forgotten it, the record is enough."""
        user = await self._accounts.look_up(username)
        if user is None:
            record = (await self._records.get([username])).get(username)
            if record is None or not record.closing:
                raise NoSuchPlayer
            return Player(username)
        name = user.player.username
        await self._standings.begin(user)
        await self._records.begin_closing(name, user.sub)
        self._standings.forget(name)
        return user.player

    async def closing(self, usernames: Collection[str]) -> Collection[str]:
        """One read of the accounts' records; a look at the pool for those that were deleted."""
        records = await self._records.get(usernames)
        closing = {name for name, record in records.items() if record.closing}
        for name, record in records.items():
            # The name may have been registered again past our backend.
            if not record.sub and await self._accounts.look_up(name) is None:
                closing.add(name)
        return closing

    async def all_closing(self) -> Sequence[str]:
        """One query."""
        return await self._records.all_closing()

    async def delete(self, username: str) -> None:
        """AdminDeleteUser, unless that was done, and then the end of the record."""
        user = await self._accounts.look_up(username)
        if user is not None:
            name = user.player.username
            await self._call(
                partial(self._client.admin_delete_user, UserPoolId=self._pool_id, Username=name)
            )
        elif not (await self._records.get([username])).get(username, _NO_RECORD).closing:
            raise NoSuchPlayer
        await self._records.end(username, utc_now())
        self._accounts.forget(username)
        self._standings.forget(username)

    async def close(self) -> None:
        """Release the connections."""
        self._aws.close()

    async def _signed_in(
        self, username: str, password: str, new_password: str | None
    ) -> tuple[str, Session]:
        """The name as it is registered, and its tokens. Raises: WrongPassword, SignInIncomplete."""
        wrong = WrongPassword()
        for spelling in spellings(password):
            if plausible_password(spelling):
                try:
                    return await self._signed_in_by(username, spelling, new_password)
                except WrongPassword as error:
                    wrong = error
        raise wrong

    async def _signed_in_by(
        self, username: str, password: str, new_password: str | None
    ) -> tuple[str, Session]:
        try:
            return username, await self._door.session(username, password, new_password)
        except WrongPassword:
            player = await self._accounts.find(username, at_door=True)
            if player is None or player.username == username:
                raise
        name = player.username
        return name, await self._door.session(name, password, new_password)

    async def _admit(self, username: str, session: Session) -> int:
        """Check whether the account may come in; for how many seconds its token will not count.

        Raises:
            WrongPassword, SignInIncomplete, AccountClosing.

        """
        proof = unverified_proof(session.id_token)
        user = await self._accounts.look_up(username, at_door=True)
        if user is None or user.sub != proof.sub or username_problem(user.player.username):
            raise WrongPassword
        if user.status == UNCONFIRMED:
            # Cognito does not get as far as this; some engines sign such an account in.
            raise SignInIncomplete(UNFINISHED)
        record = await self._standings.begin(user)
        if record.closing:
            raise AccountClosing(user.player.username)
        return record.counts_from - proof.since

    async def _may_finish(self, begun: PoolUser, password: str) -> bool:
        """Whether this registration was interrupted, and whether its owner is here again."""
        username = begun.player.username
        if begun.status != UNCONFIRMED or username_problem(username):
            return False
        return await self._door.has_password(username, password)

    async def _sign_up(self, username: str, password: str, attributes: Mapping[str, str]) -> str:
        call = partial(
            self._client.sign_up,
            ClientId=self._client_id,
            Username=username,
            Password=password,
            UserAttributes=_listed(attributes),
        )
        return (await self._call(call, at_door=True))["UserSub"]

    async def _change(
        self, username: str, attributes: Mapping[str, str], *, at_door: bool = False
    ) -> None:
        call = partial(
            self._client.admin_update_user_attributes,
            UserPoolId=self._pool_id,
            Username=username,
            UserAttributes=_listed(attributes),
        )
        await self._call(call, at_door=at_door)
        self._accounts.forget(username)

    async def _found(self, username: str) -> PoolUser:
        user = await self._accounts.look_up(username)
        if user is None:
            raise NoSuchPlayer
        return user

    async def _call(self, call: Callable[[], T], *, at_door: bool = False) -> T:
        try:
            return await (self._aws.call_at_door(call) if at_door else self._aws.call(call))
        except (ClientError, BotoCoreError) as error:
            raise error_of(error) from error


def _listed(attributes: Mapping[str, str]) -> list[AttributeTypeTypeDef]:
    return [{"Name": name, "Value": value} for name, value in attributes.items()]
