"""Keys beside the accounts: whose they are, and what takes them away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.identity import SqliteIdentity
from backend.adapters.sqlite.password_hashing import Cost
from backend.adapters.sqlite.ssh_keys import MOST_OF_ONE_PLAYER, SqliteKeys
from backend.domain.errors import BadRequest, NoSuchPlayer
from backend.domain.people import Player, Registration

PASSWORD = "Passw0rd"
KEY = "SHA256:one"
CHEAP = Cost(memory_kib=8)


@dataclass(frozen=True, slots=True)
class Kept:
    people: SqliteIdentity
    keys: SqliteKeys


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    database = Database(tmp_path / "games.db")
    people = SqliteIdentity(database, cost=CHEAP)
    for name in ("Anna", "bert"):
        await people.register(Registration(name, PASSWORD, f"{name}@example.com", None))
    yield Kept(people, SqliteKeys(database, people))
    await people.close()
    await database.close()


async def test_a_key_signs_its_owner_in(kept: Kept) -> None:
    assert await kept.keys.sign_in(KEY) is None
    await kept.keys.remember("anna", KEY, "laptop")
    found = await kept.keys.sign_in(KEY)
    assert found is not None
    assert found.username == "Anna"
    assert await kept.people.verify(found.session.id_token) == "Anna"
    session = await kept.people.refresh(found.session.refresh_token)
    assert await kept.people.verify(session.id_token) == "Anna"
    (key,) = await kept.keys.of("ANNA")
    assert (key.fingerprint, key.name) == (KEY, "laptop")
    assert key.used_at is not None


async def test_a_key_is_one_players(kept: Kept) -> None:
    await kept.keys.remember("Anna", KEY, "laptop")
    await kept.keys.remember("bert", KEY, "laptop")
    assert await kept.keys.owner(KEY) == "bert"
    assert await kept.keys.of("Anna") == []


async def test_a_key_is_renamed_and_removed_by_its_owner_alone(kept: Kept) -> None:
    await kept.keys.remember("Anna", KEY, "laptop")
    assert not await kept.keys.rename("bert", KEY, "mine")
    assert not await kept.keys.forget("bert", KEY)
    assert await kept.keys.rename("anna", KEY, "a\x1b[31mb\n" + "x" * 99)
    (key,) = await kept.keys.of("Anna")
    assert key.name.startswith("a[31mbxxx")
    assert len(key.name) == 60
    assert await kept.keys.forget("anna", KEY)
    assert await kept.keys.of("Anna") == []


@pytest.mark.parametrize("way", ["deleted", "reset", "closing", "changed", "new password"])
async def test_what_ends_sessions_takes_keys_away(kept: Kept, way: str) -> None:
    await kept.keys.remember("Anna", KEY, "laptop")
    await kept.keys.remember("bert", "SHA256:two", "laptop")
    await kept.keys.keep_choices("Anna", {"theme": "paper"})
    match way:
        case "deleted":
            await kept.people.delete("anna")
            assert await kept.keys.choices("Anna") == {}
        case "closing":
            await kept.people.begin_closing("anna")
        case "reset":
            await kept.people.reset("anna")
        case "changed":
            await kept.people.change_password("anna", PASSWORD, "An0therPassword")
        case "new password":
            one_time = await kept.people.reset("anna")
            await kept.keys.remember("Anna", KEY, "laptop")
            assert await kept.keys.sign_in(KEY) is None, "only a sign-in replaces that password"
            await kept.people.sign_in("anna", one_time, "An0therPassword")
    assert await kept.keys.sign_in(KEY) is None
    assert await kept.keys.owner(KEY) is None
    assert await kept.keys.owner("SHA256:two") == "bert"


async def test_signing_in_leaves_the_keys(kept: Kept) -> None:
    await kept.keys.remember("Anna", KEY, "laptop")
    await kept.people.sign_in("anna", PASSWORD)
    await kept.people.update(Player("Anna", phone="+15555550100"))
    assert await kept.keys.owner(KEY) == "Anna"


async def test_a_name_that_is_registered_again_has_no_keys(kept: Kept) -> None:
    await kept.keys.remember("Anna", KEY, "laptop")
    await kept.people.delete("anna")
    await kept.people.register(Registration("Anna", PASSWORD, "a@example.com", None))
    assert await kept.keys.of("Anna") == []


async def test_nobody_keeps_keys_for_nobody(kept: Kept) -> None:
    with pytest.raises(NoSuchPlayer):
        await kept.keys.remember("carl", KEY, "laptop")
    with pytest.raises(NoSuchPlayer):
        await kept.keys.keep_choices("carl", {})
    for number in range(MOST_OF_ONE_PLAYER):
        await kept.keys.remember("Anna", f"SHA256:{number}", "laptop")
    await kept.keys.remember("Anna", "SHA256:0", "the same once more")
    with pytest.raises(BadRequest):
        await kept.keys.remember("Anna", KEY, "one too many")


async def test_choices_are_kept_for_each_player(kept: Kept) -> None:
    assert await kept.keys.choices("Anna") == {}
    await kept.keys.keep_choices("Anna", {"theme": "paper", "hotseat_names": ["a", "b"]})
    await kept.keys.keep_choices("Anna", {"theme": "okabe"})
    assert await kept.keys.choices("Anna") == {"theme": "okabe"}
    assert await kept.keys.choices("bert") == {}
    with pytest.raises(BadRequest):
        await kept.keys.keep_choices("Anna", {"theme": "x" * 20_000})
