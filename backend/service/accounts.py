"""The use cases of the accounts themselves: registering, contacts, and confirming numbers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TypeAlias

from backend.domain.credentials import check_registration, phone_problem
from backend.domain.errors import (
    BadRequest,
    NoSuchPlayer,
    RegistrationClosed,
    TooManyRequests,
    WrongCode,
)
from backend.domain.people import Player, Profile, Registration
from backend.service.commands import KEEP, ProfileEdit, SignUp
from backend.service.confirmations import Confirmations
from backend.service.newcomers import Newcomers
from backend.service.ports import AccountClosing, Identity

Register: TypeAlias = Callable[[Registration], Awaitable[Player]]


class Accounts:
    """The accounts of one backend; a token has proved the usernames that it is given."""

    def __init__(
        self,
        people: Identity,
        *,
        confirmations: Confirmations | None,
        registration_open: bool,
        newcomers: Newcomers | None = None,
    ) -> None:
        self._people = people
        self._confirmations = confirmations
        self._registration_open = registration_open
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
        if self._confirmations is None or checked.phone is None:
            return await register(checked)
        # What is known may be a minute old, or a registration that was interrupted: only `register`
        # knows whether the name is taken, and nobody's number may be marked before that.
        known = await self._people.find(checked.username) is not None
        if not known:
            await self._confirmations.before_registration(checked.username, checked.phone)
        player = await register(checked)
        if known:
            await self._confirmations.before_registration(player.username, checked.phone)
        with suppress(TooManyRequests):  # the account is there: it can ask for a code later
            await self._confirmations.count_code(player.username, checked.phone)
            await self._confirmations.send_code(player.username, checked.phone)
        return player

    async def profile(self, user: str) -> Player:
        """The caller's own account. Raises: NoSuchPlayer."""
        player = await self._people.find(user)
        if player is None:
            raise NoSuchPlayer("This account no longer exists. Register again.")
        return player

    async def with_contacts(self, player: Player) -> Profile:
        """An account, and what is known of the way to its owner."""
        if self._confirmations is None:
            return Profile(player, phone_confirmed=player.phone is not None)
        return await self._confirmations.profile(player)

    async def check_password(self, user: str, password: str) -> None:
        """Check the caller's own password once more. Raises: WrongPassword, SignInIncomplete.

        An account whose deletion has begun is NoSuchPlayer here: only a sign-in finishes that.
        """
        try:
            session = await self._people.sign_in(user, password)
        except AccountClosing as closing:
            raise NoSuchPlayer from closing
        await self._people.revoke(session.refresh_token)

    async def change_profile(self, user: str, edit: ProfileEdit) -> Player:
        """Change the caller's own phone number or notices.

        If numbers are confirmed here, another number is sent a code; the same one again, too, as
        long as it is not confirmed.

        Raises:
            BadRequest, NoSuchPlayer, TooManyRequests.

        """
        player = await self.profile(user)
        phone = player.phone if edit.phone is KEEP else edit.phone
        if isinstance(edit.phone, str) and (problem := phone_problem(edit.phone)):
            raise BadRequest.of_fields({"phoneNumber": problem})
        code_to = None
        if isinstance(edit.phone, str) and self._confirmations is not None:
            code_to = await self._confirmations.before_number(player, edit.phone)
        changed = await self._people.update(
            player.username,
            phone=phone,
            notices=player.notices if edit.notices is KEEP else edit.notices,
        )
        if code_to is not None and self._confirmations is not None:
            await self._confirmations.send_code(player.username, code_to)
        return changed

    async def confirm_phone(self, user: str, code: str) -> Player:
        """Confirm the caller's number with the code that was texted to it. Raises: WrongCode."""
        player = await self.profile(user)
        if self._confirmations is None:
            raise WrongCode
        await self._confirmations.confirm(player, code)
        return player

    async def forget_invitation(self, username: str) -> None:
        """A deleted account: whoever has the name next may not have been invited."""
        if self._newcomers is not None:
            await self._newcomers.forget(username)

    async def close(self) -> None:
        """Release what sends the codes."""
        if self._confirmations is not None:
            await self._confirmations.close()
