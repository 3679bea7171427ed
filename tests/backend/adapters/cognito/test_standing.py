"""What a pool's tokens are good for: whose the name is, and how rarely that is read."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from backend.adapters.cognito.account_cache import CognitoAccounts
from backend.adapters.cognito.standing import LOOK_AGAIN_SECONDS, Standings
from backend.adapters.cognito.token_verifier import VerifiedClaims
from backend.domain.errors import NotSignedIn
from backend.service.ports import AccountRecord
from tests.backend.adapters.cognito.stub import POOL, SUB, Cognito

NOW = 1_000_000
ANNA = VerifiedClaims("anna", SUB, NOW)
OLDER = replace(ANNA, sub="older")


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def standings(cognito: Cognito, clock: Clock) -> Standings:
    return Standings(CognitoAccounts(cognito.aws, POOL), cognito.records, clock=clock)


async def test_an_active_account_is_read_once_a_minute(
    cognito: Cognito, standings: Standings, clock: Clock
) -> None:
    cognito.records.kept["anna"] = AccountRecord(SUB)
    await asyncio.gather(*(standings.check(ANNA) for _ in range(20)))
    assert cognito.records.reads == 1
    clock.now += LOOK_AGAIN_SECONDS - 1
    await standings.check(ANNA)
    assert cognito.records.reads == 1
    clock.now += 1
    await standings.check(ANNA)
    assert cognito.records.reads == 2


async def test_whoever_hangs_up_ends_nobody_elses_look(
    cognito: Cognito, standings: Standings
) -> None:
    cognito.records.kept["anna"] = AccountRecord(SUB)
    first, second = (asyncio.create_task(standings.check(ANNA)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await second
    assert cognito.records.reads == 1


@pytest.mark.parametrize(
    "change", [{"closing": True}, {"counts_from": NOW + 1}, {"sub": "newer"}, {"sub": ""}]
)
async def test_what_another_process_changes_counts_within_a_minute(
    cognito: Cognito, standings: Standings, clock: Clock, change: dict[str, object]
) -> None:
    cognito.records.kept["anna"] = AccountRecord(SUB)
    await standings.check(ANNA)
    cognito.records.kept["anna"] = AccountRecord(**{"sub": SUB, **change})  # type: ignore[arg-type] # one of the fields
    if "sub" in change:
        cognito.knows("anna", sub="newer")
    clock.now += LOOK_AGAIN_SECONDS
    for _ in range(3):
        with pytest.raises(NotSignedIn):
            await standings.check(ANNA)


async def test_an_account_from_before_the_records_gets_one(
    cognito: Cognito, standings: Standings
) -> None:
    cognito.knows("anna")
    for _ in range(3):
        await standings.check(ANNA)
    assert cognito.records.kept["anna"].sub == SUB


async def test_an_old_token_asks_the_pool_once_a_minute_and_locks_nobody_out(
    cognito: Cognito, standings: Standings, clock: Clock
) -> None:
    """The name was deleted and registered again past us, as the tutorial's client does."""
    cognito.records.kept["anna"] = AccountRecord("older")
    await standings.check(OLDER)
    cognito.knows("anna")
    await standings.check(ANNA)  # at once, although this process had read the record just now
    assert cognito.records.kept["anna"].sub == SUB
    cognito.knows("anna")
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            await standings.check(OLDER)
        await standings.check(ANNA)
    clock.now += LOOK_AGAIN_SECONDS
    cognito.knows("anna")
    with pytest.raises(NotSignedIn):
        await standings.check(OLDER)


async def test_a_deleted_accounts_token_is_refused(cognito: Cognito, standings: Standings) -> None:
    cognito.knows_nobody()
    for _ in range(3):
        with pytest.raises(NotSignedIn):
            await standings.check(ANNA)
