"""Accounts in a Cognito user pool: the contract, on each engine.

What an engine does otherwise than Cognito is marked where it is met, so that a better engine shows.
"""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from backend.adapters.aws_sdk import Aws
from backend.adapters.cognito.factory import people_of_pool
from backend.adapters.cognito.identity import CognitoIdentity
from backend.adapters.dynamodb.account_items import AccountItems
from backend.config.settings import BackendSettings
from backend.domain.errors import UserExists
from backend.service.ports import Identity
from tests.aws_engines import Engine, new_pool, new_table
from tests.backend.adapters.identity import PASSWORD, IdentityContract, form
from tests.real_aws import is_asked_for


def people_on(engine: Engine) -> CognitoIdentity:
    """The people of a new pool, with nobody in it."""
    aws = engine.aws()
    pool = new_pool(aws)
    sign_up_one_at_a_time(aws)
    settings = BackendSettings(data=Path(), user_pool_id=pool.pool_id, client_id=pool.client_id)
    return people_of_pool(aws, settings, AccountItems(aws, new_table(aws)))


def sign_up_one_at_a_time(aws: Aws) -> None:
    """Let no two SignUp calls overlap.

    Cognito refuses the second of two that come at once. The engines look and write in two steps,
    and now and then accept both: with ministack in 5 of 60 rounds of four.
    """
    client = aws.client("cognito-idp")
    sign_up, lock = client.sign_up, threading.Lock()

    def locked(**asked: Any) -> Any:
        with lock:
            return sign_up(**asked)

    vars(client)["sign_up"] = locked


class CognitoContract(IdentityContract):
    """The contract, where no engine's pool takes Ana and ana for the same at the same moment."""

    async def test_of_registrations_at_once_exactly_one_wins(self, people: Identity) -> None:
        done = await asyncio.gather(
            *(people.register(form(password=f"Pass-of-{number}-1")) for number in range(4)),
            return_exceptions=True,
        )
        assert sum(isinstance(result, UserExists) for result in done) == 3
        (winner,) = [number for number in range(4) if not isinstance(done[number], BaseException)]
        await people.sign_in("Anna", f"Pass-of-{winner}-1")


class TestOnMinistack(CognitoContract):
    """The contract on ministack."""

    @pytest.fixture
    def people(self, ministack: Engine) -> CognitoIdentity:
        return people_on(ministack)


if is_asked_for():

    class TestOnAws(CognitoContract):
        """The contract on Cognito itself."""

        @pytest.fixture
        def people(self, aws_itself: Engine) -> CognitoIdentity:
            return people_on(aws_itself)


class TestBrieflyOnMoto:
    """What the other engine, which has tokens of its own making, is most likely to do otherwise."""

    @pytest.fixture
    def people(self, moto: Engine) -> CognitoIdentity:
        return people_on(moto)

    _whole = IdentityContract
    test_a_new_account = _whole.test_a_new_account_signs_in_and_its_token_proves_the_name
    test_a_wrong_password = _whole.test_a_wrong_password_and_an_unknown_name_get_the_same_answer
    test_a_refresh_token = _whole.test_a_refresh_token_gives_a_new_session
    test_a_one_time_password = _whole.test_a_one_time_password_must_be_replaced_once
    test_a_closing_account = _whole.test_a_closing_account_gets_in_nowhere
    test_players_come_by_name = _whole.test_players_come_by_name
    test_no_forged_token = _whole.test_no_forged_token_proves_anything


@pytest.mark.reliability
class TestOnMoto(CognitoContract):
    """The contract on moto: slow, and the same again."""

    @pytest.fixture
    def people(self, moto: Engine) -> CognitoIdentity:
        return people_on(moto)

    @pytest.mark.xfail(strict=True, reason="the engine knows no RevokeToken")
    async def test_a_revoked_refresh_token_refreshes_no_more(self, people: Identity) -> None:
        await super().test_a_revoked_refresh_token_refreshes_no_more(people)

    @pytest.mark.parametrize("unknown", ["", "\0", "é"])  # any other is a fault inside the engine
    async def test_an_unknown_refresh_token_is_refused_and_revoked_without_a_word(
        self, people: Identity, unknown: str
    ) -> None:
        await super().test_an_unknown_refresh_token_is_refused_and_revoked_without_a_word(
            people, unknown
        )

    @pytest.mark.xfail(strict=True, reason="a deleted player's token is a fault inside the engine")
    async def test_a_deleted_account_is_gone_and_its_name_free(self, people: Identity) -> None:
        await super().test_a_deleted_account_is_gone_and_its_name_free(people)


async def test_a_second_refresh_is_of_the_same_player(ministack: Engine) -> None:
    people = people_on(ministack)
    for name in ("Anna", "Bert"):
        await people.register(form(name))
    session = await people.sign_in("Bert", PASSWORD)
    assert await people.verify((await people.refresh(session.refresh_token)).id_token) == "Bert"


async def test_an_interrupted_invited_registration_is_finished_by_its_own_password(
    ministack: Engine,
) -> None:
    people = people_on(ministack)
    await people._admin.create("Anna", PASSWORD, {"phone_number": "+15555550100"})
    with pytest.raises(UserExists):
        await people.register_invited(form(password="Another-1"))
    await people.register_invited(form())
    await people.sign_in("Anna", PASSWORD)
