"""A server on DynamoDB that is watched: its calls to AWS, counted whichever way they go."""

from __future__ import annotations

import os

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from backend.adapters.aws_sdk import TransportName
from backend.adapters.prometheus import PrometheusMetrics
from backend.bootstrap import served
from backend.config.settings import chosen_store
from backend.service.watch import Watch
from tests.aws_engines import Cloud
from tests.backend.assembled.test_whole_way import signed


@pytest.mark.parametrize("client", ["aiohttp", "boto3"])
async def test_a_game_on_dynamodb_is_seen_in_the_figures(
    cloud: Cloud, client: TransportName
) -> None:
    environment = {**os.environ, "NIM_AWS_CLIENT": client}
    choice, settings = chosen_store("dynamodb", environment)
    metrics = PrometheusMetrics()
    server = served(choice, settings, watch=Watch(metrics))
    transport = httpx.ASGITransport(server.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.invalid") as http:
        tokens = {name: await signed(http, name) for name in ("anna", "bert")}
        game = (await http.post("/games", json={"opponent": "bert"}, headers=tokens["anna"])).json()
        path, move = f"/games/{game['gameId']}", {"changedHeap": "heap1", "changedHeapValue": 0}
        for status in (200, 409):
            moved = await http.post(path, json=move, headers=tokens["bert"])
            assert moved.status_code == status
        assert (await http.get("/health")).json() == {"status": "ok", "store": "dynamodb"}
    await server.close()
    calls = {
        (sample.labels["operation"], sample.labels["outcome"]): sample.value
        for family in text_string_to_metric_families((await metrics.text()).decode())
        for sample in family.samples
        if sample.name == "nim_aws_calls_total"
    }
    assert calls["PutItem", "ok"] >= 1
    assert calls["UpdateItem", "condition"] >= 1
    assert calls["SignUp", "ok"] == 2
    assert {outcome for _, outcome in calls} == {"ok", "condition", "no"}
