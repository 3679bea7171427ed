"""Sessions renew silently, once for concurrent requests, and end only if the backend says so."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field

import httpx
import pytest

from backend.domain.errors import NotSignedIn, SignInIncomplete
from nim_tui.client import NimClient, Unreachable
from nim_tui.client.transports import OpenTransport
from tests.nim_tui.client.fakes import GAME, ScriptedTransport, client_of, error, token
from tests.support import eventually_async


@dataclass
class Renewing:
    """A backend whose ID tokens can be made to expire; refresh tokens count up."""

    good: str = ""
    refreshes: int = 0
    refuse: httpx.Response | None = None
    revoked: list[str] = field(default_factory=list)
    held: asyncio.Event | None = None
    sent: list[str] = field(default_factory=list)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        body = json.loads(request.content) if request.content else {}
        self.sent.append(path)
        if path == "/login":
            return self._session("refresh-0")
        if path == "/login/refresh":
            if self.held is not None:
                await self.held.wait()
            if self.refuse is not None:
                return self.refuse
            self.refreshes += 1
            return self._session(f"refresh-{self.refreshes}")
        if path == "/logout":
            self.revoked.append(body["refreshToken"])
            return httpx.Response(204)
        if request.headers["authorization"] != self.good:
            return error(401, "not_signed_in")
        return httpx.Response(200, json=GAME)

    def _session(self, refresh: str) -> httpx.Response:
        self.good = token("bert", n=self.refreshes)
        answer = {"idToken": self.good, "refreshToken": refresh, "expiresIn": 3600}
        return httpx.Response(200, json=answer)


@pytest.fixture
def backend() -> Renewing:
    return Renewing()


async def begun(backend: Renewing) -> NimClient:
    client = client_of(backend)
    await client.sign_in("BERT", "Passw0rd1")
    return client


async def test_the_name_is_spelled_as_registered(backend: Renewing) -> None:
    assert (await begun(backend)).username == "bert"


async def test_an_old_token_is_renewed_and_the_request_sent_again(backend: Renewing) -> None:
    client = await begun(backend)
    kept: list[str | None] = []
    client.connection.on_renewed = lambda: kept.append(client.refresh_token)
    backend.good = "another"
    assert (await client.game("g2345678")).user1 == "anna"
    assert client.refresh_token == "refresh-1"
    assert kept == ["refresh-1"]


async def test_a_session_that_was_handed_over_asks_for_nothing(backend: Renewing) -> None:
    client = client_of(backend)
    backend.good = token("bert", n=0)
    client.connection.hand_over(backend.good, "refresh-0")
    await client.resume("refresh-0", "bert")
    assert (client.username, backend.sent) == ("bert", [])
    assert (await client.game("g2345678")).user1 == "anna"
    # It is good for one resumption of that session.
    await client.resume("refresh-0", "bert")
    assert backend.refreshes == 1
    client.connection.hand_over(backend.good, "refresh-7")
    await client.resume("refresh-1", "bert")
    assert backend.refreshes == 2


async def test_many_requests_renew_once(backend: Renewing) -> None:
    client = await begun(backend)
    backend.good = "another"
    games = await asyncio.gather(*(client.game("g2345678") for _ in range(20)))
    assert len(games) == 20
    assert backend.refreshes == 1


async def test_a_session_that_ended_is_forgotten(backend: Renewing) -> None:
    client = await begun(backend)
    backend.good, backend.refuse = "another", error(401, "not_signed_in")
    with pytest.raises(NotSignedIn):
        await client.game("g2345678")
    assert client.username is None
    assert client.refresh_token is None
    with pytest.raises(NotSignedIn):
        await client.game("g2345678")
    assert backend.sent.count("/login/refresh") == 1


@pytest.mark.parametrize(
    "refusal",
    [
        httpx.Response(401, json={"message": "Unauthorized"}),
        httpx.Response(403, text="<html>"),
        httpx.Response(404),
        httpx.Response(200, text="<html>Welcome to the hotel</html>"),
    ],
)
async def test_a_gateways_refusal_does_not_end_the_session(
    backend: Renewing, refusal: httpx.Response
) -> None:
    client = await begun(backend)
    backend.good, backend.refuse = "another", refusal
    with pytest.raises(Unreachable):
        await client.game("g2345678")
    assert client.refresh_token == "refresh-0"
    backend.refuse = None
    assert (await client.game("g2345678")).user1 == "anna"


async def test_another_terminals_newer_session_is_used(backend: Renewing) -> None:
    client = await begun(backend)

    async def kept(username: str) -> str | None:
        assert username == "bert"
        backend.refuse = None
        return "refresh-of-the-other"

    client.connection.stored_token = kept
    backend.good, backend.refuse = "another", error(401, "not_signed_in")
    assert (await client.game("g2345678")).user1 == "anna"
    assert client.refresh_token == "refresh-1"


async def test_a_cancelled_request_does_not_lose_the_renewed_token(backend: Renewing) -> None:
    client = await begun(backend)
    backend.good, backend.held = "another", asyncio.Event()
    asking = asyncio.create_task(client.game("g2345678"))
    await eventually_async(lambda: "/login/refresh" in backend.sent)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    backend.held.set()
    assert (await client.game("g2345678")).user1 == "anna"
    assert client.refresh_token == "refresh-1"
    assert backend.refreshes == 1


async def test_a_renewal_that_finishes_after_sign_out_signs_nobody_in(backend: Renewing) -> None:
    client = await begun(backend)
    stored: list[str | None] = []
    client.connection.on_renewed = lambda: stored.append(client.refresh_token)
    backend.good, backend.held = "another", asyncio.Event()
    asking = asyncio.create_task(client.game("g2345678"))
    await eventually_async(lambda: "/login/refresh" in backend.sent)
    await client.sign_out()
    backend.held.set()
    with pytest.raises(NotSignedIn):
        await asking
    assert (client.username, client.refresh_token) == (None, None)
    assert stored == []
    with pytest.raises(NotSignedIn):
        await client.game("g2345678")


async def test_who_gives_up_while_it_opens_stops_nobody_else() -> None:
    opened, begun = asyncio.Event(), list[object]()

    class Slow(ScriptedTransport):
        async def open(self) -> OpenTransport:
            begun.append(self)
            await opened.wait()
            return await super().open()

    client = NimClient(Slow(lambda _: httpx.Response(200, json={"status": "ok", "store": "x"})))
    first, second = (asyncio.create_task(client.connection.open()) for _ in range(2))
    await eventually_async(lambda: bool(begun))
    first.cancel()
    await asyncio.wait([first])
    opened.set()
    assert await second is await client.connection.open()
    assert len(begun) == 1
    await client.close()


async def test_closing_waits_for_a_renewal_that_is_under_way(backend: Renewing) -> None:
    client = await begun(backend)
    stored: list[str | None] = []
    client.connection.on_renewed = lambda: stored.append(client.refresh_token)
    backend.good, backend.held = "another", asyncio.Event()
    asking = asyncio.create_task(client.game("g2345678"))
    await eventually_async(lambda: "/login/refresh" in backend.sent)
    closing = asyncio.create_task(client.close())
    await asyncio.sleep(0)
    backend.held.set()
    await closing
    assert stored == [client.refresh_token]
    await asyncio.wait([asking])


async def test_a_renewal_that_is_refused_after_a_new_sign_in_does_not_end_it(
    backend: Renewing,
) -> None:
    client = await begun(backend)
    backend.good, backend.held = "another", asyncio.Event()
    backend.refuse = error(401, "not_signed_in")
    asking = asyncio.create_task(client.game("g2345678"))
    await eventually_async(lambda: "/login/refresh" in backend.sent)
    client.connection.refresh_token = "refresh-of-a-new-sign-in"
    backend.held.set()
    with pytest.raises(NotSignedIn):
        await asking
    assert client.refresh_token == "refresh-of-a-new-sign-in"


async def test_a_session_is_resumed_while_that_of_before_is_still_being_renewed(
    backend: Renewing,
) -> None:
    client = await begun(backend)
    backend.held, backend.good = asyncio.Event(), "expired"
    former = asyncio.create_task(client.games())
    await eventually_async(lambda: "/login/refresh" in backend.sent, what="a renewal")
    held, backend.held = backend.held, None
    client.connection.forget()
    await client.resume("refresh-of-another", "anna")
    assert client.refresh_token is not None
    backend.refuse = error(401, "not_signed_in")
    held.set()
    await asyncio.gather(former, return_exceptions=True)
    assert client.refresh_token is not None


async def test_a_late_401_for_the_old_token_does_not_throw_the_new_one_away(
    backend: Renewing,
) -> None:
    late, answers = asyncio.Event(), iter([True])

    async def slow_refusal(request: httpx.Request) -> httpx.Response:
        response = await backend(request)
        if request.url.path == "/games/slow" and next(answers, False):
            await late.wait()
        return response

    client = client_of(slow_refusal)
    await client.sign_in("bert", "Passw0rd1")
    backend.good = "another"
    slow = asyncio.create_task(client.game("slow"))
    await eventually_async(lambda: "/games/slow" in backend.sent)
    await client.game("g2345678")
    late.set()
    await slow
    assert backend.refreshes == 1, "the late refusal was about the former token"


async def test_a_cancelled_request_leaves_the_renewal_to_the_others_that_wait(
    backend: Renewing,
) -> None:
    client = await begun(backend)
    backend.good, backend.held = "another", asyncio.Event()
    first = asyncio.create_task(client.game("g2345678"))
    await eventually_async(lambda: "/login/refresh" in backend.sent)
    second = asyncio.create_task(client.game("g2345678"))
    await asyncio.sleep(0)  # it waits for the same renewal
    first.cancel()
    backend.held.set()
    assert (await second).user1 == "anna"
    assert backend.sent.count("/login/refresh") == 1
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_resume_and_sign_out(backend: Renewing) -> None:
    client = client_of(backend)
    await client.resume("kept-1", "bert")
    assert client.username == "bert"
    await client.sign_out()
    assert backend.revoked == ["refresh-1"]
    assert repr(client) == "<NimClient of https://nim.example as None>"
    await client.sign_out()
    assert backend.revoked == ["refresh-1"]


async def test_sign_out_without_a_network_raises_nothing() -> None:
    def gone(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("gone")

    client = client_of(gone)
    with pytest.raises(Unreachable):
        await client.resume("kept-1", "bert")
    assert client.refresh_token == "kept-1"
    await client.sign_out()
    assert client.refresh_token is None


async def test_a_one_time_password_asks_for_a_new_one() -> None:
    def first(request: httpx.Request) -> httpx.Response:
        if json.loads(request.content).get("newPassword") != "Passw0rd2":
            return error(401, "sign_in_incomplete", "Choose a password of your own.")
        answer = {"idToken": token("bert"), "refreshToken": "r", "expiresIn": 1}
        return httpx.Response(200, json=answer)

    client = client_of(first)
    with pytest.raises(SignInIncomplete):
        await client.sign_in("bert", "Once1234")
    await client.sign_in("bert", "Once1234", "Passw0rd2")
    assert client.username == "bert"


@pytest.mark.parametrize("odd", ["x", "a.b.c", f"a.{'e30'}.c", "a.W10.c", "a..c"])
async def test_without_a_name_in_the_token_the_typed_one_stays(odd: str) -> None:
    answer = {"idToken": odd, "refreshToken": "r", "expiresIn": 1}
    client = client_of(lambda _: httpx.Response(200, json=answer))
    await client.sign_in("bert", "Passw0rd1")
    assert client.username == "bert"
