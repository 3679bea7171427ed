"""The backend inside a client that plays straight on AWS, and a client of its API."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from backend.bootstrap import Backend, straight_to_aws
from tests.aws_engines import Cloud


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
