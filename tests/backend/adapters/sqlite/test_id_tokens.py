"""Local accounts: their ID tokens and their sessions."""

from __future__ import annotations

import base64
import hmac
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.adapters.sqlite import id_tokens, identity, refresh_tokens
from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.identity import SqliteIdentity
from backend.domain.errors import (
    NotSignedIn,
)
from backend.service.ports import Identity
from tests.backend.adapters.conftest import CHEAP, Clock
from tests.backend.adapters.identity import PASSWORD, claims_of, form

SHORT = timedelta(seconds=1)


@pytest.fixture
def people(local_people: SqliteIdentity) -> SqliteIdentity:
    return local_people


def secret_of(path: Path) -> bytes:
    with closing(sqlite3.connect(path)) as connection, connection:
        (value,) = connection.execute("SELECT value FROM secrets").fetchone()
    connection.close()
    return bytes(value)


async def test_another_files_token_proves_nothing(people: SqliteIdentity, tmp_path: Path) -> None:
    other = Database(tmp_path / "other.db")
    strangers = SqliteIdentity(other, cost=CHEAP)
    try:
        await strangers.register(form())
        await people.register(form())
        session = await strangers.sign_in("Anna", PASSWORD)
        with pytest.raises(NotSignedIn):
            await people.verify(session.id_token)
    finally:
        await strangers.close()
        await other.close()


WELL_SIGNED_BUT_WRONG: dict[str, Callable[[dict[str, Any]], None]] = {
    "expired": lambda claims: claims.update(exp=claims["iat"] - 60),
    "from the future": lambda claims: claims.update(iat=claims["iat"] + 3000),
    "for somebody else": lambda claims: claims.update(aud="another-program"),
    "for many": lambda claims: claims.update(aud=["another-program"]),
    "by somebody else": lambda claims: claims.update(iss="https://example.com"),
    "an access token": lambda claims: claims.update(token_use="access"),
    "an odd use": lambda claims: claims.update(token_use=["id"]),
    "an odd name": lambda claims: claims.update({"cognito:username": 5}),
    "an unknown name": lambda claims: claims.update({"cognito:username": "Nobody"}),
    "another spelling": lambda claims: claims.update({"cognito:username": "ANNA"}),
    "an odd subject": lambda claims: claims.update(sub=5),
    "another subject": lambda claims: claims.update(sub="somebody"),
    "an odd end": lambda claims: claims.update(exp="tomorrow"),
    "an endless end": lambda claims: claims.update(exp=float("inf")),
} | {
    f"no {name}": lambda claims, name=name: claims.pop(name)
    for name in ("exp", "iat", "iss", "aud", "sub", "token_use", "cognito:username")
}


@pytest.mark.parametrize("wrong", WELL_SIGNED_BUT_WRONG)
async def test_a_well_signed_token_still_has_to_be_right(
    people: SqliteIdentity, path: Path, wrong: str
) -> None:
    await people.register(form())
    claims = claims_of((await people.sign_in("Anna", PASSWORD)).id_token)
    assert await people.verify(jwt.encode(claims, secret_of(path), "HS256")) == "Anna"
    WELL_SIGNED_BUT_WRONG[wrong](claims)
    with pytest.raises(NotSignedIn):
        await people.verify(jwt.encode(claims, secret_of(path), "HS256"))


