"""The routes about people: accounts, sessions, the own profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from backend.errors import NimError, NotSignedIn, WrongPassword
from nim_tui.answers import Profile
from nim_tui.link import Link

if TYPE_CHECKING:
    from nim_tui.exchange import Answer


class PeopleRoutes:
    """Half of `nim_tui.client.NimClient`.

    Attributes:
        username: who is signed in, in the spelling of the registration.
        refresh_token: what the vault keeps; None where there is no session to renew.

    """

    def __init__(self, link: Link) -> None:
        self.link = link

    @property
    def username(self) -> str | None:
        return self.link.username

    @property
    def refresh_token(self) -> str | None:
        return self.link.refresh_token

    async def register(
        self, username: str, password: str, email: str, phone: str | None = None
    ) -> None:
        """Make an account; it is not signed in by that. Raises: BadRequest, UserExists, …"""
        body = {"username": username, "password": password, "email": email}
        if phone:
            body["phoneNumber"] = phone
        checked(await self.link.ask("POST", "/users", body))

    async def sign_in(self, username: str, password: str, new_password: str | None = None) -> None:
        """Sign in. Raises: WrongPassword, SignInIncomplete (asks for `new_password`), …"""
        body = {"username": username, "password": password}
        if new_password is not None:
            body["newPassword"] = new_password
        answer = await self.link.ask("POST", "/login", body)
        try:
            checked(answer)
        except NotSignedIn as error:
            raise WrongPassword from error
        self.link.begin(username, answer)

    async def resume(self, refresh_token: str, username: str | None = None) -> None:
        """Go on with a kept session.

        Raises:
            NotSignedIn: it is no longer good.
            Unreachable: not known yet; the session is kept and the next request tries it again.

        """
        self.link.restore(refresh_token, username)
        await self.link.renew()

    async def sign_out(self) -> None:
        """End the session, at the backend too where it can be reached; never an error."""
        token = self.refresh_token
        self.link.forget()
        if token is None:
            return
        try:
            await self.link.ask("POST", "/logout", {"refreshToken": token}, seconds=3)
        except NimError:
            return  # the token dies of age; here it is forgotten already

    async def me(self) -> Profile:
        """The player's own account."""
        answer = checked(await self.link.ask_signed("GET", "/me"))
        from nim_tui import reading

        return reading.profile(answer)

    async def change_me(
        self,
        *,
        phone: str | None = None,
        notices: Literal["sms", "none"] | None = None,
    ) -> Profile:
        """Change the own phone number (`""` removes it) or whether notices go to it."""
        change: dict[str, Any] = {}
        if phone is not None:
            change["phoneNumber"] = phone or None
        if notices is not None:
            change["notices"] = notices
        answer = checked(await self.link.ask_signed("PATCH", "/me", change))
        from nim_tui import reading

        return reading.profile(answer)


def checked(answer: Answer) -> Answer:
    """The answer, when it is no refusal. Raises: NimError."""
    if answer.status in (200, 204, 304):
        return answer
    from nim_tui import reading

    raise reading.refused(answer)
