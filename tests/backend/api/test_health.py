"""`GET /health`: well, degraded and why, or gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from backend.adapters.sqlite import watching
from backend.bootstrap import Backend, served
from backend.config.settings import chosen_store
from tests.backend.api.table import Table


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Backend]:
    choice, settings = chosen_store(f"sqlite:{tmp_path}/games.db", {})
    made = served(choice, settings)
    await made.start()
    yield made
    await made.close()


async def asked(backend: Backend) -> httpx.Response:
    transport = httpx.ASGITransport(backend.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.invalid") as http:
        return await http.get("/health")


async def test_a_server_that_is_well_says_no_more_than_that(server: Backend) -> None:
    answer = await asked(server)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "store": "sqlite"})


async def test_a_disk_that_is_nearly_full_is_told_while_games_go_on(
    server: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "LOW_BYTES", 2**80)
    answer = await asked(server)
    assert answer.status_code == 200
    expected = {"status": "degraded", "store": "sqlite", "reasons": ["disk_low"]}
    assert answer.json() == expected


async def test_inside_a_client_nothing_is_looked_at(table: Table) -> None:
    assert (await table.http.get("/health")).json() == {"status": "ok", "store": "sqlite"}


async def test_a_file_that_is_gone_is_unavailable(server: Backend, tmp_path: Path) -> None:
    (tmp_path / "games.db").unlink()
    answer = await asked(server)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
