"""The connection to one backend: opened with the first request, its session renewed silently."""

from __future__ import annotations

import asyncio
import base64
import binascii
import importlib
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from backend.domain.errors import BadRequest, NimError, NotSignedIn, WrongPassword
from nim_tui.client.models import Features, SessionTokens
from nim_tui.client.transports import Transport
from nim_tui.text.private import SECRETS

if TYPE_CHECKING:
    from nim_tui.client.decoding import Response
    from nim_tui.client.http import HttpExchange
    from nim_tui.client.transports import OpenTransport

_MOST_NAME = 200
# How long closing waits for a session that is being renewed.
CLOSE_SECONDS = 1.0
# How long signing out waits for the backend.
SIGN_OUT_SECONDS = 3.0

Value = TypeVar("Value")


class Connection:
    """Requests over one transport, with the session that authorizes them.

    Attributes:
        transport: how the backend is reached.
        features: what the backend can do, as far as its responses have shown.
        username: the signed-in player, in the spelling of the registration.
        refresh_token: what renews the session; None where the backend gives none.
        on_renewed: called when a new refresh token has replaced the former one.
        stored_token: loads a player's refresh token from the vault, where another terminal of
            theirs may have replaced ours.

    """

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.features = Features()
        self.username: str | None = None
        self.refresh_token: str | None = None
        self.on_renewed: Callable[[], None] | None = None
        self.stored_token: Callable[[str], Awaitable[str | None]] | None = None
        self._id_token: str | None = None
        # A session that was handed over: its refresh token, and its ID token.
        self._handed: tuple[str, str] | None = None
        self._open_transport: OpenTransport | None = None
        self._exchange: HttpExchange | None = None
        self._opening: asyncio.Task[HttpExchange] | None = None
        self._renewal: asyncio.Task[None] | None = None
        self._renewing: str | None = None

    def __repr__(self) -> str:
        return f"<Connection to {self.transport.place} as {self.username}>"

    async def open(self) -> HttpExchange:
        """Get ready to send. Concurrent calls share one attempt; after a failure the next retries.

        Raises:
            CannotOpen: the place's database or settings cannot be used.

        """
        if self._exchange is not None:
            return self._exchange
        if self._opening is None or self._opening.done():
            self._opening = _shared_task(self._open())
        return await asyncio.shield(self._opening)

    async def check(self) -> None:
        """Find out whether the place can be used; open it only if nothing cheaper can tell.

        Raises:
            CannotOpen: its database or settings cannot be used.

        """
        if self._exchange is None and not await self.transport.check():
            await self.open()

    async def _open(self) -> HttpExchange:
        # A third of a second of imports: in a thread, so that the screen stays responsive.
        await asyncio.to_thread(importlib.import_module, "nim_tui.client.http")
        from nim_tui.client.http import HttpExchange

        self._open_transport = await self.transport.open()
        self._exchange = HttpExchange(self._open_transport.http, self.transport.name)
        return self._exchange

    async def close(self) -> None:
        """Close the connections, and a backend in this process."""
        if self._renewal is not None and not self._renewal.done():
            await asyncio.wait([self._renewal], timeout=CLOSE_SECONDS)
            self._renewal.cancel()
        if self._opening is not None:
            await asyncio.wait([self._opening])
        opened, self._open_transport, self._exchange = self._open_transport, None, None
        if opened is not None:
            await opened.http.aclose()
            await opened.close_backend()

    async def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Response:
        """The response, whatever its status, to a request without a session.

        Raises:
            BadRequest: the body holds what JSON cannot.
            Unreachable: no response came.

        """
        SECRETS.learn_fields(body)
        exchange = await self.open()
        return await exchange.send(
            method,
            path,
            body=None if body is None else _encoded(body),
            headers=headers or {},
            params=params or {},
            seconds=seconds,
        )

    async def send_authorized(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Response:
        """The response to a request with the session, which is renewed once where it has expired.

        Raises:
            NotSignedIn: there is no session, or it can no longer be renewed.
            Unreachable: no response came.

        """
        for _ in range(2):
            token = await self._valid_token()
            response = await self.send(
                method,
                path,
                body,
                headers={**(headers or {}), "authorization": token},
                params=params,
                seconds=seconds,
            )
            # A password asked for once more may be wrong, which says nothing about the session.
            if not response.rejects_token or response.asks_for_password:
                return response
            if token == self._id_token:
                self._id_token = None
        raise NotSignedIn

    async def sign_in(self, username: str, password: str, new_password: str | None) -> None:
        """Begin a session. Raises: WrongPassword, SignInIncomplete, …"""
        body = {"username": username, "password": password}
        if new_password is not None:
            body["newPassword"] = new_password
        response = await self.send("POST", "/login", body)
        try:
            tokens = response.session()
        except NotSignedIn as error:
            raise WrongPassword from error
        _learn(tokens)
        self._id_token, self.refresh_token = tokens.id_token, tokens.refresh_token
        self.username = _name_in(tokens.id_token) or username
        renewable = tokens.refresh_token is not None
        self.features = Features(lists=renewable, refreshes=renewable)

    def hand_over(self, id_token: str, refresh_token: str) -> None:
        """Take a session that somebody else has just begun; `resume` then asks for nothing."""
        self._handed = (refresh_token, id_token)

    async def resume(self, refresh_token: str, username: str | None) -> None:
        """Continue a stored session. Raises: as `renew`."""
        SECRETS.learn(refresh_token)
        self.refresh_token = refresh_token
        self.username = username
        (handed, id_token), self._handed = self._handed or (None, None), None
        self._id_token = id_token if handed == refresh_token else None
        if self._id_token is None:
            await self.renew()

    async def sign_out(self) -> None:
        """End the session, at the backend too where it can be reached; never an error."""
        token = self.refresh_token
        self.forget()
        if token is not None:
            await self.revoke(token)

    async def revoke(self, token: str) -> None:
        """End the session that a refresh token renews; never an error."""
        try:
            await self.send("POST", "/logout", {"refreshToken": token}, seconds=SIGN_OUT_SECONDS)
        except NimError:
            return  # the token expires on its own; here it is forgotten already

    async def renew(self) -> None:
        """Make a new session from the refresh token; concurrent calls share one request.

        Raises:
            NotSignedIn: it is no longer good, and forgotten.
            Unreachable: no response came; the session stays.

        """
        # One that renews another session, which is forgotten by now, says nothing about this one.
        other = self._renewing != self.refresh_token
        if self._renewal is None or self._renewal.done() or other:
            self._renewing = self.refresh_token
            self._renewal = _shared_task(self._renew())
        # The caller may be cancelled; a token that the backend has issued must not get lost.
        await asyncio.shield(self._renewal)

    async def _renew(self) -> None:
        old = self.refresh_token
        if old is None:
            raise NotSignedIn
        try:
            tokens = await self._refresh(old)
        except NotSignedIn:
            stored = await self._token_in_vault()
            if self.refresh_token != old:
                raise
            if stored is None or stored == old:
                self.forget()
                raise
            self.refresh_token = self._renewing = old = stored
            try:
                tokens = await self._refresh(old)
            except NotSignedIn:
                self.forget()
                raise
        if self.refresh_token != old:
            return  # signed out, or in as somebody else, in the meantime
        self._id_token = tokens.id_token
        self.username = _name_in(tokens.id_token) or self.username
        if tokens.refresh_token is not None and tokens.refresh_token != old:
            self.refresh_token = tokens.refresh_token
            if self.on_renewed is not None:
                self.on_renewed()

    async def _refresh(self, refresh_token: str) -> SessionTokens:
        response = await self.send("POST", "/login/refresh", {"refreshToken": refresh_token})
        tokens = response.renewed_session()
        _learn(tokens)
        return tokens

    async def _token_in_vault(self) -> str | None:
        if self.stored_token is None or self.username is None:
            return None
        return await self.stored_token(self.username)

    async def _valid_token(self) -> str:
        # Whether it has expired is the backend's to say: the clock here may be wrong.
        token = self._id_token
        if token is not None:
            return token
        await self.renew()
        if self._id_token is None:
            raise NotSignedIn
        return self._id_token

    def forget(self) -> None:
        """Forget the session, which has ended at the backend."""
        self._id_token = self.refresh_token = self.username = None


def _learn(tokens: SessionTokens) -> None:
    """Keep the tokens out of the log."""
    SECRETS.learn(tokens.id_token)
    SECRETS.learn(tokens.refresh_token)


def _shared_task(work: Coroutine[Any, Any, Value]) -> asyncio.Task[Value]:
    """A task whose error asyncio does not log when every caller was cancelled."""
    task = asyncio.create_task(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task


def _encoded(body: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError as error:
        raise BadRequest("That text contains invalid characters. Retype it.") from error


def _claims(id_token: str) -> dict[str, Any]:
    """The claims of a token, not verified: only the backend decides anything by them."""
    try:
        part = id_token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, binascii.Error, ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _name_in(id_token: str) -> str | None:
    name = _claims(id_token).get("cognito:username")
    return name if isinstance(name, str) and 0 < len(name) <= _MOST_NAME else None
