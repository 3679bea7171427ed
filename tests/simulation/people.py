"""People and their accounts: coming in, another password, leaving for good, and coming back.

Who has deleted their account registers again, often under the same name, with another number: the
name's next account must inherit nothing. Where registration is closed they need an invitation.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from backend.domain.errors import (
    NoSuchInvitation,
    NotSignedIn,
    RegistrationClosed,
    SignInIncomplete,
    Unavailable,
    UserExists,
    WrongPassword,
)
from nim_tui.client import NimClient
from nim_tui.client.errors import Unreachable
from tests.simulation.history import History
from tests.simulation.surroundings import WallClock

PASSWORD = "Correct-horse-9"
_MOST_LIVES = 3
# A second copy of the registration may come so late, and make the account again.
_FIRST_SECONDS = 6.0


@dataclass
class Life:
    """One account of a person.

    Attributes:
        password: that of its registration; a request of another account's does not fit it.
        begun: when it was registered, in the run's own time.
        asked: the place of the first request to delete it in the order of all events, and when.
        over: when its owner knew that it was deleted: the time of day, and the run's own time.

    """

    name: str
    phone: str
    password: str = PASSWORD
    begun: float = 0.0
    asked: tuple[int, float] | None = None
    over: tuple[float, float] | None = None


@dataclass
class Account:
    """A person: what they type, what their vault holds, whether somebody ended their session.

    Attributes:
        key: who it is, whatever their account is called.
        passwords: the one that is probably right first, then those that a change without an answer
            may have left.
        changing: how many changes of the password may be under way, which end every session.
        code: the invitation that let them in.
        is_founder: whether they have an account from the beginning, also where nobody registers.

    """

    key: str
    life: Life
    past: list[Life] = field(default_factory=list)
    passwords: list[str] = field(default_factory=lambda: [PASSWORD])
    one_time: str | None = None
    vault: str | None = None
    ended: bool = False
    changing: int = 0
    registered: bool = False
    entered: bool = False
    code: str | None = None
    is_founder: bool = False

    @property
    def name(self) -> str:
        return self.life.name

    @property
    def leaving(self) -> bool:
        """Whether they have asked for the deletion, and do not know what came of it."""
        return self.life.asked is not None

    @property
    def lives(self) -> list[Life]:
        return [*self.past, self.life]


@dataclass(frozen=True)
class NewPassword:
    """A change of password: its owner asked at `asked`, and knew at `done`; `old` opens nothing."""

    name: str
    asked: float
    done: float
    old: str | None = None


class Place(Protocol):
    """What people know of where they play; `world.World`."""

    clock: WallClock
    users: dict[str, Account]
    known: dict[str, None]
    codes: dict[str, None]
    complaints: list[str]
    changes: list[NewPassword]
    to_reset: dict[str, None]
    restless: bool
    closed: bool


class Doings:
    """What one player does about the account, at one of its terminals."""

    def __init__(
        self, name: str, account: Account, place: Place, history: History, dice: random.Random
    ) -> None:
        self._name = name
        self._account = account
        self._place = place
        self._history = history
        self._dice = dice
        self._refused: dict[str, None] = {}
        self._session_of: Life | None = None

    def instead_of(self, action: str) -> str:
        """Now and then, in some runs, a new password or a deletion; who has begun it goes on."""
        if self._account.leaving:
            return "leave"
        if self._place.closed and self._dice.random() < 0.1:
            return "invite"
        if not self._place.restless or self._dice.random() > 0.1:
            return action
        lived = asyncio.get_running_loop().time() - self._account.life.begun
        may_leave = len(self._account.lives) < _MOST_LIVES and lived > _FIRST_SECONDS
        if may_leave and self._dice.random() < 0.7:
            # Where registration is closed somebody must stay whose invitations count.
            return action if self._place.closed and self._account.is_founder else "leave"
        return "new password"

    async def enter(self, client: NimClient) -> None:
        """Sign in: with what the vault holds, or by typing; register where there is no account."""
        account, life = self._account, self._account.life
        self._session_of = life
        if account.vault is not None:
            try:
                await client.resume(account.vault, account.name)
            except NotSignedIn:
                self.was_signed_out()
            else:
                return
        if not account.registered:
            await self._register(client)
        await self._type_password(client)
        if account.life is not life:
            return  # another terminal of theirs was faster
        account.vault, account.ended, account.entered = client.refresh_token, False, True
        if account.code is not None:
            with suppress(NoSuchInvitation):
                game = await client.invitations.accept(account.code)
                self._place.known[game.game_id] = None

    def was_signed_out(self) -> None:
        """The backend has refused the session."""
        account = self._account
        if self._session_of is not account.life:
            return
        if not account.ended and not account.changing:
            self._place.complaints.append(
                f"{self._name} was signed out though nobody ended the session"
            )
        account.vault = None

    async def act(self, action: str, client: NimClient) -> None:
        if action == "leave":
            await self._leave(client)
        else:
            await self._change_password(client)

    async def _register(self, client: NimClient) -> None:
        account, life = self._account, self._account.life
        if self._place.closed:
            account.code = account.code or self._some_code()
            if account.code is None:
                raise RegistrationClosed
        mail = f"{life.name}@example.com"
        try:
            with suppress(UserExists):  # an earlier try whose answer was lost
                await client.register(life.name, life.password, mail, life.phone, account.code)
        except RegistrationClosed:
            if account.code is not None:
                self._refused[account.code] = None
            account.code = None
            raise
        account.registered = account.life is life
        life.begun = asyncio.get_running_loop().time()

    def _some_code(self) -> str | None:
        codes = [code for code in self._place.codes if code not in self._refused]
        if not codes:
            return None
        return codes[-1] if self._dice.random() < 0.7 else self._dice.choice(codes[-3:])

    async def _type_password(self, client: NimClient) -> None:
        account, life = self._account, self._account.life
        for password in list(account.passwords):
            with suppress(WrongPassword, SignInIncomplete):
                await client.sign_in(life.name, password)
                self._is_right(life, password)
                return
        if account.one_time is not None:
            chosen = f"{PASSWORD}{self._dice.randrange(10**6)}"
            account.passwords.insert(0, chosen)
            with suppress(WrongPassword):
                await client.sign_in(life.name, account.one_time, chosen)
                return
        if account.key in self._place.to_reset or account.life is not life:
            raise WrongPassword  # what to type is not known yet
        if account.leaving:
            self._gone(life)
        elif not account.entered:
            account.registered = False  # the name was not free yet: its deletion is finished now
        raise WrongPassword

    def _is_right(self, life: Life, password: str) -> None:
        if self._account.life is life:
            self._account.passwords.remove(password)
            self._account.passwords.insert(0, password)

    async def _change_password(self, client: NimClient) -> None:
        """Choose another one; which of the two counts is not known until an answer comes."""
        account, life = self._account, self._account.life
        old, new = account.passwords[0], f"{PASSWORD}{self._dice.randrange(10**6)}"
        account.passwords.insert(1, new)
        account.changing, asked = account.changing + 1, self._place.clock.seconds()
        try:
            await client.account.change_password(old, new)
        except WrongPassword:
            account.changing -= 1
            return
        # Another terminal may not have noticed yet.
        account.changing, account.ended = account.changing - 1, True
        if account.life is not life:
            return
        self._is_right(life, new)
        self._place.changes.append(NewPassword(life.name, asked, self._place.clock.seconds(), old))

    async def _leave(self, client: NimClient) -> None:
        """Delete the account, again until an answer comes."""
        account, life = self._account, self._account.life
        life.asked = life.asked or (self._history.next(), self._place.clock.seconds())
        account.ended = True
        try:
            await client.account.delete(account.passwords[0])
        except (WrongPassword, SignInIncomplete):
            account.passwords.append(account.passwords.pop(0))
            return
        except (Unreachable, Unavailable):
            return
        if len(account.passwords) == 1:
            self._gone(life)
        elif account.life is life:
            # A client that was told nothing, and then cannot sign in, takes the password for the
            # right one. Whoever is not sure of it finds out by typing the others.
            account.vault = None

    def _gone(self, life: Life) -> None:
        """The account is deleted: begin anew."""
        account = self._account
        if account.life is not life:
            return
        life.over = (self._place.clock.seconds(), asyncio.get_running_loop().time())
        account.past.append(life)
        number = len(account.past)
        name = life.name if self._dice.random() < 0.6 else f"{account.key}{number}"
        phone, password = f"{life.phone[:5]}{number}{life.phone[6:]}", f"{PASSWORD}{number}"
        account.life = Life(name, phone, password)
        account.passwords = [password]
        account.one_time = account.vault = account.code = None
        account.registered = account.entered = False


def names(users: dict[str, Account]) -> list[str]:
    """What the people's accounts are called now."""
    return sorted(account.name for account in users.values())
