"""Sign-in, resumption and sign-out, with every failure of the vault."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from keyring.errors import InitError, KeyringLocked, NoKeyringError

from backend.domain.errors import UserExists, WrongPassword
from nim_tui.account import PlayerSession
from nim_tui.client import CannotOpen, NimClient, Unreachable
from nim_tui.tokens import Keyring, KeyringVault, MemoryVault, Vault
from tests.nim_tui.client.fakes import GAME, client_of, error, token
from tests.nim_tui.keyrings import DictKeyring, FailingKeyring, HangingKeyring, OddKeyring
from tests.support import eventually_async


@dataclass
class Backend:
    """Accounts by name, rotating refresh tokens; it can be offline, and can lose a response."""

    people: set[str] = field(default_factory=set)
    sessions: dict[str, str] = field(default_factory=dict)
    away: bool = False
    lose: bool = False
    count: int = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.away:
            raise httpx.ConnectError("away")
        body = json.loads(request.content) if request.content else {}
        match request.url.path:
            case "/users":
                return self._register(body["username"])
            case "/login":
                if body["username"] not in self.people or body["password"] != "Passw0rd1":
                    return error(401, "wrong_password")
                return self._session(body["username"])
            case "/login/refresh":
                name = self.sessions.get(body["refreshToken"])
                return self._session(name) if name else error(401, "not_signed_in")
            case "/logout":
                self.sessions.pop(body["refreshToken"], None)
                return httpx.Response(204)
        if request.headers["authorization"].endswith(".old"):
            return error(401, "not_signed_in")
        return httpx.Response(200, json=GAME)

    def _register(self, name: str) -> httpx.Response:
        if name in self.people:
            return error(409, "user_exists")
        self.people.add(name)
        if self.lose:
            self.lose = False
            raise httpx.ReadError("lost")
        return httpx.Response(200, json={"username": name})

    def _session(self, name: str) -> httpx.Response:
        self.count += 1
        refresh = f"refresh-{self.count}"
        self.sessions[refresh] = name
        answer = {"idToken": token(name), "refreshToken": refresh, "expiresIn": 3600}
        return httpx.Response(200, json=answer)


@pytest.fixture
def backend() -> Backend:
    return Backend({"anna", "bert"})


@pytest.fixture
def hanging() -> Iterator[HangingKeyring]:
    keyring = HangingKeyring()
    yield keyring
    keyring.release.set()


def account(backend: Backend, vault: Vault) -> PlayerSession:
    return PlayerSession(client_of(backend), vault, load_seconds=0.2, save_seconds=0.2)


async def test_a_session_survives_a_restart(backend: Backend) -> None:
    vault = KeyringVault(DictKeyring())
    first = account(backend, vault)
    assert await first.resume() == "signed_out"
    await first.sign_in("anna", "Passw0rd1")
    second = account(backend, vault)
    assert await second.resume() == "signed_in"
    assert second.client.username == "anna"
    kept = second.client.refresh_token
    assert kept == "refresh-2"
    await eventually_async(lambda: vault.load("https://nim.example", "anna") == kept)
    assert second.take_note() is None


async def test_several_sessions_in_one_place(backend: Backend) -> None:
    vault = MemoryVault()
    for name in ("anna", "bert"):
        await account(backend, vault).sign_in(name, "Passw0rd1")
    third = account(backend, vault)
    assert await third.resume() == "choose"
    assert third.names == ["bert", "anna"]
    assert await third.resume("anna") == "signed_in"
    assert third.client.username == "anna"
    assert await account(backend, vault).resume("carl") == "signed_out"


async def test_a_session_that_ended_is_dropped(backend: Backend) -> None:
    vault = MemoryVault()
    await account(backend, vault).sign_in("anna", "Passw0rd1")
    backend.sessions.clear()
    later = account(backend, vault)
    assert await later.resume() == "signed_out"
    assert later.names == []
    assert vault.names("https://nim.example") == []


async def test_offline_a_stored_session_counts(backend: Backend) -> None:
    vault = MemoryVault()
    await account(backend, vault).sign_in("anna", "Passw0rd1")
    backend.away = True
    later = account(backend, vault)
    assert await later.resume() == "signed_in"
    assert later.client.username == "anna"
    backend.away = False
    assert (await later.client.game("g2345678")).user1 == "anna"


async def test_sign_out_deletes_and_revokes(backend: Backend) -> None:
    keyring = DictKeyring()
    first = account(backend, KeyringVault(keyring))
    await first.sign_in("anna", "Passw0rd1")
    await first.sign_out()
    assert keyring.kept == {}
    assert backend.sessions == {}
    assert first.client.username is None


class MoodyKeyring(DictKeyring):
    """A keyring that is locked for as long as a test wants."""

    locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked
        return super().get_password(service, username)


async def test_sign_out_after_a_failure_leaves_no_token_in_the_keyring(backend: Backend) -> None:
    keyring = MoodyKeyring()
    first = account(backend, KeyringVault(keyring))
    await first.sign_in("anna", "Passw0rd1")
    keyring.locked = True
    await first.load_names()
    assert first.take_note() is not None
    keyring.locked = False
    await first.sign_out()
    assert keyring.kept == {}


async def test_registering_signs_in(backend: Backend) -> None:
    first = account(backend, MemoryVault())
    await first.register("carl", "Passw0rd1", "carl@example.com")
    assert first.client.username == "carl"
    with pytest.raises(UserExists):
        await first.register("anna", "Passw0rd1", "a@example.com")


async def test_a_registration_whose_response_was_lost(backend: Backend) -> None:
    backend.lose = True
    first = account(backend, MemoryVault())
    with pytest.raises(Unreachable):
        await first.register("carl", "Passw0rd1", "carl@example.com")
    await first.register("carl", "Passw0rd1", "carl@example.com")
    assert first.client.username == "carl"


async def test_a_lost_registration_opens_nobody_elses_account(backend: Backend) -> None:
    first = account(backend, MemoryVault())
    backend.away = True
    with pytest.raises(Unreachable):
        await first.register("anna", "Guessed99", "x@example.com")
    backend.away = False
    with pytest.raises(WrongPassword):
        await first.register("anna", "Guessed99", "x@example.com")


@pytest.mark.parametrize(
    "failure", [NoKeyringError("none"), KeyringLocked(), InitError(), RuntimeError("1783")]
)
async def test_without_a_keyring_the_session_is_in_memory(
    backend: Backend, failure: Exception
) -> None:
    first = account(backend, KeyringVault(FailingKeyring(failure)))
    assert await first.resume() == "signed_out"
    note = first.take_note()
    assert note is not None
    assert "system keyring" in note
    assert note.endswith(". You'll be signed out when you quit.")
    await first.sign_in("anna", "Passw0rd1")
    assert first.take_note() is None, "it is reported once"
    assert await first.resume() == "signed_in", "stored in memory from now on"
    await first.sign_out()


@pytest.mark.parametrize(
    "keyring",
    [
        *map(OddKeyring, (b"bytes", 7, ["x"], True, "\ud800", object())),
        *map(
            FailingKeyring, (SystemExit(3), KeyboardInterrupt(), StopIteration(), GeneratorExit())
        ),
        *map(FailingKeyring, (RecursionError(), MemoryError(), TimeoutError(), UnicodeError())),
    ],
    ids=lambda keyring: repr(getattr(keyring, "answer", getattr(keyring, "failure", "")))[:20],
)
async def test_whatever_a_keyring_does_is_at_most_a_keyring_that_does_not_work(
    backend: Backend, keyring: Keyring
) -> None:
    first = account(backend, KeyringVault(keyring))
    assert await first.resume() == "signed_out"
    note = "The system keyring does not work. You'll be signed out when you quit."
    assert first.take_note() == note
    await first.register("carl", "Passw0rd1", "carl@example.com")
    assert first.client.username == "carl"
    assert first.take_note() is None
    await first.sign_out()
    await first.client.close()


async def test_entries_that_are_nested_without_end_count_as_none(backend: Backend) -> None:
    first = account(backend, KeyringVault(OddKeyring("[" * 100_000)))
    assert await first.resume() == "signed_out"
    await first.client.close()


async def test_a_keyring_that_hangs_delays_only_briefly(
    backend: Backend, hanging: HangingKeyring
) -> None:
    first = account(backend, KeyringVault(hanging))
    began = time.monotonic()
    assert await first.resume() == "signed_out"
    await first.sign_in("anna", "Passw0rd1")
    await first.sign_out()
    assert time.monotonic() - began < 2
    note = first.take_note()
    assert note is not None
    assert "does not respond" in note
    assert all(one.daemon for one in threading.enumerate() if one.name == "nim-vault")


async def test_a_slow_keyring_does_not_block_the_event_loop(
    backend: Backend, hanging: HangingKeyring
) -> None:
    first = PlayerSession(client_of(backend), KeyringVault(hanging), load_seconds=30)
    resuming = asyncio.create_task(first.resume())
    await asyncio.sleep(0.05)
    assert not resuming.done()
    hanging.release.set()
    assert await asyncio.wait_for(resuming, 5) == "signed_out"


async def test_each_sign_in_is_reported_so_that_the_place_is_remembered(backend: Backend) -> None:
    reported = threading.Event()
    first = account(backend, MemoryVault())
    first.client.signed_in = reported.set
    with pytest.raises(WrongPassword):
        await first.sign_in("anna", "Wrong1234")
    assert not reported.is_set()
    await first.sign_in("anna", "Passw0rd1")
    await eventually_async(reported.is_set)


async def test_a_place_that_cannot_be_opened_is_reported_at_the_start(tmp_path: Path) -> None:
    client = NimClient.embedded(tmp_path)
    with pytest.raises(CannotOpen):
        await PlayerSession(client, MemoryVault()).resume()
    await client.close()


def test_nothing_shows_a_token() -> None:
    assert "KeyringVault" in repr(KeyringVault())
