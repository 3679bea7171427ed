"""A server that sends texts: its own notices, and those that an earlier process left behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backend.bootstrap import Backend, on_aws, served, straight_to_aws
from backend.config.settings import BackendSettings, StoreChoice, read_settings
from backend.domain.notices import Outcome
from backend.service.commands import Invite, SignUp
from tests.aws_engines import REGION, Cloud, Engine
from tests.backend.entrypoints.running import Running
from tests.support import eventually, eventually_async

ANNA, BERT = "+15555550101", "+15555550102"


class Sent:
    """A `Sender` that keeps what it was given."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, str]] = []

    async def send(self, to: str, text: str, *, key: str, by: str) -> Outcome:
        self.texts.append((to, text))
        return "sent"

    async def close(self) -> None:
        """Nothing is set aside."""


def server(path: Path, sender: Sent | None) -> Backend:
    return served(StoreChoice("sqlite", path), BackendSettings(data=path), sender=sender)


async def test_what_an_earlier_process_left_is_sent_once_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "games.db"
    silent = server(path, None)
    await silent.start()
    for number, name in enumerate(("Anna", "Bert")):
        await silent.service.accounts.register(
            SignUp(
                username=name,
                password="Password1",
                email="a@example.com",
                phone=f"+1555555000{number}",
            )
        )
    game = await silent.service.create("Anna", Invite(opponent="Bert"))
    await silent.close()

    sent = Sent()
    for _ in range(2):
        texting = server(path, sent)
        await texting.start()
        await eventually_async(lambda: sent.texts)
        await texting.close()
    ((phone, text),) = sent.texts
    assert phone == "+15555550001"
    assert "Anna invites you" in text
    assert game.game_id in text


def test_a_server_texts_through_sns_and_says_nothing_of_it_in_its_logs(
    moto: Engine, tmp_path: Path
) -> None:
    from moto.core.models import DEFAULT_ACCOUNT_ID
    from moto.sns.models import sns_backends

    texts = sns_backends[DEFAULT_ACCOUNT_ID][REGION].sms_messages
    before = set(texts)
    environment = {**moto.environment, "NIM_SMS_PREFIXES": "+1", "NIM_SMS_CONFIRM": "none"}
    with Running(tmp_path / "games.db", environment=environment) as server:
        anna, bert = (
            server.sign_up(name, phone) for name, phone in (("Anna", ANNA), ("Bert", BERT))
        )
        with server.client(anna) as http:
            game = http.post("/games", json={"opponent": "Bert"}).json()
        with server.client(bert) as http:
            http.post(f"/games/{game['gameId']}/decline")

        def sent() -> list[tuple[str, str]]:
            return [text for key, text in texts.items() if key not in before]

        eventually(lambda: len(sent()) == 2)
        logged = "".join(server.logged)
    by_phone = dict(sent())
    assert "Anna invites you to a game" in by_phone[BERT]
    assert game["gameId"] in by_phone[BERT]
    assert "Bert declined" in by_phone[ANNA]
    assert ANNA not in logged
    assert BERT not in logged


def test_a_server_texts_a_code_first_and_notices_once_it_has_come_back(
    moto: Engine, tmp_path: Path
) -> None:
    from moto.core.models import DEFAULT_ACCOUNT_ID
    from moto.sns.models import sns_backends

    texts = sns_backends[DEFAULT_ACCOUNT_ID][REGION].sms_messages
    phone = "+15555550303"

    def sent() -> list[str]:
        return [text for number, text in texts.values() if number == phone]

    environment = {**moto.environment, "NIM_SMS_PREFIXES": "+1"}
    with Running(tmp_path / "games.db", environment=environment) as server:
        anna, bert = server.sign_up("Anna"), server.sign_up("Bert", phone)
        with server.client(anna) as hers, server.client(bert) as his:
            hers.post("/games", json={"opponent": "Bert"})
            (code,) = sent()
            body = {"channel": "sms", "code": code[:8]}
            assert his.post("/me/confirm", json=body).json()["phoneConfirmed"] is True
            hers.post("/games", json={"opponent": "Bert"})
        eventually(lambda: len(sent()) == 2)
        assert code[:8] not in "".join(server.logged)


@pytest.mark.parametrize("environment", [{}, {"NIM_SMS_IN_ALL": "5"}, {"NIM_SMS_PREFIXES": "none"}])
def test_a_server_on_dynamodb_texts_nobody_unless_it_is_switched_on(
    moto: Engine, cloud: Cloud, environment: dict[str, str]
) -> None:
    settings = read_settings({**os.environ, **environment})
    backend = on_aws(settings, holds=True)
    assert backend.service._courier is None
    switched_on = on_aws(read_settings({**os.environ, "NIM_SMS_PREFIXES": "+1"}), holds=True)
    assert switched_on.service._courier is not None
    straight = straight_to_aws(settings=settings)
    assert (straight.service._courier is None) is (environment.get("NIM_SMS_PREFIXES") == "none")
