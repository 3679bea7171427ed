"""Accounts in the SQLite file: the port `Identity` for one machine.

- A wrong password and an unknown name get the same answer after the same work.
- Usernames are unique without regard to case; tokens and games use the registered spelling.
- An ID token is valid as long as its account keeps the password that it was issued under, and is
  not being deleted. `verify` checks that at most every LOOK_AGAIN for each name, so another
  process's deletion or reset may go unnoticed here for that long. Signing out ends refresh tokens;
  ID tokens expire by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from sqlite3 import Connection

from backend.adapters.sqlite import account_rows, refresh_tokens
from backend.adapters.sqlite.account_rows import Account
from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.id_tokens import LIFE, Proof, read_token, write_token
from backend.adapters.sqlite.password_hashing import Cost, Passwords
from backend.domain.clock import utc_now
from backend.domain.credentials import (
    one_time_password,
    password_problem,
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
from backend.service.ports import AccountClosing

ONE_TIME_LIFE = timedelta(days=7)
LOOK_AGAIN = timedelta(seconds=2)
ONE_TIME = "This is a one-time password. Sign in again and choose a new password."

_CHANGING = "That account is changing. Try again in a moment."

_MOST_REMEMBERED = 10_000


class SqliteIdentity:
    """Accounts beside the games in one SQLite file.

    It uses the database but does not close it. Tests pass a smaller `cost`, because every sign-in
    pays it.
    """

    contacts_required = False

    def __init__(
        self,
        database: Database,
        *,
        cost: Cost | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.passwords = Passwords(cost or Cost())
        self._database = database
        self._now = now
        self._secret: bytes | None = None
        self._seen: dict[str, tuple[Account | None, datetime]] = {}

    async def register(self, form: Registration) -> Player:
        """Create an account. Raises: UserExists, BadRequest."""
        player = Player(form.username, email=form.email, phone=form.phone)
        await self._add(player, prepared(form.password), one_time_until=None)
        return player

    async def register_invited(self, form: Registration) -> Player:
        """Create an account: the file itself is never closed. Raises: UserExists, BadRequest."""
        return await self.register(form)

    async def sign_in(
        self, username: str, password: str, new_password: str | None = None
    ) -> Session:
        """Sign in; `new_password` replaces a one-time password.

        Raises:
            WrongPassword: also for an unknown name, after the same work.
            SignInIncomplete: the password is a one-time password, either expired or to be replaced.
            AccountClosing: the account's deletion has begun.
            BadRequest: the new password breaks the rules, or the old one is not for one use.

        """
        account = await self._account_of(username, password)
        if account.one_time_until is not None:
            chosen = self._chosen(account.one_time_until, password, new_password)
            return await self._begin(account, await self.passwords.hash(chosen))
        if new_password is not None:
            raise BadRequest.of_fields(
                {"newPassword": "can only replace a one-time password. Leave it out."}
            )
        return await self._begin(account, account.password_hash)

    async def refresh(self, refresh_token: str) -> Session:
        """A new session for a refresh token, which stays valid until the new one is first used.

        Raises:
            NotSignedIn: the token is unknown, replaced, revoked, or has been unused for 30 days.

        """
        now = self._now()

        def work(connection: Connection) -> tuple[Account, str] | None:
            followed = refresh_tokens.follow(connection, refresh_token, now)
            account = followed and account_rows.find(connection, followed.username)
            return (
                (account, followed.token) if followed and account and not account.closing else None
            )

        if (found := await self._database.run(work)) is None:
            raise NotSignedIn
        return await self.session(*found)

    async def revoke(self, refresh_token: str) -> None:
        """End the sign-in that a refresh token belongs to; unknown tokens are ignored."""
        await self._database.run(lambda connection: refresh_tokens.end(connection, refresh_token))

    async def verify(self, id_token: str) -> str:
        """The username that an ID token proves. Raises: NotSignedIn, Unavailable."""
        proof = read_token(id_token, await self._secret_of_file())
        account = await self._recently(proof.username, proof)
        if account is None or account.proof != proof or account.closing:
            raise NotSignedIn
        return proof.username

    async def owned_from(self, username: str) -> datetime | None:
        """When the account was created; None if there is none."""
        account = await self._recently(username)
        return account.created_at if account else None

    async def find(self, username: str) -> Player | None:
        """The account with this name, in any case; None if there is none, or it is closing."""
        account = await self._account(username)
        return account.player if account and not account.closing else None

    async def update(self, player: Player) -> Player:
        """Change an account's addresses and notices. Raises: NoSuchPlayer."""

        def work(connection: Connection) -> Account | None:
            account_rows.set_contacts(connection, player)
            return account_rows.find(connection, player.username)

        return (await self._changed_account(work)).player

    async def change_password(self, username: str, password: str, new_password: str) -> None:
        """Replace a password that its owner knows. Raises: as `sign_in`."""
        account = await self._account_of(username, password)
        if account.one_time_until is not None:
            raise SignInIncomplete(ONE_TIME)
        await self._set_password(account, await self.passwords.hash(prepared(new_password)))

    async def set_password(self, username: str, new_password: str) -> None:
        """Set a lasting password; end the sessions. Raises: NoSuchPlayer."""
        password_hash = await self.passwords.hash(prepared(new_password))
        account = await self._account(username)
        if account is None or account.closing:
            raise NoSuchPlayer
        try:
            await self._set_password(account, password_hash)
        except WrongPassword as error:  # it has just been changed by somebody who knew it
            raise Unavailable(_CHANGING, retry_after=1.0) from error

    async def players(self) -> Sequence[Player]:
        """All accounts, by name."""
        return await self._database.read(account_rows.everybody)

    async def add(self, username: str) -> str:
        """Create an account for somebody. Returns its one-time password, valid for 7 days.

        Raises:
            UserExists: the name is taken, perhaps in another case.
            BadRequest: the name is invalid.

        """
        password = one_time_password()
        until = self._now() + ONE_TIME_LIFE
        await self._add(Player(username), password, one_time_until=until)
        return password

    async def reset(self, username: str) -> str:
        """Set a one-time password, valid for 7 days; end the sessions. Raises: NoSuchPlayer."""
        password = one_time_password()
        password_hash = await self.passwords.hash(password)
        until = self._now() + ONE_TIME_LIFE

        def work(connection: Connection) -> Account | None:
            if (account := account_rows.find(connection, username)) is not None:
                account_rows.set_password(connection, username, password_hash, until)
                refresh_tokens.end_all(connection, account.username)
            return account

        self._seen.pop((await self._changed_account(work)).username, None)
        return password

    async def begin_closing(self, username: str) -> Player:
        """Mark an account as closing and end its sessions. Raises: NoSuchPlayer."""

        def work(connection: Connection) -> Account | None:
            if (account := account_rows.find(connection, username)) is not None:
                account_rows.set_closing(connection, username)
                refresh_tokens.end_all(connection, account.username)
            return account

        player = (await self._changed_account(work)).player
        self._seen.pop(player.username, None)
        return player

    async def closing(self, usernames: Collection[str]) -> Collection[str]:
        """Which of these accounts are closing or gone."""

        def work(connection: Connection) -> list[str]:
            found = {name: account_rows.find(connection, name) for name in usernames}
            return [name for name, account in found.items() if account is None or account.closing]

        return await self._database.read(work)

    async def all_closing(self) -> Sequence[str]:
        """The accounts that are closing."""
        return await self._database.read(account_rows.all_closing)

    async def delete(self, username: str) -> None:
        """Remove an account and its sessions. Raises: NoSuchPlayer."""

        def work(connection: Connection) -> Account | None:
            if (account := account_rows.find(connection, username)) is not None:
                account_rows.remove(connection, username)
                refresh_tokens.end_all(connection, account.username)
            return account

        self._seen.pop((await self._changed_account(work)).username, None)

    async def close(self) -> None:
        """Release the threads; the database is not closed."""
        self.passwords.close()

    async def _add(self, player: Player, password: str, *, one_time_until: datetime | None) -> None:
        if problem := username_problem(player.username):
            raise BadRequest.of_fields({"username": problem})
        # Saves the slow hashing. Of two at once, the insertion refuses the second.
        if await self._account(player.username) is not None:
            raise UserExists
        account = Account(
            player=player,
            password_hash=await self.passwords.hash(password),
            created_at=self._now(),
            one_time_until=one_time_until,
        )
        await self._database.run(lambda connection: account_rows.insert(connection, account))

    def _chosen(self, until: datetime, password: str, new_password: str | None) -> str:
        """The new password, if it may replace a one-time password."""
        if self._now() > until:
            raise SignInIncomplete(
                "This one-time password has expired. Ask the operator of this backend for another."
            )
        if new_password is None:
            raise SignInIncomplete(ONE_TIME)
        problem = password_problem(new_password)
        if prepared(new_password) == prepared(password):
            problem = "must differ from the one-time password."
        if problem:
            raise BadRequest.of_fields({"newPassword": problem})
        return prepared(new_password)

    async def _account_of(self, username: str, password: str) -> Account:
        """The account with this password. Raises: WrongPassword, AccountClosing."""
        account = await self._account(username)
        kept = account.password_hash if account else None
        if not await self._matches(password, kept) or account is None:
            raise WrongPassword
        if account.closing:
            raise AccountClosing(account.username)
        return account

    async def _set_password(self, seen: Account, password_hash: str) -> None:
        """Set a lasting password and end the sessions, if the account is still as it was seen."""

        def work(connection: Connection) -> bool:
            current = account_rows.find(connection, seen.username)
            if current is None or current.proof != seen.proof or current.closing:
                return False
            account_rows.set_password(connection, seen.username, password_hash, None)
            refresh_tokens.end_all(connection, seen.username)
            return True

        if not await self._database.run(work):
            raise WrongPassword
        self._seen.pop(seen.username, None)

    async def _matches(self, password: str, kept: str | None) -> bool:
        """Whether this is the password; takes as long for an unknown name."""
        for spelling in spellings(password):
            if await self.passwords.matches(spelling, kept):
                return True
        return False

    async def _begin(self, seen: Account, password_hash: str) -> Session:
        """Set the password and begin a session, if the verified password is still the account's."""
        now = self._now()
        account = replace(seen, password_hash=password_hash, one_time_until=None)

        def work(connection: Connection) -> str | None:
            current = account_rows.find(connection, account.username)
            if current is None or current.proof != seen.proof or current.closing:
                return None
            if account != seen:
                account_rows.set_password(connection, account.username, password_hash, None)
            return refresh_tokens.begin(connection, account.username, now)

        if (token := await self._database.run(work)) is None:
            raise WrongPassword
        return await self.session(account, token)

    async def session(self, account: Account, refresh_token: str) -> Session:
        """The tokens of a session that has begun with this refresh token."""
        secret = await self._secret_of_file()
        id_token = write_token(account.proof, account.player, secret, self._now())
        return Session(id_token, refresh_token, int(LIFE.total_seconds()))

    async def _recently(self, username: str, proof: Proof | None = None) -> Account | None:
        """The account as it was at most LOOK_AGAIN ago, or now if that does not fit the proof."""
        now = self._now()
        account, looked = self._seen.get(username, (None, None))
        fits = account is not None and proof in (None, account.proof)
        if fits and looked is not None and timedelta(0) <= now - looked < LOOK_AGAIN:
            return account
        account = await self._account(username)
        if len(self._seen) >= _MOST_REMEMBERED:
            self._seen.clear()
        self._seen[username] = (account, now)
        return account

    async def _account(self, username: str) -> Account | None:
        return await self._database.read(lambda connection: account_rows.find(connection, username))

    async def _changed_account(self, work: Callable[[Connection], Account | None]) -> Account:
        if (account := await self._database.run(work)) is None:
            raise NoSuchPlayer
        return account

    async def _secret_of_file(self) -> bytes:
        if self._secret is None:
            self._secret = await self._database.run(account_rows.secret_of_file)
        return self._secret
