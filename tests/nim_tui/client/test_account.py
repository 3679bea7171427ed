"""Deleting one's account over a line that loses answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import httpx
import pytest

from backend.domain.errors import NotSignedIn, Unavailable, WrongPassword
from nim_tui.client import NimClient, Unreachable
from tests.nim_tui.client.fakes import client_of, error, session

PASSWORD = "Passw0rd1"


@dataclass
class OneAccount:
    """A backend with one account, which loses the answers to some requests after doing them."""

    there: bool = True
    signed_in: bool = False
    lose: list[str] = field(default_factory=list)
    refuse: httpx.Response | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        answer = self._answer(request)
        if request.url.path in self.lose:
            self.lose.remove(request.url.path)
            raise httpx.ReadError("the connection broke off")
        return answer

    def _answer(self, request: httpx.Request) -> httpx.Response:
        password = json.loads(request.content).get("password")
        if request.url.path == "/login":
            self.signed_in = self.there and password == PASSWORD
            return session() if self.signed_in else error(401, "wrong_password")
        if not self.signed_in:
            return error(401, "not_signed_in")
        if password != PASSWORD:
            return error(401, "wrong_password")
        if self.refuse is not None:
            return self.refuse
        self.there = self.signed_in = False
        return httpx.Response(204)


async def begun(backend: OneAccount) -> NimClient:
    client = client_of(backend)
    await client.sign_in("bert", PASSWORD)
    return client


async def test_a_deletion_whose_answer_was_lost_is_told_when_asked_again() -> None:
    backend = OneAccount(lose=["/me"])
    client = await begun(backend)
    with pytest.raises(Unreachable):
        await client.account.delete(PASSWORD)
    assert not backend.there
    backend.lose = ["/login"]
    with pytest.raises(Unreachable):
        await client.account.delete(PASSWORD)
    await client.account.delete(PASSWORD)
    assert (client.username, client.refresh_token) == (None, None)


async def test_a_session_that_ended_meanwhile_is_no_deletion() -> None:
    backend = OneAccount()
    client = await begun(backend)
    backend.signed_in = False
    with pytest.raises(NotSignedIn):
        await client.account.delete(PASSWORD)
    assert backend.there


async def test_what_was_asked_twice_is_deleted_after_all() -> None:
    """The first request never arrived, and then the session ended for another reason."""
    backend = OneAccount(refuse=error(503, "unavailable"))
    client = await begun(backend)
    with pytest.raises(Unavailable):
        await client.account.delete(PASSWORD)
    backend.refuse, backend.signed_in = None, False
    await client.account.delete(PASSWORD)
    assert not backend.there


async def test_an_account_that_is_gone_already_is_no_error() -> None:
    client = await begun(OneAccount(refuse=error(404, "no_such_player")))
    await client.account.delete(PASSWORD)
    assert client.username is None


async def test_a_wrong_password_deletes_nothing() -> None:
    backend = OneAccount()
    client = await begun(backend)
    with pytest.raises(WrongPassword):
        await client.account.delete("Passw0rd2")
    assert backend.there
    assert client.username == "bert"
