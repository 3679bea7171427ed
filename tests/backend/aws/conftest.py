"""A whole AWS for one test: a table and a pool in ministack, named by the environment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from backend.aws.sdk import Aws
from backend.bootstrap import Backend, straight_to_aws
from backend.stores.dynamodb import DynamoGames
from tests.aws_engines import Engine, Pool, new_pool, new_table


@dataclass(frozen=True)
class Cloud:
    """The engine, and what was made in it for this test."""

    engine: Engine
    table: str
    pool: Pool

    def aws(self) -> Aws:
        """Clients that all tests share."""
        return self.engine.aws()

    def games(self) -> DynamoGames:
        """An adapter on the table."""
        return DynamoGames(self.aws(), self.table)


@pytest.fixture
def cloud(ministack: Engine, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    made = Cloud(ministack, new_table(ministack.aws()), new_pool(ministack.aws()))
    names = {
        "NIM_TABLE": made.table,
        "USER_POOL_ID": made.pool.pool_id,
        "COGNITO_CLIENT_ID": made.pool.client_id,
    }
    for name, value in {**ministack.environment, **names}.items():
        monkeypatch.setenv(name, value)
    return made


@pytest.fixture
async def backend(cloud: Cloud) -> AsyncIterator[Backend]:
    """The backend inside a client that plays straight on AWS."""
    made = straight_to_aws()
    yield made
    await made.close()


@pytest.fixture
async def http(backend: Backend) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(backend.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.invalid") as client:
        yield client
