"""People with accounts in the SQLite file: the port `Identity` for one machine.

- A wrong password and an unknown name get the same answer after the same work.
- Names are unique without regard to case; tokens and games carry the spelling of the registration.
- An ID token counts as long as its account has the password that it was made under. `verify` looks
  that up at most every LOOK_AGAIN for each name: for so long may another process's deletion or
  reset go unnoticed here. Signing out ends refresh tokens; ID tokens then run out by themselves.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from sqlite3 import Connection

from backend.adapters.sqlite import account_rows, refresh_tokens
from backend.adapters.sqlite.account_rows import Account
from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.id_tokens import LIFE, Proof, read_token, write_token
from backend.adapters.sqlite.password_hashing import Cost, Passwords
from backend.domain.clock import utc_now
from backend.domain.credentials import one_time_password, password_problem, username_problem
from backend.domain.errors import (
    BadRequest,
    NoSuchPlayer,
    NotSignedIn,
    SignInIncomplete,
    UserExists,
    WrongPassword,
)
from backend.domain.people import NoticesBy, Player, Registration, Session

ONE_TIME_LIFE = timedelta(days=7)
LOOK_AGAIN = timedelta(seconds=2)

_MOST_REMEMBERED = 10_000


class SqliteIdentity:
    """Accounts beside the games in one SQLite file.

    The database is used and not owned: whoever opened it closes it. Tests pass a smaller `cost`,
    because every sign-in pays it.
    """

    phone_required = False

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
        self._seen: dict[str, tuple[Proof | None, datetime]] = {}

    async def register(self, form: Registration) -> Player:
        """A new account. Raises: UserExists, BadRequest."""
        player = Player(form.username, email=form.email, phone=form.phone)
        await self._add(player, form.password, one_time_until=None)
        return player

    async def sign_in(
        self, username: str, password: str, new_password: str | None = None
    ) -> Session:
        """Sign in; `new_password` replaces a one-time password.

        Raises:
            WrongPassword: also for an unknown name, after the same work.
            SignInIncomplete: the password is a one-time password, expired or not yet replaced.
            BadRequest: the new password breaks the rules, or none is due.

        """
        account = await self._account(username)
        kept = account.password_hash if account else None
        if not await self.passwords.matches(password, kept) or account is None:
            raise WrongPassword
        if account.one_time_until is not None:
            chosen = self._chosen(account.one_time_until, password, new_password)
            return await self._begin(account, await self.passwords.hash(chosen))
        if new_password is not None:
            raise BadRequest.of_fields(
                {"newPassword": "only replaces a one-time password. Leave it out."}
            )
        return await self._begin(account, account.password_hash)

    async def refresh(self, refresh_token: str) -> Session:
        """A new session for a refresh token, which lives on until the new one is first used.

        Raises:
            NotSignedIn: the token is unknown, used up, revoked, or was not used for 30 days.

        """
        now = self._now()

        def work(connection: Connection) -> tuple[Account, str] | None:
            followed = refresh_tokens.follow(connection, refresh_token, now)
            account = followed and account_rows.find(connection, followed.username)
            return (account, followed.token) if followed and account else None

        if (found := await self._database.run(work)) is None:
            raise NotSignedIn
        return await self._session(*found)

    async def revoke(self, refresh_token: str) -> None:
        """End the sign-in that a refresh token belongs to; an unknown one is no error."""
        await self._database.run(lambda connection: refresh_tokens.end(connection, refresh_token))

    async def verify(self, id_token: str) -> str:
        """The username that an ID token proves. Raises: NotSignedIn, Unavailable."""
        proof = read_token(id_token, await self._secret_of_file())
        now = self._now()
        seen, looked = self._seen.get(proof.username, (None, None))
        if seen != proof or looked is None or not timedelta(0) <= now - looked < LOOK_AGAIN:
            account = await self._account(proof.username)
            seen = account.proof if account else None
            if len(self._seen) >= _MOST_REMEMBERED:
                self._seen.clear()
            self._seen[proof.username] = (seen, now)
        if seen != proof:
            raise NotSignedIn
        return proof.username

    async def find(self, username: str) -> Player | None:
        """The account of this name without regard to case; None when nobody has it."""
        account = await self._account(username)
        return account.player if account else None

    async def update(self, username: str, *, phone: str | None, notices: NoticesBy) -> Player:
        """Change the own phone number and whether notices go to it. Raises: NoSuchPlayer."""

        def work(connection: Connection) -> Account | None:
            account_rows.set_contact(connection, username, phone, notices)
            return account_rows.find(connection, username)

        return (await self._of_somebody(work)).player

    async def players(self) -> Sequence[Player]:
        """All accounts, by name."""
        return await self._database.read(account_rows.everybody)

    async def add(self, username: str) -> str:
        """A new account made by an administrator; its one-time password, good for 7 days.

        Raises:
            UserExists: the name is taken, in this spelling or another.
            BadRequest: it is no name.

        """
        password = one_time_password()
        until = self._now() + ONE_TIME_LIFE
        await self._add(Player(username), password, one_time_until=until)
        return password

    async def reset(self, username: str) -> str:
        """A new one-time password, good for 7 days; ends the sessions. Raises: NoSuchPlayer."""
        password = one_time_password()
        password_hash = await self.passwords.hash(password)
        until = self._now() + ONE_TIME_LIFE

        def work(connection: Connection) -> Account | None:
            if (account := account_rows.find(connection, username)) is not None:
                account_rows.set_password(connection, username, password_hash, until)
                refresh_tokens.end_all(connection, account.username)
            return account

        self._seen.pop((await self._of_somebody(work)).username, None)
        return password

    async def delete(self, username: str) -> None:
        """Remove an account and its sessions. Raises: NoSuchPlayer."""

        def work(connection: Connection) -> Account | None:
            if (account := account_rows.find(connection, username)) is not None:
                account_rows.remove(connection, username)
                refresh_tokens.end_all(connection, account.username)
            return account

        self._seen.pop((await self._of_somebody(work)).username, None)

    async def close(self) -> None:
        """Let go of the threads; the database is closed by whoever opened it."""
        self.passwords.close()

    async def _add(self, player: Player, password: str, *, one_time_until: datetime | None) -> None:
        if problem := username_problem(player.username):
            raise BadRequest.of_fields({"username": problem})
        # Spares the slow part; of two at once the insertion refuses the second.
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
        """The password that replaces a one-time password, when it may."""
        if self._now() > until:
            raise SignInIncomplete(
                "This one-time password has expired. Ask whoever runs the backend for a new one."
            )
        if new_password is None:
            raise SignInIncomplete(
                "This is a one-time password. Sign in once more with a new password of your own."
            )
        problem = password_problem(new_password)
        if new_password == password:
            problem = "is the one-time password. Choose another one."
        if problem:
            raise BadRequest.of_fields({"newPassword": problem})
        return new_password

    async def _begin(self, seen: Account, password_hash: str) -> Session:
        """A session, with this password, if the account still has the one that was verified."""
        now = self._now()
        account = replace(seen, password_hash=password_hash, one_time_until=None)

        def work(connection: Connection) -> str | None:
            current = account_rows.find(connection, account.username)
            if current is None or current.proof != seen.proof:
                return None
            if account != seen:
                account_rows.set_password(connection, account.username, password_hash, None)
            return refresh_tokens.begin(connection, account.username, now)

        if (token := await self._database.run(work)) is None:
            raise WrongPassword
        return await self._session(account, token)

    async def _session(self, account: Account, refresh_token: str) -> Session:
        secret = await self._secret_of_file()
        id_token = write_token(account.proof, account.player, secret, self._now())
        return Session(id_token, refresh_token, int(LIFE.total_seconds()))

    async def _account(self, username: str) -> Account | None:
        return await self._database.read(lambda connection: account_rows.find(connection, username))

    async def _of_somebody(self, work: Callable[[Connection], Account | None]) -> Account:
        if (account := await self._database.run(work)) is None:
            raise NoSuchPlayer
        return account

    async def _secret_of_file(self) -> bytes:
        if self._secret is None:
            # A first import of 90 ms would hold up a screen that shares this event loop.
            await asyncio.to_thread(importlib.import_module, "jwt")
            self._secret = await self._database.run(account_rows.secret_of_file)
        return self._secret
