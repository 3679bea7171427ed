"""The signed-in line to one backend: opened with the first request, renewed in silence."""

from __future__ import annotations

import asyncio
import base64
import binascii
import importlib
import json
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from backend.domain.errors import BadRequest, NotSignedIn
from nim_tui.client.errors import Unreachable
from nim_tui.client.models import Features
from nim_tui.client.transports import Transport

if TYPE_CHECKING:
    from nim_tui.client.http import HttpExchange, Response
    from nim_tui.client.transports import OpenTransport

_MOST_NAME = 200
# How long leaving waits for a session that is being renewed.
CLOSE_SECONDS = 1.0

Value = TypeVar("Value")


class Connection:
    """Requests to one place, with the session that they carry.

    Attributes:
        username: the signed-in player, in the spelling of the registration.
        refresh_token: what a new session is made from; None where the backend gives none.
        renewed: called with a refresh token that has replaced the one before.
        kept: the refresh token that the vault holds for a player; another terminal of theirs may
            have replaced ours there.

    """

    def __init__(self, home: Transport) -> None:
        self.home = home
        self.features = Features()
        self.username: str | None = None
        self.refresh_token: str | None = None
        self.renewed: Callable[[str], None] | None = None
        self.kept: Callable[[str], Awaitable[str | None]] | None = None
        self._id_token: str | None = None
        self._line: OpenTransport | None = None
        self._exchange: HttpExchange | None = None
        self._opening: asyncio.Task[HttpExchange] | None = None
        self._renewal: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"<Link to {self.home.place} as {self.username}>"

    async def open(self) -> HttpExchange:
        """Get ready to send. Many may ask at once; a failure is tried anew by the next one.

        Raises:
            CannotOpen: the place's database or settings cannot be used.

        """
        if self._exchange is not None:
            return self._exchange
        if self._opening is None or self._opening.done():
            self._opening = _watched(self._open())
        return await asyncio.shield(self._opening)

    async def _open(self) -> HttpExchange:
        # A third of a second of imports: in a thread, so that the screen goes on.
        await asyncio.to_thread(importlib.import_module, "nim_tui.client.decoding")
        self._line = await self.home.open()
        from nim_tui.client.http import HttpExchange

        self._exchange = HttpExchange(self._line.http, self.home.name)
        return self._exchange

    async def close(self) -> None:
        """Let go of connections and of a backend in this process."""
        if self._renewal is not None and not self._renewal.done():
            await asyncio.wait([self._renewal], timeout=CLOSE_SECONDS)
            self._renewal.cancel()
        if self._opening is not None:
            await asyncio.wait([self._opening])
        line, self._line, self._exchange = self._line, None, None
        if line is not None:
            await line.http.aclose()
            await line.hang_up()

    async def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Response:
        """Send without a session. Any status is an answer. Raises: Unreachable, BadRequest."""
        exchange = await self.open()
        from nim_tui.client.http import ANSWER_SECONDS

        return await exchange.send(
            method,
            path,
            body=None if body is None else _encoded(body),
            headers=headers or {},
            params=params or {},
            seconds=seconds or ANSWER_SECONDS,
        )

    async def ask_signed(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Response:
        """Send with the session, renewed once where it has expired.

        Raises:
            NotSignedIn: there is no session, or it cannot be renewed any more.
            Unreachable: no answer came.

        """
        for last in (False, True):
            token = await self._token()
            answer = await self.ask(
                method,
                path,
                body,
                headers={**(headers or {}), "authorization": token},
                params=params,
                seconds=seconds,
            )
            if answer.status != 401:
                return answer
            if last:
                break
            if token == self._id_token:
                self._id_token = None
        raise NotSignedIn

    def begin(self, username: str, answer: Response) -> None:
        """Take the session that a sign-in has answered."""
        from nim_tui.client import decoding

        self._id_token, self.refresh_token = decoding.session(answer)
        self.username = _name_in(self._id_token) or username
        if self.refresh_token is None:
            self.features = Features(lists=False, refreshes=False)
        else:
            self.features = Features()

    def restore(self, refresh_token: str, username: str | None) -> None:
        """Stand on a kept session; the next request makes it live."""
        self._id_token = None
        self.refresh_token = refresh_token
        self.username = username

    def forget(self) -> None:
        """Drop the session."""
        self._id_token = self.refresh_token = self.username = None

    async def _token(self) -> str:
        token = self._id_token
        if token is not None and (self.features.refreshes or not _expired(token)):
            return token
        await self.renew()
        if self._id_token is None:
            raise NotSignedIn
        return self._id_token

    async def renew(self) -> None:
        """Make a new session from the refresh token: once, for however many ask at once.

        Raises:
            NotSignedIn: it is no longer good, and forgotten.
            Unreachable: no answer came; the session stays.

        """
        if self._renewal is None or self._renewal.done():
            self._renewal = _watched(self._renew())
        # Whoever asked may be cancelled; a token that has been answered must not get lost.
        await asyncio.shield(self._renewal)

    async def _renew(self) -> None:
        old = self.refresh_token
        if old is None:
            raise NotSignedIn
        try:
            id_token, new = await self._refreshed(old)
        except NotSignedIn:
            other = None
            if self.kept is not None and self.username is not None:
                other = await self.kept(self.username)
            if self.refresh_token != old:
                raise
            if other is None or other == old:
                self.forget()
                raise
            self.refresh_token = old = other
            try:
                id_token, new = await self._refreshed(old)
            except NotSignedIn:
                self.forget()
                raise
        if self.refresh_token != old:
            return  # signed out, or in as somebody else, in the meantime
        self._id_token = id_token
        self.username = _name_in(id_token) or self.username
        if new is not None and new != old:
            self.refresh_token = new
            if self.renewed is not None:
                self.renewed(new)

    async def _refreshed(self, refresh_token: str) -> tuple[str, str | None]:
        answer = await self.ask("POST", "/login/refresh", {"refreshToken": refresh_token})
        from nim_tui.client import decoding

        if answer.status == 200:
            return decoding.session(answer)
        error = decoding.refused(answer)
        # A gateway's refusal says nothing about the token: only the backend's own does.
        if isinstance(error, NotSignedIn | BadRequest):
            raise (NotSignedIn if decoding.coded(answer) else Unreachable) from error
        raise error


def _watched(work: Coroutine[Any, Any, Value]) -> asyncio.Task[Value]:
    """A task whose error is not complained about where everybody who waited was cancelled."""
    task = asyncio.create_task(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task


def _encoded(body: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError as error:
        raise BadRequest("That text holds characters that are none. Type it again.") from error


def _claims(id_token: str) -> dict[str, Any]:
    """What a token says. Nothing is decided by it here, so it is read and not verified."""
    try:
        part = id_token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, binascii.Error, ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _name_in(id_token: str) -> str | None:
    name = _claims(id_token).get("cognito:username")
    return name if isinstance(name, str) and 0 < len(name) <= _MOST_NAME else None


def _expired(id_token: str) -> bool:
    exp = _claims(id_token).get("exp")
    return isinstance(exp, int | float) and exp <= time.time()
