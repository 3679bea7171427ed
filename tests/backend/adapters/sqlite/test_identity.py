"""Local accounts: the contract, and what they promise about passwords and names."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.adapters.sqlite import account_rows, identity
from backend.adapters.sqlite.account_rows import Account
from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.identity import SqliteIdentity
from backend.adapters.sqlite.password_hashing import Cost
from backend.domain.credentials import username_problem
from backend.domain.errors import (
    BadRequest,
    NotSignedIn,
    SignInIncomplete,
    Unavailable,
    UserExists,
    WrongPassword,
)
from tests.backend.adapters.conftest import Clock
from tests.backend.adapters.identity import PASSWORD, IdentityContract, form

SHORT = timedelta(seconds=1)


@pytest.fixture
def people(local_people: SqliteIdentity) -> SqliteIdentity:
    return local_people


class TestSqliteIdentity(IdentityContract):
    """The contract on a SQLite file."""


def everything_in(path: Path) -> bytes:
    """The contents of the file and its companions on the disk."""
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


async def test_an_unknown_name_costs_the_same_work_as_a_wrong_password(
    people: SqliteIdentity,
) -> None:
    await people.register(form())
    for name in ("Anna", "Nobody", "", "no name at all", "x" * 5000):
        before = people.passwords.checked
        with pytest.raises(WrongPassword):
            await people.sign_in(name, "Wrong-Password-1")
        assert people.passwords.checked == before + 1


async def test_the_hash_of_nothing_costs_what_a_hash_costs(people: SqliteIdentity) -> None:
    real = await people.passwords.hash(PASSWORD)
    dummy = people.passwords._hash_of_nothing()
    assert real.split("$")[:4] == dummy.split("$")[:4]
    assert [len(part) for part in real.split("$")] == [len(part) for part in dummy.split("$")]
    assert not await people.passwords.matches(PASSWORD, dummy)


async def test_no_secret_is_kept_in_clear_text(people: SqliteIdentity, path: Path) -> None:
    await people.register(form())
    session = await people.sign_in("Anna", PASSWORD)
    once = await people.add("Bert")
    kept = everything_in(path)
    for secret in (PASSWORD, session.refresh_token, session.id_token, once):
        assert secret.encode() not in kept
    assert hashlib.sha256(session.refresh_token.encode()).hexdigest().encode() in kept
    assert b"$argon2id$v=19$" in kept


async def test_of_two_processes_one_registers_a_name(
    local_people: SqliteIdentity, elsewhere: SqliteIdentity
) -> None:
    done = await asyncio.gather(
        *(
            somebody.register(form(name))
            for somebody in (local_people, elsewhere)
            for name in ("anna", "ANNA", "Anna")
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(result, UserExists) for result in done) == 5
    (winner,) = [result for result in done if not isinstance(result, BaseException)]
    assert list(await elsewhere.players()) == [winner]


async def test_a_backend_that_stops_says_so(local_people: SqliteIdentity) -> None:
    await local_people.register(form())
    await local_people.close()
    with pytest.raises(Unavailable):
        await local_people.sign_in("Anna", PASSWORD)


async def test_two_processes_know_each_others_sessions(
    people: SqliteIdentity, elsewhere: SqliteIdentity
) -> None:
    await people.register(form())
    session = await elsewhere.sign_in("anna", PASSWORD)
    assert await people.verify(session.id_token) == "Anna"
    await people.refresh(session.refresh_token)


@pytest.mark.parametrize("end", ["reset", "delete"])
async def test_a_token_that_was_good_a_moment_ago_ends_with_its_password(
    people: SqliteIdentity, end: str
) -> None:
    await people.register(form())
    session = await people.sign_in("Anna", PASSWORD)
    assert await people.verify(session.id_token) == "Anna"
    await (people.reset("ANNA") if end == "reset" else people.delete("ANNA"))
    with pytest.raises(NotSignedIn):
        await people.verify(session.id_token)


async def test_another_processs_reset_ends_tokens_soon(
    people: SqliteIdentity, elsewhere: SqliteIdentity, clock: Clock
) -> None:
    await people.register(form())
    session = await people.sign_in("Anna", PASSWORD)
    assert await people.verify(session.id_token) == "Anna"
    await elsewhere.reset("Anna")
    clock.move(identity.LOOK_AGAIN)
    with pytest.raises(NotSignedIn):
        await people.verify(session.id_token)


async def test_a_one_time_password_expires(people: SqliteIdentity, clock: Clock) -> None:
    once = await people.add("Bert")
    clock.move(identity.ONE_TIME_LIFE + SHORT)
    with pytest.raises(SignInIncomplete) as expired:
        await people.sign_in("Bert", once, PASSWORD)
    assert "expired" in expired.value.message
    with pytest.raises(WrongPassword):
        await people.sign_in("Bert", "Wrong-Password-1", PASSWORD)
    await people.sign_in("Bert", await people.reset("Bert"), PASSWORD)


@pytest.mark.parametrize("new", ["short", "nodigitsHere", "x" * 100])
async def test_the_new_password_keeps_the_rules(people: SqliteIdentity, new: str) -> None:
    once = await people.add("Bert")
    with pytest.raises(BadRequest) as refused:
        await people.sign_in("Bert", once, new)
    assert set(refused.value.fields) == {"newPassword"}
    with pytest.raises(BadRequest):
        await people.sign_in("Bert", once, once)
    await people.sign_in("Bert", once, PASSWORD)


async def test_a_new_password_where_none_is_due_changes_nothing(people: SqliteIdentity) -> None:
    await people.register(form())
    with pytest.raises(BadRequest) as refused:
        await people.sign_in("Anna", PASSWORD, "Another-Pass-1")
    assert set(refused.value.fields) == {"newPassword"}
    await people.sign_in("Anna", PASSWORD)


@pytest.mark.parametrize("change", ["reset", "begin_closing", "delete"])
@pytest.mark.parametrize("asked", ["sign_in", "change_password", "set_password"])
async def test_what_happens_to_an_account_while_its_password_is_checked_counts(
    people: SqliteIdentity,
    elsewhere: SqliteIdentity,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    asked: str,
    change: str,
) -> None:
    await people.register(form())
    look = people._account

    async def changed_after_a_look(username: str) -> Account | None:
        found = await look(username)
        monkeypatch.setattr(people, "_account", look)
        await getattr(elsewhere, change)(username)
        return found

    monkeypatch.setattr(people, "_account", changed_after_a_look)
    given = ("Another-Pass-1",) if asked == "set_password" else (PASSWORD,)
    more = ("Another-Pass-1",) if asked == "change_password" else ()
    with pytest.raises((WrongPassword, Unavailable)):
        await getattr(people, asked)("Anna", *given, *more)
    after = await people._account("Anna")
    assert after is None or not await people.passwords.matches(
        "Another-Pass-1", after.password_hash
    )
    assert not await database.read(
        lambda one: one.execute("SELECT * FROM refresh_tokens").fetchall()
    )


async def test_a_clock_that_is_set_back_keeps_no_account_as_it_was(
    people: SqliteIdentity, elsewhere: SqliteIdentity, clock: Clock
) -> None:
    await people.register(form())
    session = await people.sign_in("Anna", PASSWORD)
    await people.verify(session.id_token)
    clock.move(-timedelta(hours=1))
    await elsewhere.begin_closing("Anna")
    with pytest.raises(NotSignedIn):
        await people.verify(session.id_token)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=st.text(max_size=30) | st.from_regex(r"[A-Za-z0-9_-]{3,21}"))
async def test_any_text_as_a_name_is_an_account_or_an_error_in_words(
    people: SqliteIdentity, name: str
) -> None:
    try:
        player = await people.register(form(name))
    except (BadRequest, UserExists):
        assert username_problem(name) or await people.find(name) is not None
        return
    assert player.username == name
    session = await people.sign_in(name.swapcase(), PASSWORD)
    assert await people.verify(session.id_token) == name


async def test_the_real_cost_is_that_of_an_interactive_sign_in(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "Cost", Cost)  # not the tests' own
    people = SqliteIdentity(database)
    try:
        kept = await people.passwords.hash(PASSWORD)
        assert kept.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
        assert await people.passwords.matches(PASSWORD, kept)
    finally:
        await people.close()


@pytest.mark.parametrize("stored", ["Cafe\u0301-Word-1", "Tab\tbed-Word-1", "No\u00a0break-1"])
async def test_a_password_stored_as_it_was_typed_still_signs_in(
    people: SqliteIdentity, database: Database, stored: str
) -> None:
    """As every password was before they were prepared."""
    await people.register(form())
    as_typed = await people.passwords.hash(stored)
    await database.run(
        lambda connection: account_rows.set_password(connection, "Anna", as_typed, None)
    )
    await people.sign_in("Anna", stored)
    with pytest.raises(WrongPassword):
        await people.sign_in("Anna", "Wrong-Password-1")
