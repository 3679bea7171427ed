"""What every `Identity` keeps.

An adapter joins with a test class that inherits `IdentityContract`, and a fixture `people` that
gives the adapter, with nobody in it.
"""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jwt
import pytest

from backend.domain.clock import utc_now
from backend.domain.credentials import password_problem
from backend.domain.errors import (
    NoSuchPlayer,
    NotSignedIn,
    SignInIncomplete,
    UserExists,
    WrongPassword,
)
from backend.domain.people import Registration
from backend.service.ports import AccountClosing, Identity
from tests.backend.adapters.passwords import PasswordContract

PASSWORD = "Correct-Horse-1"
PHONE = "+15555555555"


def form(username: str = "Anna", password: str = PASSWORD) -> Registration:
    """A registration that keeps every rule."""
    return Registration(username, password, f"{username.lower()}@example.com", PHONE)


def claims_of(id_token: str) -> dict[str, Any]:
    """The claims of a token, unverified."""
    claims: dict[str, Any] = jwt.decode(id_token, options={"verify_signature": False})
    return claims


def with_other_claims(id_token: str, **changes: object) -> str:
    """The token with other claims under the signature that it had."""
    header, _, signature = id_token.split(".")
    body = json.dumps(claims_of(id_token) | changes).encode()
    return ".".join((header, base64.urlsafe_b64encode(body).decode().rstrip("="), signature))


def unsigned(id_token: str) -> str:
    """The token's claims with `alg` none."""
    return jwt.encode(claims_of(id_token), key="", algorithm="none")


