"""Who plays here: sign-in, registration and sign-out, with the vault that keeps the session.

A keyring can be absent, locked, full, or not answer at all. None of that is an error of playing:
the session then lives in memory, and `note` says so once.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Literal, TypeAlias, TypeVar

from backend.domain.errors import NotSignedIn, TooManyRequests, Unavailable, UserExists
from nim_tui.client.client import NimClient
from nim_tui.client.errors import CannotOpen, Unreachable
from nim_tui.tokens import KeyringVault, MemoryVault, Vault, VaultProblem

Resumed: TypeAlias = Literal["signed_in", "choose", "signed_out"]
Value = TypeVar("Value")

# Unlocking at the start may ask the person for a password; saving should not keep them waiting.
LOAD_SECONDS = 20.0
SAVE_SECONDS = 4.0


class PlayerSession:
    """The session of one client, kept in a vault.

    Attributes:
        names: who has a session in this place, after `resume`; the latest sign-in first.
        note: one calm line, when the keyring has failed; take it with `take_note`.

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
        self._load_seconds = load_seconds
        self._save_seconds = save_seconds
        self._tasks: set[asyncio.Task[None]] = set()
        # A registration whose answer got lost: "taken" may then mean "taken by you".
        self._unsure: str | None = None
        client.link.renewed = self._renewed
        client.link.kept = self._load

    async def resume(self, user: str | None = None) -> Resumed:
        """Go on with a kept session: of `user`, or the only one there is.

        While the backend cannot be reached, the session is taken as good: the screens then say
        that they are offline, and the first answer decides.

        Returns:
            `choose` where several have a session here (`names`) and nobody was named.

        Raises:
            CannotOpen: the place's database or settings cannot be used.

        """
        opening = asyncio.create_task(self.client.open())
        self.names = await self._kept(lambda vault: vault.names(self.client.place), []) or []
        if user is None and len(self.names) > 1:
            await _opened(opening)
            return "choose"
        user = user or (self.names[0] if self.names else None)
        token = None if user is None else await self._load(user)
        await _opened(opening)
        if user is None or token is None:
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
        self, username: str, password: str, email: str, phone: str | None = None
    ) -> None:
        """Make an account and sign in. Raises: as `NimClient.register` and `sign_in`."""
        unsure, self._unsure = self._unsure == username, None
        try:
            await self.client.register(username, password, email, phone)
        except Unreachable:
            self._unsure = username
            raise
        except UserExists:
            if not unsure:
                raise
        await self.sign_in(username, password)

    async def sign_out(self) -> None:
        """End the session here and at the backend; never an error."""
        username = self.client.username
        if username is not None:
            await self._delete(username)
        await self.client.sign_out()

    def take_note(self) -> str | None:
        """The line about the keyring, for the first who asks."""
        note, self.note = self.note, None
        return note

    def _notify_signed_in(self) -> None:
        if self.client.signed_in is not None:
            self._in_background(asyncio.to_thread(self.client.signed_in))

    def _renewed(self, _token: str) -> None:
        """Keep the token that replaces the former one, without holding up the request."""
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
        return await self._kept(lambda vault: vault.load(self.client.place, username), None)

    async def _delete(self, username: str) -> None:
        place = self.client.place
        await self._use(lambda vault: vault.delete(place, username), self._save_seconds)

    async def _kept(self, call: Callable[[Vault], Value], nothing: Value) -> Value:
        found = await self._use(call, self._load_seconds)
        return nothing if found is None else found

    async def _use(self, call: Callable[[Vault], Value], seconds: float) -> Value | None:
        """What `call` answers for the vault; when that fails, for one in memory from then on."""
        vault = self._vault
        try:
            return await in_thread(partial(_attempt, call, vault), seconds)
        except VaultProblem as problem:
            why = str(problem)
        except TimeoutError:
            why = "it does not answer"
        if self._vault is vault:
            self._vault = MemoryVault()
            self.note = (
                f"The keyring of this computer cannot be used: {why}. "
                "Signing in lasts until you leave."
            )
        return call(self._vault)


def _attempt(call: Callable[[Vault], Value], vault: Vault) -> Value:
    """Call code of others: whatever it raises, even SystemExit, is a keyring that does not work."""
    try:
        return call(vault)
    except VaultProblem:
        raise
    except BaseException as error:
        raise VaultProblem("it does not work") from error


async def _opened(opening: asyncio.Task[None]) -> None:
    """Wait until the place is open; one that cannot be reached now is no matter yet."""
    try:
        await opening
    except CannotOpen:
        raise
    except (Unreachable, Unavailable):
        return


async def in_thread(call: Callable[[], Value], seconds: float) -> Value:
    """What `call` returns, from a thread that never keeps the process from ending.

    Raises:
        TimeoutError: it has not returned in time; it goes on in its thread, unheard.

    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Value] = loop.create_future()

    def settle(set_it: Callable[[], None]) -> None:
        if not done.done():
            set_it()

    def work() -> None:
        try:
            value = call()
        except Exception as error:  # noqa: BLE001 (handed on to whoever waits)
            _tell(loop, partial(settle, partial(done.set_exception, error)))
        else:
            _tell(loop, partial(settle, partial(done.set_result, value)))

    threading.Thread(target=work, name="nim-vault", daemon=True).start()
    async with asyncio.timeout(seconds):
        return await done


def _tell(loop: asyncio.AbstractEventLoop, what: Callable[[], None]) -> None:
    try:
        loop.call_soon_threadsafe(what)
    except RuntimeError:
        return  # the loop has ended: nobody waits any more
