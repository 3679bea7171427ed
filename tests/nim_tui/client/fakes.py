"""Small backends for the client: scripted responses, and a copy of the tutorial's own."""

from __future__ import annotations

import base64
import inspect
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import httpx

from nim_tui.client import NimClient
from nim_tui.client.retry import Retries
from nim_tui.client.transports import OpenTransport
from nim_tui.client.watch import Pauses

Handler: TypeAlias = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]

QUICK = Pauses(first=0.01, most=0.02, unheld=0.01, shortest=0.0, hold=2, spare=1.0)

GAME: dict[str, Any] = {
    "gameId": "g2345678",
    "user1": "anna",
    "user2": "bert",
    "heap1": 5,
    "heap2": 4,
    "heap3": 5,
    "lastMoveBy": "anna",
    "version": 0,
    "state": "open",
    "turn": "bert",
    "winner": None,
    "endedBy": None,
    "rule": "misere",
    "start": [5, 4, 5],
    "moves": [],
    "createdAt": "2026-11-22T10:00:00Z",
    "deadline": None,
}


def token(username: str, **claims: Any) -> str:
    """A token of the usual shape, without a signature."""
    body = json.dumps({"cognito:username": username, **claims}).encode()
    return f"e30.{base64.urlsafe_b64encode(body).decode().rstrip('=')}.x"


def session(username: str = "bert", refresh: str | None = "refresh-1") -> httpx.Response:
    """The response to a sign-in."""
    answer: dict[str, Any] = {"idToken": token(username)}
    if refresh is not None:
        answer |= {"refreshToken": refresh, "expiresIn": 3600}
    return httpx.Response(200, json=answer)


def error(status: int, code: str, message: str = "No.", **more: Any) -> httpx.Response:
    return httpx.Response(status, json={"message": message, "code": code, **more})


@dataclass
class ScriptedTransport:
    """A place whose backend is a function from request to response."""

    handler: Handler
    place: str = "https://nim.example"
    name: str = "nim.example"
    private: bool = True
    closed: bool = False

    async def open(self) -> OpenTransport:
        async def handle(request: httpx.Request) -> httpx.Response:
            found = self.handler(request)
            return await found if inspect.isawaitable(found) else found

        http = httpx.AsyncClient(transport=httpx.MockTransport(handle), base_url=self.place)
        return OpenTransport(http, self._close_backend)

    async def check(self) -> bool:
        return False

    async def _close_backend(self) -> None:
        self.closed = True


def client_of(handler: Handler, *, pauses: Pauses = QUICK) -> NimClient:
    """A client of a scripted backend, with very short pauses."""
    return NimClient(ScriptedTransport(handler), retries=Retries((0.001, 0.001)), pauses=pauses)


async def signed_in(
    handler: Handler, username: str = "bert", *, pauses: Pauses = QUICK
) -> NimClient:
    """The same, with a session; the handler does not see the sign-in."""

    def first(request: httpx.Request) -> httpx.Response | Awaitable[httpx.Response]:
        return session(username) if request.url.path == "/login" else handler(request)

    client = client_of(first, pauses=pauses)
    await client.sign_in(username, "Passw0rd1")
    return client


@dataclass
class TutorialBackend:
    """A copy of the tutorial's own backend: five routes, every error a 400 with a message."""

    games: dict[str, dict[str, Any]] = field(default_factory=dict)
    lose_answers: int = 0
    seen: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        body = json.loads(request.content) if request.content else {}
        match (request.method, request.url.path.strip("/").split("/")):
            case ("POST", ["users"]):
                return httpx.Response(200, json={"username": body["username"]})
            case ("POST", ["login"]):
                if body["password"] != "Passw0rd1":
                    return self._refused("Incorrect username or password.")
                return httpx.Response(200, json={"idToken": token(body["username"])})
        user = self._user(request)
        if user is None:
            return self._refused("jwt malformed")
        match (request.method, request.url.path.strip("/").split("/")):
            case ("POST", ["games"]):
                game = {"gameId": "5b5ee7d8", "user1": user, "user2": body["opponent"]}
                game |= {"heap1": 5, "heap2": 4, "heap3": 5, "lastMoveBy": user}
                self.games["5b5ee7d8"] = game
                return httpx.Response(200, json=game)
            case ("GET", ["games", game_id]):
                known = self.games.get(game_id)
                return httpx.Response(200, json=known) if known else httpx.Response(200)
            case ("POST", ["games", game_id]):
                return self._move(user, self.games.get(game_id), body)
        return httpx.Response(404, text="<pre>Cannot GET</pre>")

    def _move(self, user: str, game: dict[str, Any] | None, body: dict[str, Any]) -> httpx.Response:
        heap, left = body["changedHeap"], body["changedHeapValue"]
        if game is None or user == game["lastMoveBy"] or not game[heap] > left >= 0:
            return self._refused("Not allowed.")
        game |= {heap: left, "lastMoveBy": user}
        if self.lose_answers:
            self.lose_answers -= 1
            raise httpx.ReadError("gone")
        return httpx.Response(200, json=game)

    def _user(self, request: httpx.Request) -> str | None:
        # It expects the raw token, without a prefix.
        parts = request.headers.get("authorization", "").split(".")
        if len(parts) != 3 or " " in parts[0]:
            return None
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
        user: str = claims["cognito:username"]
        return user

    def _refused(self, message: str) -> httpx.Response:
        return httpx.Response(400, json={"message": message})