class IdentityContract(PasswordContract):
    """The suite."""

    async def test_a_new_account_signs_in_and_its_token_proves_the_name(
        self, people: Identity
    ) -> None:
        player = await people.register(form())
        assert (player.username, player.email, player.phone) == ("Anna", "anna@example.com", PHONE)
        session = await people.sign_in("Anna", PASSWORD)
        assert await people.verify(session.id_token) == "Anna"
        assert session.expires_in > 60

    async def test_the_id_token_has_the_claims_that_clients_read(self, people: Identity) -> None:
        await people.register(form())
        session = await people.sign_in("Anna", PASSWORD)
        claims = claims_of(session.id_token)
        assert claims["cognito:username"] == "Anna"
        assert claims["token_use"] == "id"
        assert claims["email"] == "anna@example.com"
        assert claims["phone_number"] == PHONE
        assert claims["exp"] - claims["iat"] == session.expires_in
        assert claims["iss"]
        assert claims["aud"]
        assert claims["sub"]

    async def test_any_case_signs_in_as_the_name_that_was_registered(
        self, people: Identity
    ) -> None:
        await people.register(form("Anna_B"))
        session = await people.sign_in("aNNa_b", PASSWORD)
        assert await people.verify(session.id_token) == "Anna_B"
        found = await people.find("ANNA_B")
        assert found is not None
        assert found.username == "Anna_B"

    @pytest.mark.parametrize("taken", ["Anna", "ANNA", "anna"])
    async def test_a_name_is_given_once_whatever_its_case(
        self, people: Identity, taken: str
    ) -> None:
        await people.register(form())
        with pytest.raises(UserExists):
            await people.register(form(taken, "Another-Pass-1"))
        with pytest.raises(UserExists):
            await people.add(taken)
        await people.sign_in("Anna", PASSWORD)

    async def test_an_invited_newcomer_is_registered_like_anybody(self, people: Identity) -> None:
        player = await people.register_invited(form("Dora"))
        assert player.username == "Dora"
        session = await people.sign_in("dora", PASSWORD)
        assert await people.verify(session.id_token) == "Dora"
        for name in ("Dora", "dora"):
            with pytest.raises(UserExists):
                await people.register_invited(form(name))

    async def test_of_registrations_at_once_exactly_one_wins(self, people: Identity) -> None:
        passwords = {name: f"Pass-of-{name}-1" for name in ("anna", "ANNA", "Anna", "aNNa")}
        done = await asyncio.gather(
            *(people.register(form(name, password)) for name, password in passwords.items()),
            return_exceptions=True,
        )
        refused = [result for result in done if isinstance(result, UserExists)]
        (winner,) = [result for result in done if not isinstance(result, BaseException)]
        assert len(refused) == len(passwords) - 1
        session = await people.sign_in(winner.username, passwords[winner.username])
        assert await people.verify(session.id_token) == winner.username
        assert [player.username for player in await people.players()] == [winner.username]

    async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(
        self, people: Identity
    ) -> None:
        await people.register(form())
        with pytest.raises(WrongPassword) as wrong:
            await people.sign_in("Anna", "Wrong-Password-1")
        with pytest.raises(WrongPassword) as unknown:
            await people.sign_in("Nobody", "Wrong-Password-1")
        assert wrong.value.message == unknown.value.message

    @pytest.mark.parametrize("password", ["", "\0", PASSWORD.lower(), PASSWORD + " ", "x" * 5000])
    async def test_other_passwords_do_not_sign_in(self, people: Identity, password: str) -> None:
        await people.register(form())
        with pytest.raises(WrongPassword):
            await people.sign_in("Anna", password)

    @pytest.mark.parametrize(
        "odd",
        ["", " ", "Anna ", "An%na", "' OR 1=1 --", "\0nna", "anna\n", "[/]", "\x1b[2J", "ａnna",
         "Anna\u200b", "ınga", "x" * 5000],
    )  # fmt: skip
    async def test_an_invalid_name_finds_nobody(self, people: Identity, odd: str) -> None:
        await people.register(form())
        assert await people.find(odd) is None
        with pytest.raises(WrongPassword):
            await people.sign_in(odd, PASSWORD)
        with pytest.raises(NoSuchPlayer):
            await people.reset(odd)
        with pytest.raises(NoSuchPlayer):
            await people.delete(odd)

    async def test_a_refresh_token_gives_a_new_session(self, people: Identity) -> None:
        await people.register(form())
        first = await people.sign_in("Anna", PASSWORD)
        second = await people.refresh(first.refresh_token)
        assert await people.verify(second.id_token) == "Anna"
        third = await people.refresh(second.refresh_token)
        assert await people.verify(third.id_token) == "Anna"

    async def test_a_lost_answer_or_a_second_terminal_signs_nobody_out(
        self, people: Identity
    ) -> None:
        await people.register(form())
        kept = (await people.sign_in("Anna", PASSWORD)).refresh_token
        branches = [await people.refresh(kept) for _ in range(3)]
        for branch in branches:
            again = await people.refresh(branch.refresh_token)
            assert await people.verify(again.id_token) == "Anna"

    async def test_a_revoked_refresh_token_refreshes_no_more(self, people: Identity) -> None:
        await people.register(form())
        session = await people.sign_in("Anna", PASSWORD)
        other = await people.sign_in("Anna", PASSWORD)
        await people.revoke(session.refresh_token)
        with pytest.raises(NotSignedIn):
            await people.refresh(session.refresh_token)
        await people.refresh(other.refresh_token)

    @pytest.mark.parametrize("unknown", ["", "garbage", "\0", "é", "x" * 8192])
    async def test_an_unknown_refresh_token_is_refused_and_revoked_without_a_word(
        self, people: Identity, unknown: str
    ) -> None:
        with pytest.raises(NotSignedIn):
            await people.refresh(unknown)
        await people.revoke(unknown)

    async def test_a_one_time_password_must_be_replaced_once(self, people: Identity) -> None:
        once = await people.add("Bert")
        assert password_problem(once) is None
        with pytest.raises(WrongPassword):
            await people.sign_in("Bert", PASSWORD, PASSWORD)
        with pytest.raises(SignInIncomplete) as incomplete:
            await people.sign_in("Bert", once)
        assert "new password" in incomplete.value.message
        session = await people.sign_in("bert", once, PASSWORD)
        assert await people.verify(session.id_token) == "Bert"
        with pytest.raises(WrongPassword):
            await people.sign_in("Bert", once, "Another-Pass-1")
        await people.sign_in("Bert", PASSWORD)

    async def test_a_reset_ends_the_password_and_the_sessions(self, people: Identity) -> None:
        await people.register(form())
        before = await people.sign_in("Anna", PASSWORD)
        once = await people.reset("ANNA")
        with pytest.raises(WrongPassword):
            await people.sign_in("Anna", PASSWORD)
        with pytest.raises(NotSignedIn):
            await people.refresh(before.refresh_token)
        after = await people.sign_in("Anna", once, "Another-Pass-1")
        assert await people.verify(after.id_token) == "Anna"

    async def test_a_deleted_account_is_gone_and_its_name_free(self, people: Identity) -> None:
        await people.register(form())
        session = await people.sign_in("Anna", PASSWORD)
        await people.delete("anna")
        assert await people.find("Anna") is None
        assert await people.players() == []
        with pytest.raises(NotSignedIn):
            await people.refresh(session.refresh_token)
        with pytest.raises(WrongPassword):
            await people.sign_in("Anna", PASSWORD)
        with pytest.raises(NoSuchPlayer):
            await people.delete("Anna")
        await people.register(form("ANNA"))

    async def test_a_reset_ends_the_id_tokens_of_before(self, people: Identity) -> None:
        await people.register(form())
        before = await people.sign_in("Anna", PASSWORD)
        assert await people.verify(before.id_token) == "Anna"
        once = await people.reset("Anna")
        with pytest.raises(NotSignedIn):
            await people.verify(before.id_token)
        after = await people.sign_in("Anna", once, "Another-Pass-1")
        assert await people.verify(after.id_token) == "Anna"
        with pytest.raises(NotSignedIn):
            await people.verify(before.id_token)

    @pytest.mark.parametrize("knows_it", [True, False], ids=["changed", "set"])
    async def test_a_new_password_ends_everything_of_before(
        self, people: Identity, *, knows_it: bool
    ) -> None:
        await people.register(form())
        before = await people.sign_in("Anna", PASSWORD)
        assert await people.verify(before.id_token) == "Anna"
        if knows_it:
            await people.change_password("anna", PASSWORD, "Another-Pass-1")
        else:
            await people.set_password("anna", "Another-Pass-1")
        with pytest.raises(NotSignedIn):
            await people.verify(before.id_token)
        with pytest.raises(NotSignedIn):
            await people.refresh(before.refresh_token)
        with pytest.raises(WrongPassword):
            await people.sign_in("Anna", PASSWORD)
        after = await people.sign_in("Anna", "Another-Pass-1")
        assert await people.verify(after.id_token) == "Anna"

    async def test_a_password_is_changed_only_by_who_knows_it(self, people: Identity) -> None:
        await people.register(form())
        session = await people.sign_in("Anna", PASSWORD)
        for name in ("Anna", "Nobody"):
            with pytest.raises(WrongPassword):
                await people.change_password(name, "Wrong-Password-1", "Another-Pass-1")
        with pytest.raises(NoSuchPlayer):
            await people.set_password("Nobody", "Another-Pass-1")
        assert await people.verify(session.id_token) == "Anna"
        await people.begin_closing("Anna")
        with pytest.raises(AccountClosing):
            await people.change_password("Anna", PASSWORD, "Another-Pass-1")
        with pytest.raises(NoSuchPlayer):
            await people.set_password("Anna", "Another-Pass-1")

    async def test_a_token_is_not_good_for_the_names_next_owner(self, people: Identity) -> None:
        await people.register(form())
        before = await people.sign_in("Anna", PASSWORD)
        assert await people.verify(before.id_token) == "Anna"
        await people.delete("Anna")
        with pytest.raises(NotSignedIn):
            await people.verify(before.id_token)
        await people.register(form())
        after = await people.sign_in("Anna", PASSWORD)
        for _ in range(2):
            with pytest.raises(NotSignedIn):
                await people.verify(before.id_token)
            assert await people.verify(after.id_token) == "Anna"

    async def test_a_name_owns_no_game_of_before_its_account(self, people: Identity) -> None:
        long_ago = utc_now() - timedelta(days=1)
        await people.register(form())
        await people.sign_in("Anna", PASSWORD)
        first = await people.owned_from("Anna")
        assert first is not None
        assert long_ago < first <= utc_now()
        assert long_ago < getattr(await people.find("Anna"), "since", long_ago) <= utc_now()
        between = utc_now()
        await people.delete("Anna")
        await people.register(form())
        again = await people.owned_from("Anna")
        assert again is not None
        assert first <= between
        assert first <= again <= utc_now()

    async def test_a_closing_account_gets_in_nowhere(self, people: Identity) -> None:
        await people.register(form())
        session = await people.sign_in("Anna", PASSWORD)
        await people.register(form("Bert"))
        assert await people.verify(session.id_token) == "Anna"
        assert list(await people.closing(("Anna", "Bert"))) == []
        for _ in range(2):
            assert (await people.begin_closing("ANNA")).username == "Anna"
        assert list(await people.closing(("Anna", "Bert"))) == ["Anna"]
        assert [name.casefold() for name in await people.all_closing()] == ["anna"]
        with pytest.raises(AccountClosing) as closing:
            await people.sign_in("Anna", PASSWORD)
        assert closing.value.username == "Anna"
        with pytest.raises(WrongPassword):
            await people.sign_in("Anna", "Wrong-Password-1")
        with pytest.raises(NotSignedIn):
            await people.verify(session.id_token)
        with pytest.raises(NotSignedIn):
            await people.refresh(session.refresh_token)
        with pytest.raises(UserExists):
            await people.register(form())
        await people.delete("Anna")
        assert list(await people.all_closing()) == []
        assert list(await people.closing(("Anna", "Bert"))) == ["Anna"]
        with pytest.raises(NoSuchPlayer):
            await people.begin_closing("Anna")
        await people.register(form())
        assert list(await people.closing(("Anna", "Bert"))) == []

    async def test_the_own_contact_can_be_changed(self, people: Identity) -> None:
        player = await people.register(form())
        assert player.notices == "sms"
        new = replace(
            player,
            email="other@example.com",
            phone="+4915555555555",
            notices="ntfy",
            ntfy_topic="annas-turns",
        )
        changed = await people.update(new)
        assert changed == new
        assert await people.find("anna") == changed

    async def test_players_come_by_name(self, people: Identity) -> None:
        for name in ("carl", "Bert", "anna"):
            await people.register(form(name))
        assert [player.username for player in await people.players()] == ["anna", "Bert", "carl"]

    async def test_no_forged_token_proves_anything(self, people: Identity) -> None:
        await people.register(form())
        genuine = (await people.sign_in("Anna", PASSWORD)).id_token
        key = secrets.token_bytes(32)
        claims = claims_of(genuine)
        header, body, signature = genuine.split(".")
        forged = {
            "no signature": unsigned(genuine),
            "signature cut off": f"{header}.{body}.",
            "two parts": f"{header}.{body}",
            "another secret": jwt.encode(claims, key, "HS256"),
            "another algorithm": jwt.encode(claims, secrets.token_bytes(64), "HS512"),
            "another algorithm named": _with_header(
                genuine,
                alg="HS256" if jwt.get_unverified_header(genuine)["alg"] != "HS256" else "RS256",
            ),
            "an embedded key": _with_header(genuine, jku="http://127.0.0.1/keys"),
            "another name": with_other_claims(genuine, **{"cognito:username": "Bert"}),
            "a longer life": with_other_claims(genuine, exp=claims["exp"] + 10_000),
            "100 KB": genuine + "A" * 100_000,
            "garbage": "garbage",
            "dots": "." * 5000,
            "nothing": "",
            "not ASCII": genuine[:-1] + "é",
            "a lone surrogate": "\ud800",
            "deep JSON": f"{header}.{_coded(b'[' * 5000)}.{signature}",
            "a list": f"{header}.{_coded(b'[]')}.{signature}",
            "broken UTF-8": f"{header}.{_coded(bytes([255]))}.{signature}",
        }
        for what, token in forged.items():
            with pytest.raises(NotSignedIn):
                assert await people.verify(token), what
        assert await people.verify(genuine) == "Anna"


def _coded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _with_header(id_token: str, **changes: str) -> str:
    _, body, signature = id_token.split(".")
    header = jwt.get_unverified_header(id_token) | changes
    return f"{_coded(json.dumps(header).encode())}.{body}.{signature}"