def signed(header: bytes, payload: str, secret: bytes, digest: str) -> str:
    def encoded(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    text = f"{encoded(header)}.{payload}"
    return f"{text}.{encoded(hmac.digest(secret, text.encode(), digest))}"


async def test_another_algorithm_with_our_own_secret_is_refused(
    people: SqliteIdentity, path: Path
) -> None:
    await people.register(form())
    head, payload, _ = (await people.sign_in("Anna", PASSWORD)).id_token.split(".")
    good = b'{"alg":"HS256","typ":"JWT"}'
    assert await people.verify(signed(good, payload, secret_of(path), "sha256")) == "Anna"
    for digest, header in (
        ("sha512", good),
        ("sha512", b'{"alg":"HS512","typ":"JWT"}'),
        ("sha256", b'{"alg":"HS512","typ":"JWT"}'),
        ("sha256", b'{"alg":"none","typ":"JWT"}'),
        ("sha256", b'{"typ":"JWT"}'),
        ("sha256", b"[]"),
        ("sha256", b"\xff"),
        ("sha256", b""),
    ):
        with pytest.raises(NotSignedIn):
            await people.verify(signed(header, payload, secret_of(path), digest))
    for unsigned in (f"{head}.{payload}", f"{head}.{payload}.", f".{head}.{payload}"):
        with pytest.raises(NotSignedIn):
            await people.verify(unsigned)


async def test_any_jwt_library_reads_our_tokens(people: SqliteIdentity, path: Path) -> None:
    await people.register(form())
    token = (await people.sign_in("Anna", PASSWORD)).id_token
    claims = jwt.decode(token, secret_of(path), ["HS256"], audience=id_tokens.AUDIENCE)
    assert claims["cognito:username"] == "Anna"
    assert claims["exp"] - claims["iat"] == id_tokens.LIFE.total_seconds()


async def test_a_genuine_token_over_8_kb_is_refused(people: SqliteIdentity, path: Path) -> None:
    await people.register(form())
    claims = claims_of((await people.sign_in("Anna", PASSWORD)).id_token)
    fat = jwt.encode(claims | {"more": "x" * id_tokens.MOST_BYTES}, secret_of(path), "HS256")
    with pytest.raises(NotSignedIn):
        await people.verify(fat)


async def test_the_old_refresh_token_ends_with_the_first_use_of_the_new(
    people: SqliteIdentity,
) -> None:
    await people.register(form())
    first = await people.sign_in("Anna", PASSWORD)
    second = await people.refresh(first.refresh_token)
    await people.refresh(first.refresh_token)
    third = await people.refresh(second.refresh_token)
    with pytest.raises(NotSignedIn):
        await people.refresh(first.refresh_token)
    await people.refresh(second.refresh_token)
    await people.refresh(third.refresh_token)


async def test_signing_out_ends_every_branch_of_that_sign_in(people: SqliteIdentity) -> None:
    await people.register(form())
    first = await people.sign_in("Anna", PASSWORD)
    lost = await people.refresh(first.refresh_token)
    kept = await people.refresh(first.refresh_token)
    await people.revoke(kept.refresh_token)
    for session in (first, lost, kept):
        with pytest.raises(NotSignedIn):
            await people.refresh(session.refresh_token)


async def test_signing_out_with_a_token_that_another_terminal_has_replaced(
    people: SqliteIdentity,
) -> None:
    await people.register(form())
    first = await people.sign_in("Anna", PASSWORD)
    elsewhere = await people.sign_in("Anna", PASSWORD)
    second = await people.refresh(first.refresh_token)
    third = await people.refresh(second.refresh_token)
    await people.revoke(first.refresh_token)
    for session in (second, third):
        with pytest.raises(NotSignedIn):
            await people.refresh(session.refresh_token)
    await people.refresh(elsewhere.refresh_token)


async def test_a_session_lives_thirty_days_from_its_last_use(
    people: SqliteIdentity, clock: Clock
) -> None:
    await people.register(form())
    session = await people.sign_in("Anna", PASSWORD)
    for _ in range(3):
        clock.move(refresh_tokens.LIFE - SHORT)
        session = await people.refresh(session.refresh_token)
    clock.move(refresh_tokens.LIFE)
    with pytest.raises(NotSignedIn):
        await people.refresh(session.refresh_token)


async def test_one_player_keeps_a_bounded_number_of_sessions(
    people: SqliteIdentity, path: Path, clock: Clock
) -> None:
    await people.register(form())
    first = await people.sign_in("Anna", PASSWORD)
    for _ in range(refresh_tokens.MOST_OF_ONE_PLAYER):
        clock.move(SHORT)
        newest = await people.sign_in("Anna", PASSWORD)
    with closing(sqlite3.connect(path)) as connection, connection:
        (count,) = connection.execute("SELECT count(*) FROM refresh_tokens").fetchone()
    connection.close()
    assert count == refresh_tokens.MOST_OF_ONE_PLAYER
    with pytest.raises(NotSignedIn):
        await people.refresh(first.refresh_token)
    await people.refresh(newest.refresh_token)


async def test_id_tokens_end_with_the_account_and_with_its_password(people: SqliteIdentity) -> None:
    await people.register(form())
    first = await people.sign_in("Anna", PASSWORD)
    once = await people.reset("Anna")
    with pytest.raises(NotSignedIn):
        await people.verify(first.id_token)
    second = await people.sign_in("Anna", once, PASSWORD)
    with pytest.raises(NotSignedIn):
        await people.verify(first.id_token)
    assert await people.verify(second.id_token) == "Anna"
    await people.delete("Anna")
    with pytest.raises(NotSignedIn):
        await people.verify(second.id_token)
    await people.register(form())
    with pytest.raises(NotSignedIn):
        await people.verify(second.id_token)


async def test_another_process_notices_a_deletion_soon(
    people: SqliteIdentity, elsewhere: SqliteIdentity, clock: Clock
) -> None:
    await people.register(form())
    session = await people.sign_in("Anna", PASSWORD)
    assert await elsewhere.verify(session.id_token) == "Anna"
    await people.delete("Anna")
    clock.move(identity.LOOK_AGAIN)
    with pytest.raises(NotSignedIn):
        await elsewhere.verify(session.id_token)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(token=st.text(max_size=200) | st.from_regex(r"\A[\w-]{0,40}\.[\w-]{0,40}\.[\w-]{0,40}\Z"))
async def test_any_text_as_a_token_is_refused(people: Identity, token: str) -> None:
    with pytest.raises(NotSignedIn):
        await people.verify(token)
    with pytest.raises(NotSignedIn):
        await people.refresh(token)
