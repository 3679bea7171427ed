"""The use cases of the accounts themselves: registering, addresses, passwords."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias

from backend.domain.credentials import (
    check_registration,
    email_problem,
    password_problem,
    phone_problem,
    prepared,
    topic_problem,
)
from backend.domain.errors import (
    BadRequest,
    NimError,
    NoSuchPlayer,
    RecoveryOff,
    RegistrationClosed,
    WrongCode,
    WrongPassword,
)
from backend.domain.people import Player, Profile, Registration
from backend.service.account_ports import Recovery
from backend.service.commands import KEEP, ProfileEdit, SignUp
from backend.service.confirmations import ByCode, Confirmations, contacts_of
from backend.service.newcomers import Newcomers
from backend.service.ports import Identity
from backend.service.recovery import CodeRecovery

log = logging.getLogger(__name__)

GONE = "This account no longer exists. Register again."
_GOING = "This account has been deleted, or is being deleted."

ANSWER_SECONDS = 1.0
"""How long asking for a code takes where nothing may be left to do after the answer."""

Register: TypeAlias = Callable[[Registration], Awaitable[Player]]


class Accounts:
    """The accounts of one backend; a token has proved the usernames that it is given.

    Args:
        recovery: lets people back in; by default by codes, if there are `confirmations`.
        works_on: whether work may go on after an answer, as it may not in a Lambda function.
    """

    def __init__(
        self,
        people: Identity,
        *,
        confirmations: Confirmations | None,
        registration_open: bool,
        newcomers: Newcomers | None = None,
        recovery: Recovery | None = None,
        works_on: bool = True,
    ) -> None:
        self._people = people
        self._confirmations = confirmations
        self._registration_open = registration_open
        if recovery is None and confirmations is not None:
            recovery = CodeRecovery(people, confirmations)
        self._recovery = recovery
        self._works_on = works_on
        self._sending: set[asyncio.Task[None]] = set()
        self._newcomers = newcomers

    @property
    def needs_invitation(self) -> bool:
        """Whether nobody registers but with an invitation."""
        return not self._registration_open and self._newcomers is not None

    async def register(self, form: SignUp) -> Player:
        """Create an account. Raises: RegistrationClosed, BadRequest, UserExists."""
        if not self._registration_open and (self._newcomers is None or form.invitation is None):
            raise RegistrationClosed
        checked = check_registration(
            form.username,
            form.password,
            form.email,
            form.phone,
            contacts_required=self._people.contacts_required,
        )
        if self._registration_open or self._newcomers is None or form.invitation is None:
            return await self._create(checked, self._people.register)
        create = partial(self._create, register=self._people.register_invited)
        return await self._newcomers.register(checked, form.invitation, create)

    async def _create(self, checked: Registration, register: Register) -> Player:
        contacts = contacts_of(checked.email, checked.phone)
        if self._confirmations is None or not contacts:
            return await register(checked)
        # What is known may be a minute old, or a registration that was interrupted: only `register`
        # knows whether the name is taken, and nobody's address may be marked before that.
        known = await self._people.find(checked.username) is not None
        if not known:
            await self._confirmations.before_registration(checked.username, contacts)
        player = await register(checked)
        if known:
            await self._confirmations.before_registration(player.username, contacts)
        await self._confirmations.after_registration(player, contacts)
        return player

    async def profile(self, user: str) -> Player:
        """The caller's own account. Raises: NoSuchPlayer."""
        player = await self._people.find(user)
        if player is None:
            raise NoSuchPlayer(_GOING)
        return player

    async def with_contacts(self, player: Player) -> Profile:
        """An account, and what is known of the way to its owner."""
        if self._confirmations is None:
            return Profile(player, email_confirmed=False, phone_confirmed=player.phone is not None)
        return await self._confirmations.profile(player)

    async def check_password(self, user: str, password: str) -> None:
        """Check the caller's own password once more.

        Raises:
            WrongPassword, SignInIncomplete, AccountClosing.
            NoSuchPlayer: it has been deleted since its token was looked at.

        """
        try:
            session = await self._people.sign_in(user, password)
        except WrongPassword as error:
            if await self._is_gone(user):
                raise NoSuchPlayer(GONE) from error
            raise
        await self._people.revoke(session.refresh_token)

    async def _is_gone(self, user: str) -> bool:
        """Whether there is no such account, not even one that is being deleted."""
        if not await self._people.closing([user]):
            return False
        names = await self._people.all_closing()
        return user.casefold() not in {name.casefold() for name in names}

    async def change_profile(self, user: str, edit: ProfileEdit) -> Player:
        """Change the caller's own addresses or notices.

        Where an address is confirmed by a code, another one is sent a code; the same one again,
        too, as long as it is not confirmed.

        Raises:
            BadRequest, NoSuchPlayer, TooManyRequests.

        """
        _check(edit)
        player = await self.profile(user)
        new = Player(
            player.username,
            email=player.email if edit.email is KEEP else edit.email,
            phone=player.phone if edit.phone is KEEP else edit.phone,
            notices=player.notices if edit.notices is KEEP else edit.notices,
            ntfy_topic=player.ntfy_topic if edit.ntfy_topic is KEEP else edit.ntfy_topic,
        )
        given: dict[ByCode, str] = contacts_of(
            edit.email if isinstance(edit.email, str) else None,
            edit.phone if isinstance(edit.phone, str) else None,
        )
        if self._confirmations is None:
            return await self._people.update(new)
        codes_to = {
            channel: address
            for channel, address in given.items()
            if await self._confirmations.before_change(player, channel, address)
        }
        changed = await self._people.update(new)
        for channel, address in codes_to.items():
            await self._confirmations.send_code(channel, changed.username, address)
        return changed

    async def confirm(self, user: str, channel: ByCode, code: str) -> Player:
        """Confirm the caller's number or address with the code that was sent. Raises: WrongCode."""
        player = await self.profile(user)
        if self._confirmations is None:
            raise WrongCode
        await self._confirmations.confirm(player, channel, code)
        if self._recovery is not None:
            await self._recovery.confirmed(player, channel)
        return player

    async def change_password(self, user: str, password: str, new_password: str) -> None:
        """Replace the caller's password; all sessions end, the caller's too.

        Raises:
            BadRequest: the new password breaks the rules.
            WrongPassword, SignInIncomplete, AccountClosing.

        """
        await self._people.change_password(user, password, _new_password(new_password))

    async def forgot_password(self, username: str) -> None:
        """Send a code to the account's confirmed addresses, beside the answer.

        It takes as long for an unknown name, because it does not wait.

        Raises:
            RecoveryOff: there is nothing to send codes with.

        """
        if self._recovery is None or not self._recovery.on:
            raise RecoveryOff
        task = asyncio.create_task(self._send_code(self._recovery, username))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
        if not self._works_on:
            await asyncio.wait([task, asyncio.create_task(asyncio.sleep(ANSWER_SECONDS))])

    async def reset_password(self, username: str, code: str, new_password: str) -> None:
        """Replace a forgotten password, for a code; all sessions end.

        Raises:
            BadRequest: the new password breaks the rules.
            WrongCode: also for an unknown name.
            RecoveryOff: there is nothing to send codes with.

        """
        new = _new_password(new_password)
        if self._recovery is None or not self._recovery.on:
            raise RecoveryOff
        await self._recovery.reset(username, code, new)

    async def forget(self, player: Player) -> None:
        """Forget what was known of the addresses of an account that is being deleted."""
        if self._confirmations is not None:
            await self._confirmations.forget(player)

    async def forget_invitation(self, username: str) -> None:
        """A deleted account: whoever has the name next may not have been invited."""
        if self._newcomers is not None:
            await self._newcomers.forget(username)

    async def close(self) -> None:
        """Send the codes that are under way, then release what sends them."""
        if self._sending:
            await asyncio.wait(self._sending)
        if self._confirmations is not None:
            await self._confirmations.close()

    async def _send_code(self, recovery: Recovery, username: str) -> None:
        try:
            await recovery.send_code(username)
        except NimError as error:
            log.warning("no code to recover an account: %s", error.message)
        except Exception:
            log.exception("a code to recover an account could not be sent")


def _new_password(password: str) -> str:
    if problem := password_problem(password):
        raise BadRequest.of_fields({"newPassword": problem})
    return prepared(password)


def _check(edit: ProfileEdit) -> None:
    """Raises: BadRequest, which names every invalid field."""
    found = {
        "email": email_problem(edit.email) if isinstance(edit.email, str) else None,
        "phoneNumber": phone_problem(edit.phone) if isinstance(edit.phone, str) else None,
        "ntfyTopic": topic_problem(edit.ntfy_topic) if isinstance(edit.ntfy_topic, str) else None,
    }
    if invalid := {field: problem for field, problem in found.items() if problem}:
        raise BadRequest.of_fields(invalid)
