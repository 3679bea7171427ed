"""Who plays here: sign-in, registration and sign-out, with the vault that keeps the session.

A keyring can be absent, locked or full, or not respond at all. None of that stops the game: the
session is then kept in memory, and `note` says so once.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Literal, TypeAlias, TypeVar

from backend.domain.errors import NotSignedIn, TooManyRequests, Unavailable, UserExists
from nim_tui.client.client import NimClient
from nim_tui.client.errors import CannotOpen, Unreachable
from nim_tui.tokens import DOES_NOT_WORK, KeyringVault, MemoryVault, Vault, VaultProblem

ResumeOutcome: TypeAlias = Literal["signed_in", "choose", "signed_out"]
Value = TypeVar("Value")

# At the start the system may ask for the password that unlocks the keyring; saving must be quick.
LOAD_SECONDS = 20.0
SAVE_SECONDS = 4.0


class PlayerSession:
    """The session of one client, kept in a vault.

    Attributes:
        names: who has a session in this place, after `resume`; the latest sign-in first.
        note: a sentence for people after the keyring has failed; fetch it with `take_note`.

    """

    def __init__(
        self,
        client: NimClient,
        vault: Vault | None = None,
        *,
        load_seconds: float = LOAD_SECONDS,
        save_seconds: float = SAVE_SECONDS,
    ) -> None:
        self.client = client
        self.names: list[str] = []
        self.note: str | None = None
        self._vault: Vault = vault or KeyringVault()
        # After a failure `_vault` is another one, but what was stored is still in this.
        self._first_vault = self._vault
        self._load_seconds = load_seconds
        self._save_seconds = save_seconds
        self._tasks: set[asyncio.Task[None]] = set()
        # The name of a registration whose response was lost: "taken" may then mean "by you".
        self._unconfirmed: str | None = None
        client.connection.on_renewed = self._renewed
        client.connection.stored_token = self._load

    async def resume(self, user: str | None = None) -> ResumeOutcome:
        """Continue a stored session: that of `user`, or else the only one.

        While the backend cannot be reached, the session counts as good: the screens say that they
        are offline, and the first response decides.

        Returns:
            `choose` where several players have a session here (`names`) and `user` is None.

        Raises:
            CannotOpen: the place's database or settings cannot be used.

        """
        await self.load_names()
        if user is None and not self.names:
            # Nothing is sent before somebody signs in, and what sends takes 10 MB.
            await _opened(self.client.check())
            return "signed_out"
        opening = asyncio.create_task(self.client.open())
        if user is None and len(self.names) > 1:
            await _opened(opening)
            return "choose"
        user = user or self.names[0]
        token = await self._load(user)
        await _opened(opening)
        if token is None:
            return "signed_out"
        try:
            await self.client.resume(token, user)
        except CannotOpen:
            raise
        except NotSignedIn:
            await self._delete(user)
            self.names = [name for name in self.names if name != user]
            return "signed_out"
        except (Unreachable, Unavailable, TooManyRequests):
            return "signed_in"
        self._notify_signed_in()
        return "signed_in"

    async def sign_in(self, username: str, password: str, new_password: str | None = None) -> None:
        """Sign in and keep the session. Raises: as `NimClient.sign_in`."""
        await self.client.sign_in(username, password, new_password)
        await self._save()
        self._notify_signed_in()

    async def register(
        self,
        username: str,
        password: str,
        email: str | None = None,
        phone: str | None = None,
        invitation: str | None = None,
    ) -> None:
        """Make an account and sign in. Raises: as `NimClient.register` and `sign_in`."""
        maybe_ours, self._unconfirmed = self._unconfirmed == username, None
        try:
            await self.client.register(username, password, email, phone, invitation)
        except Unreachable:
            self._unconfirmed = username
            raise
        except UserExists:
            if not maybe_ours:
                raise
        await self.sign_in(username, password)

    async def delete(self, password: str) -> None:
        """Delete the account and its stored session. Raises: WrongPassword, …"""
        username = self.client.username
        await self.client.account.delete(password)
        if username is not None:
            await self._delete(username)

    async def forgot_password(self, username: str) -> None:
        """Have a code sent. Raises: RecoveryOff."""
        await self.client.account.forgot_password(username)

    async def reset_password(self, username: str, code: str, new_password: str) -> None:
        """Choose a new password with a code. Raises: WrongCode, BadRequest."""
        await self.client.account.reset_password(username, code, new_password)

    async def contacts_optional(self) -> bool:
        """Whether an account needs neither e-mail nor phone here. Raises: NimError."""
        return await self.client.account.contacts_optional()

    async def sign_out(self) -> None:
        """End the session here and at the backend; never an error."""
        username = self.client.username
        if username is not None:
            await self._delete(username)
        await self.client.sign_out()

    async def load_names(self) -> None:
        """Look into the vault for who has a session in this place."""
        self.names = await self._read(lambda vault: vault.names(self.client.place), []) or []

    def match(self, wanted: str | None) -> str | None:
        """Whose session is meant: `wanted` without regard to case, or the latest; None: nobody's.

        Only after `load_names` or `resume`.
        """
        if wanted is None:
            return self.names[0] if self.names else None
        same = (name for name in self.names if name.casefold() == wanted.casefold())
        return next(same, None)

    async def forget(self, wanted: str | None) -> str | None:
        """End a stored session without continuing it first.

        Returns:
            Whose it was; None where there is none.

        """
        await self.load_names()
        username = self.match(wanted)
        if username is None:
            return None
        token = await self._load(username)
        await self._delete(username)
        if token is not None:
            await self.client.connection.revoke(token)
        return username

    def take_note(self) -> str | None:
        """The sentence about the keyring; later calls return None."""
        note, self.note = self.note, None
        return note

    async def settle(self) -> None:
        """Wait until what goes on in the background, such as storing a new token, is done."""
        await asyncio.gather(*self._tasks)

    def _notify_signed_in(self) -> None:
        if self.client.signed_in is not None:
            self._in_background(asyncio.to_thread(self.client.signed_in))

    def _renewed(self) -> None:
        """Store the new refresh token, without delaying the request that renewed it."""
        self._in_background(self._save())

    def _in_background(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _save(self) -> None:
        place, name, token = self.client.place, self.client.username, self.client.refresh_token
        if name is None or token is None:
            return
        await self._use(lambda vault: vault.save(place, name, token), self._save_seconds)

    async def _load(self, username: str) -> str | None:
        return await self._read(lambda vault: vault.load(self.client.place, username), None)

    async def _delete(self, username: str) -> None:
        place = self.client.place
        await self._use(lambda vault: vault.delete(place, username), self._save_seconds)
        if self._vault is not self._first_vault:
            await self._delete_stored(place, username)

    async def _delete_stored(self, place: str, username: str) -> None:
        """Delete from the vault that has failed: it may work again, and hold a good token."""
        delete = partial(_attempt, lambda vault: vault.delete(place, username), self._first_vault)
        try:
            await in_thread(delete, self._save_seconds)
        except (VaultProblem, TimeoutError):
            return  # `note` has told of it; the backend ends the session all the same

    async def _read(self, call: Callable[[Vault], Value], default: Value) -> Value:
        found = await self._use(call, self._load_seconds)
        return default if found is None else found

    async def _use(self, call: Callable[[Vault], Value], seconds: float) -> Value | None:
        """The result of `call` on the vault; if that fails, on one in memory from then on."""
        vault = self._vault
        try:
            return await in_thread(partial(_attempt, call, vault), seconds)
        except VaultProblem as problem:
            reason = str(problem)
        except TimeoutError:
            reason = "The system keyring does not respond."
        if self._vault is vault:
            self._vault = MemoryVault()
            self.note = f"{reason} You'll be signed out when you quit."
        return call(self._vault)


def _attempt(call: Callable[[Vault], Value], vault: Vault) -> Value:
    """Call code of others: whatever it raises, even SystemExit, is a keyring that does not work."""
    try:
        return call(vault)
    except VaultProblem:
        raise
    except BaseException as error:
        raise VaultProblem(DOES_NOT_WORK) from error


async def _opened(opening: Awaitable[None]) -> None:
    """Wait until the place is open; that it cannot be reached yet is not an error."""
    try:
        await opening
    except CannotOpen:
        raise
    except (Unreachable, Unavailable):
        return


async def in_thread(call: Callable[[], Value], seconds: float) -> Value:
    """The result of `call`, run in a thread that does not keep the process alive.

    Raises:
        TimeoutError: it has not returned in time; its thread goes on, its result is dropped.

    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Value] = loop.create_future()

    def settle(set_outcome: Callable[[], None]) -> None:
        if not done.done():
            set_outcome()

    def work() -> None:
        try:
            value = call()
        except Exception as error:  # noqa: BLE001 (passed on to the caller)
            _call_in_loop(loop, partial(settle, partial(done.set_exception, error)))
        else:
            _call_in_loop(loop, partial(settle, partial(done.set_result, value)))

    threading.Thread(target=work, name="nim-vault", daemon=True).start()
    async with asyncio.timeout(seconds):
        return await done


def _call_in_loop(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    try:
        loop.call_soon_threadsafe(call)
    except RuntimeError:
        return  # the loop has ended: nobody is waiting any more
