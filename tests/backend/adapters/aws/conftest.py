"""A scripted AWS and transports to it.

Making boto3's clients takes half a second, so all tests share them, and with them one port.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

from backend.adapters.aws.boto3_transport import Boto3Transport
from backend.adapters.aws.http_transport import HttpTransport
from backend.adapters.aws.transport import AwsTransport
from backend.adapters.aws_sdk import Aws
from tests.aws_clients import SharedAws
from tests.aws_engines import REGION
from tests.backend.adapters.aws.scripted import Server, scripted
from tests.support import free_port


@pytest.fixture(scope="session")
def port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def shared(port: int) -> Aws:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        aws = SharedAws(REGION, one_at_a_time=False)
        aws.client("dynamodb")
        aws.client("sns")
        return aws


@pytest.fixture
async def server(port: int, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    """Without pauses between two tries."""
    backoff = "botocore.retries.standard.ExponentialBackoff.delay_amount"
    monkeypatch.setattr(backoff, lambda self, context: 0)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    async with scripted(port) as server:
        yield server


@pytest.fixture
async def transport(
    server: Server, shared: Aws, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[HttpTransport]:
    """Ours, with a budget of tries that other tests have not used up."""
    monkeypatch.setattr("botocore.retries.quota.RetryQuota.acquire", lambda self, amount: True)
    transport = HttpTransport(shared)
    yield transport
    await transport.close()


@pytest.fixture
def both(transport: HttpTransport, shared: Aws) -> Sequence[AwsTransport]:
    """The transport by boto3, and ours."""
    return [Boto3Transport(shared), transport]
