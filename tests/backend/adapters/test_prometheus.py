"""What Prometheus reads: the figures of an API in use, and nobody's names."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from backend.adapters.prometheus import MOVE, SIGN_IN, PrometheusMetrics
from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.api.routes import OPERATIONS
from backend.bootstrap import Backend, assemble
from backend.domain.errors import Unavailable
from backend.domain.notices import Outcome, owed
from backend.domain.people import Registration
from backend.service.delivery import Messenger
from backend.service.metrics import OutboxState
from backend.service.watch import Watch
from tests.backend.api.people import MemoryPeople
from tests.backend.api.table import PASSWORD, Table
from tests.backend.samples import new_game
from tests.support import eventually_async


@pytest.fixture
def metrics() -> PrometheusMetrics:
    return PrometheusMetrics()


@pytest.fixture
async def backend(tmp_path: Path, metrics: PrometheusMetrics) -> AsyncIterator[Backend]:
    database = Database(tmp_path / "games.db", metrics=metrics)
    made = assemble(
        games=SqliteGameStore(database),
        people=MemoryPeople(),
        store_name="sqlite",
        watch=Watch(metrics),
    )
    yield made
    await made.close()


@pytest.fixture
async def table(backend: Backend) -> AsyncIterator[Table]:
    people = backend.service.people
    assert isinstance(people, MemoryPeople)
    transport = httpx.ASGITransport(backend.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.invalid") as http:
        made = Table(http, people)
        await made.join("Anna")
        await made.join("Bert")
        yield made


async def figures(metrics: PrometheusMetrics) -> dict[str, float]:
    """Each sample as `name{label=value,…}`."""
    found = {}
    for family in text_string_to_metric_families((await metrics.text()).decode()):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}"] = sample.value
    return found


def test_the_two_routes_that_have_counters_of_their_own_exist() -> None:
    assert {MOVE, SIGN_IN} <= {f"{one.method} {one.path}" for one in OPERATIONS}


async def test_moves_and_refusals_are_counted_by_their_outcome(
    table: Table, metrics: PrometheusMetrics
) -> None:
    game = await table.start("Anna", "Bert")
    assert (await table.move("Anna", game, "heap1", 2)).status_code == 409
    assert (await table.move("Bert", game, "heap1", 2)).status_code == 200
    assert (await table.move("Anna", game, "heap1", 9)).status_code == 400
    found = await figures(metrics)
    assert found["nim_moves_total{outcome=done}"] == 1
    assert found["nim_moves_total{outcome=not_your_turn}"] == 1
    assert found["nim_moves_total{outcome=illegal_move}"] == 1
    assert found[f"nim_refusals_total{{code=illegal_move,route={MOVE}}}"] == 1
    assert found[f"nim_request_seconds_count{{route={MOVE},status=200}}"] == 1
    assert found["nim_sqlite_commit_seconds_count{}"] >= 2
    assert found["nim_sqlite_commit_writes_sum{}"] >= 2


async def test_sign_ins_that_are_refused_are_counted(
    table: Table, metrics: PrometheusMetrics
) -> None:
    for password in ("wrong", PASSWORD):
        await table.http.post("/login", json={"username": "Anna", "password": password})
    assert (await figures(metrics))["nim_sign_ins_refused_total{code=wrong_password}"] == 1


async def test_held_requests_are_counted_while_they_are_held(
    table: Table, backend: Backend, metrics: PrometheusMetrics
) -> None:
    tag = (await table.get("Anna", "/games")).headers["etag"]
    waiting = asyncio.create_task(
        table.get("Anna", "/games", If_None_Match=tag, Prefer="wait=20"),
    )
    await eventually_async(backend.service.hub.waited_for)

    async def held() -> bool:
        return (await figures(metrics))["nim_held_requests{}"] == 1

    await eventually_async(held)
    await table.start("Anna", "Bert")
    assert (await waiting).status_code == 200
    assert (await figures(metrics))["nim_held_requests{}"] == 0


async def test_no_label_holds_what_strangers_send(table: Table, metrics: PrometheusMetrics) -> None:
    game = await table.start("Anna", "Bert")
    await table.get("Anna", "/secret/path")
    await table.http.request("PURGE", "/games")
    await table.get("Anna", f"/games/{game['gameId']}")
    text = (await metrics.text()).decode()
    for word in ("Anna", "Bert", "secret", "PURGE", game["gameId"]):
        assert word not in text
    found = await figures(metrics)
    assert found["nim_request_seconds_count{route=other,status=404}"] == 1
    assert found["nim_request_seconds_count{route=other,status=405}"] == 1


class Line:
    """A channel that takes one message, refuses the next, and fails from then on."""

    def __init__(self) -> None:
        self._outcomes: list[Outcome] = ["sent", "refused"]

    async def send(self, to: str, text: str, *, key: str, by: str) -> Outcome:
        if not self._outcomes:
            raise Unavailable
        return self._outcomes.pop(0)

    async def close(self) -> None:
        """Nothing is open."""


async def test_notices_are_counted_by_channel_and_outcome(metrics: PrometheusMetrics) -> None:
    people = MemoryPeople()
    for name in ("Anna", "Bert"):
        await people.register(Registration(name, PASSWORD, None, "+15555550100"))
    messenger = Messenger(people, {"sms": Line()}, metrics=metrics)
    for _ in range(3):
        for notice in owed(new_game()):
            await messenger.deliver(notice)
    found = await figures(metrics)
    outcomes = ("sent", "refused", "later")
    assert [found[f"nim_notices_total{{channel=sms,outcome={one}}}"] for one in outcomes] == [1] * 3


async def test_the_outbox_is_read_when_somebody_looks(metrics: PrometheusMetrics) -> None:
    states: list[OutboxState | None] = [OutboxState(3, 61.5), None]

    async def read() -> OutboxState:
        state = states.pop(0)
        if state is None:
            raise Unavailable
        return state

    metrics.outbox_from(read)
    found = await figures(metrics)
    assert found["nim_outbox_notices{}"] == 3
    assert found["nim_outbox_oldest_seconds{}"] == 61.5
    # A database that does not answer takes no other figure away.
    assert (await figures(metrics))["nim_outbox_notices{}"] == -1


async def test_two_backends_in_a_process_count_apart(metrics: PrometheusMetrics) -> None:
    PrometheusMetrics().called_aws("UpdateItem", "ok")
    metrics.called_aws("UpdateItem", "busy")
    found = await figures(metrics)
    assert found["nim_aws_calls_total{operation=UpdateItem,outcome=busy}"] == 1
    assert "nim_aws_calls_total{operation=UpdateItem,outcome=ok}" not in found
