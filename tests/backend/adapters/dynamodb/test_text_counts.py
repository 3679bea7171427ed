"""The texts that a game on AWS owes: one an event, its words, the right person, SNS up or down."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from backend.adapters.aws_sdk import Aws
from backend.adapters.dynamodb.game_store import DynamoGameStore
from backend.adapters.dynamodb.text_counts import DynamoCounter
from backend.adapters.sns import SnsSender
from backend.bootstrap import Backend, assemble
from backend.domain.game import Game
from backend.domain.nim import Move
from backend.domain.notices import SmsLimits
from backend.domain.people import Registration
from backend.service.commands import Invite
from backend.service.delivery import Messenger
from backend.service.direct_courier import DirectCourier
from tests.aws_engines import REGION, Engine, new_table
from tests.backend.adapters.dynamodb.fault_proxy import Fault, FaultProxy, proxied
from tests.backend.api.people import MemoryPeople
from tests.support import eventually_async

PHONES = {"anna": "+15555550001", "bert": "+15555550002"}
# Short, so that an outage of some moves is over within a test.
PAUSES = (0.05, 0.2, 0.5, 1.0, 2.0, 4.0)


class Stage:
    """A backend on moto whose way to SNS can be cut, and the texts that SNS has taken."""

    def __init__(self, backend: Backend, proxy: FaultProxy) -> None:
        self.service = backend.service
        self.cut = False
        proxy.plan = self._fault
        self._before = len(self._all())

    def texts(self) -> list[tuple[str, str]]:
        """Number and words of each text so far, sorted: their order is nobody's promise."""
        return sorted(self._all()[self._before :])

    def _all(self) -> list[tuple[str, str]]:
        from moto.core.models import DEFAULT_ACCOUNT_ID
        from moto.sns.models import sns_backends

        return [*sns_backends[DEFAULT_ACCOUNT_ID][REGION].sms_messages.values()]

    def _fault(self, operation: str) -> Fault:
        return "cut" if self.cut else "none"

    async def play(self, game: Game, heap: int, left: int) -> Game:
        return await self.service.move(str(game.turn), game.game_id, Move(heap, left), None)


@pytest.fixture
async def stage(moto: Engine, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    people = MemoryPeople()
    for name, phone in PHONES.items():
        await people.register(Registration(name, "Password1", f"{name}@example.com", phone))
    table = new_table(moto.aws())
    with proxied(moto.endpoint, lambda operation: "none") as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", proxy.endpoint)
        sns = Aws(REGION)
        sender = SnsSender(sns, DynamoCounter(moto.aws(), table), SmsLimits(("+1",)))
        backend = assemble(
            games=DynamoGameStore(moto.aws(), table),
            people=people,
            courier=DirectCourier(Messenger(people, {"sms": sender}), pauses=PAUSES),
            store_name="dynamodb",
        )
        yield Stage(backend, proxy)
        await backend.close()
        sns.close()


async def have(stage: Stage, count: int) -> Callable[[], bool]:
    await eventually_async(lambda: len(stage.texts()) >= count, timeout=20)
    return lambda: len(stage.texts()) == count


async def test_each_event_is_one_text_to_the_right_person(stage: Stage) -> None:
    game = await stage.service.create("anna", Invite(opponent="bert", heaps=[2, 1, 0]))
    game = await stage.play(game, 2, 0)
    game = await stage.play(game, 1, 1)
    game = await stage.play(game, 1, 0)
    assert game.winner == "anna"
    assert (await have(stage, 5))()
    name = game.game_id
    assert stage.texts() == sorted(
        [
            (PHONES["bert"], f"anna invites you to a game of Nim. It is your turn. Game {name}."),
            (PHONES["anna"], f"Nim: it is your turn against bert. Game {name}."),
            (PHONES["bert"], f"Nim: it is your turn against anna. Game {name}."),
            (PHONES["anna"], f"Nim: you won against bert. Game {name}."),
            (PHONES["bert"], f"Nim: you lost against anna. Game {name}."),
        ]
    )


async def test_with_sns_away_every_move_is_accepted_and_the_texts_come_later(stage: Stage) -> None:
    game = await stage.service.create("anna", Invite(opponent="bert", heaps=[6, 6, 6]))
    await have(stage, 1)
    stage.cut = True
    for left in (5, 4, 3, 2, 1):
        game = await stage.play(game, 1, left)
        game = await stage.play(game, 2, left)
    assert (game.version, game.heaps) == (10, (1, 1, 6))
    assert len(stage.texts()) == 1
    stage.cut = False
    assert (await have(stage, 11))()
