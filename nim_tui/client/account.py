"""The requests about the player's own account, and those of somebody without a password."""

from __future__ import annotations

from typing import Any, Literal

from backend.domain.errors import (
    NimError,
    NoSuchPlayer,
    NotSignedIn,
    Unavailable,
    WrongPassword,
)
from backend.domain.people import NoticesBy
from nim_tui.client.connection import Connection
from nim_tui.client.errors import Unreachable
from nim_tui.client.models import AccountProfile


class AccountRequests:
    """The account of the player who is signed in over a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        # Whose deletion was asked for, without an answer.
        self._unanswered: str | None = None

    async def show(self) -> AccountProfile:
        """The player's own account."""
        return (await self._connection.send_authorized("GET", "/me")).profile()

    async def change(
        self,
        *,
        email: str | None = None,
        phone: str | None = None,
        notices: NoticesBy | None = None,
        ntfy_topic: str | None = None,
        password: str | None = None,
    ) -> AccountProfile:
        """Change the player's addresses (`""` removes one) or by which of them notices go.

        Another e-mail address or phone number needs the password.
        """
        change: dict[str, Any] = {
            field: value or None
            for field, value in (
                ("email", email),
                ("phoneNumber", phone),
                ("ntfyTopic", ntfy_topic),
            )
            if value is not None
        }
        if notices is not None:
            change["notices"] = notices
        if password is not None:
            change["password"] = password
        return (await self._connection.send_authorized("PATCH", "/me", change)).profile()

    async def confirm(self, channel: Literal["email", "sms"], code: str) -> AccountProfile:
        """Confirm an address with the code that was sent to it. Raises: WrongCode."""
        body = {"channel": channel, "code": code}
        return (await self._connection.send_authorized("POST", "/me/confirm", body)).profile()

    async def change_password(self, password: str, new_password: str) -> None:
        """Change the player's password and sign in again, because all sessions end.

        Raises:
            WrongPassword, BadRequest (`newPassword`).

        """
        name = self._connection.username
        body = {"password": password, "newPassword": new_password}
        try:
            (await self._connection.send_authorized("POST", "/me/password", body)).confirm()
        except (NotSignedIn, Unreachable) as lost:
            # It may have been changed by this request or by the one before, whose answer was lost.
            if name is None:
                raise
            try:
                await self._sign_in_again(name, new_password)
            except NimError:
                raise lost from None
            return
        await self._sign_in_again(name or "", new_password)

    async def delete(self, password: str) -> None:
        """Delete the player's account and forget the session.

        Asked again after an answer was lost and the session has ended, a password that opens
        nothing is taken for that of an account that is gone: no backend tells them apart.

        Raises:
            WrongPassword: nothing was deleted.
            Unreachable: nobody knows; asking once more finds it out.

        """
        asked_before, self._unanswered = self._unanswered, None
        name = self._connection.username or asked_before
        try:
            body = {"password": password}
            (await self._connection.send_authorized("DELETE", "/me", body)).confirm()
        except (Unreachable, Unavailable):
            self._unanswered = name
            raise
        except NoSuchPlayer:
            pass  # a request of before has begun it
        except NotSignedIn:
            # The session has ended, as it does with its account.
            if name is None or name != asked_before:
                raise
            if await self._can_sign_in(name, password):
                await self.delete(password)
        self._connection.forget()

    async def export(self) -> dict[str, Any]:
        """Everything that the backend keeps about the player."""
        return (await self._connection.send_authorized("GET", "/me/export")).export()

    async def forgot_password(self, username: str) -> None:
        """Have a code sent to the confirmed addresses of an account. Raises: RecoveryOff."""
        body = {"username": username}
        (await self._connection.send("POST", "/password/forgot", body)).confirm()

    async def reset_password(self, username: str, code: str, new_password: str) -> None:
        """Choose a new password with a code; all sessions end. Raises: WrongCode, BadRequest."""
        body = {"username": username, "code": code, "newPassword": new_password}
        (await self._connection.send("POST", "/password/reset", body)).confirm()

    async def contacts_optional(self) -> bool:
        """Whether an account needs neither e-mail nor phone here: where the store is SQLite."""
        return (await self._connection.send("GET", "/health")).store() == "sqlite"

    async def _can_sign_in(self, name: str, password: str) -> bool:
        """Whether this account is there; its deletion, once begun, is finished by this."""
        try:
            await self._connection.sign_in(name, password, None)
        except WrongPassword:
            return False
        except (Unreachable, Unavailable):
            self._unanswered = name
            raise
        return True

    async def _sign_in_again(self, name: str, password: str) -> None:
        await self._connection.sign_in(name, password, None)
        if self._connection.on_renewed is not None:
            self._connection.on_renewed()
