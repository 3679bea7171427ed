"""Engines that stand in for AWS: ministack in a process of its own, moto in a thread, any other.

Each is started once, when a test first asks for it; each test makes a table or a pool of its own.
ministack writes atomically. moto does not (two of fifty equal moves may pass), so that calls to it
go one at a time and no race is tried on it. `NIM_TEST_DYNAMODB_ENDPOINT` names one more DynamoDB;
`NIM_TEST_AWS` lets the tests use a real account (`tests.real_aws`).
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import real_aws
from tests.support import eventually, free_port, require

if TYPE_CHECKING:
    from backend.adapters.aws_sdk import Aws, TransportName
    from tests.aws_clients import SharedAws

REGION = "us-east-1"
OTHER_DYNAMODB = "NIM_TEST_DYNAMODB_ENDPOINT"


@dataclass
class Engine:
    """One running engine and how to reach it."""

    name: str
    endpoint: str
    variable: str = "AWS_ENDPOINT_URL"
    atomic: bool = True
    guard: real_aws.Guard | None = None
    _aws: dict[TransportName, SharedAws] = field(default_factory=dict, repr=False)

    @property
    def environment(self) -> Mapping[str, str]:
        """What the environment says where this engine is AWS."""
        if self.guard is not None:
            return real_aws.account()
        return {self.variable: self.endpoint, "AWS_REGION": REGION}

    def aws(self, transport: TransportName = "aiohttp") -> Aws:
        """Clients of this engine, shared by all tests."""
        if transport not in self._aws:
            # boto3 takes half a second to import, which tests without an engine need not pay.
            from tests.aws_clients import SharedAws

            with pytest.MonkeyPatch.context() as patch:
                if self.guard is not None:  # the tests' own credentials would go before a profile
                    patch.delenv("AWS_ACCESS_KEY_ID")
                    patch.delenv("AWS_SECRET_ACCESS_KEY")
                for name, value in self.environment.items():
                    patch.setenv(name, value)
                aws = SharedAws(
                    os.environ.get("AWS_REGION"),
                    one_at_a_time=not self.atomic,
                    transport=transport,
                    guard=self.guard,
                )
                aws.client("dynamodb")
                if self.variable == "AWS_ENDPOINT_URL":
                    aws.client("cognito-idp")
                self._aws[transport] = aws
        return self._aws[transport]

    def close(self) -> None:
        if self.guard is not None:
            self.guard.delete_all()
        for aws in self._aws.values():
            aws.really_close()


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One ministack as its own process on a free port; killed at the end."""
    with running_ministack(tmp_path_factory.mktemp("ministack")) as engine:
        yield engine


@contextmanager
def running_ministack(folder: Path) -> Iterator[Engine]:
    """A ministack that writes to this folder, until the block ends."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "ERROR",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "ministack"],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        eventually(lambda: _answers(process, port, log), timeout=20, what="ministack's port")
        engine = Engine("ministack", f"http://127.0.0.1:{port}")
        yield engine
        engine.close()
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def moto() -> Iterator[Engine]:
    """One moto behind a port, in a thread of this process."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    engine = Engine("moto", f"http://{host}:{port}", atomic=False)
    yield engine
    engine.close()
    server.stop()


@pytest.fixture(scope="session")
def other_dynamodb() -> Iterator[Engine]:
    """The DynamoDB that whoever runs the tests has named."""
    endpoint = os.environ.get(OTHER_DYNAMODB)
    require(endpoint, f"{OTHER_DYNAMODB} names no DynamoDB")
    engine = Engine("other", str(endpoint), variable="AWS_ENDPOINT_URL_DYNAMODB")
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def _account() -> Iterator[Engine]:
    require(real_aws.is_asked_for(), f"{real_aws.ASKED} does not say that an account may be used")
    engine = Engine("AWS", "", guard=real_aws.Guard.of_environment())
    yield engine
    engine.close()


@pytest.fixture
def aws_itself(_account: Engine) -> Engine:
    """The account of whoever runs the tests, as long as their budget lasts."""
    assert _account.guard is not None
    _account.guard.require_budget()
    return _account


DYNAMODB_ENGINES = [
    "ministack",
    "moto",
    *(["other_dynamodb"] if OTHER_DYNAMODB in os.environ else []),
    *(["aws_itself"] if real_aws.is_asked_for() else []),
]
"""The names of the engines that games can be kept in, for a parametrized fixture."""


ONE_MORE_WAY = {"moto", "ministack by boto3"}
"""What games are kept in besides ministack by our own transport, by the fixtures' parameters."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to `make reliability` what is long and has run on one engine."""
    for item in items:
        if item.get_closest_marker("wide") and isinstance(item, pytest.Function):
            parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
            if any(value in ONE_MORE_WAY for value in parameters if isinstance(value, str)):
                item.add_marker(pytest.mark.reliability)


def new_table(aws: Aws) -> str:
    """A new empty table with both indexes; its name."""
    from backend.provision.table import GamesTable

    name = f"{real_aws.PREFIX}{secrets.token_hex(6)}"
    GamesTable(aws.client("dynamodb"), name, wait=lambda: time.sleep(0.05)).make()
    return name


@dataclass(frozen=True)
class Pool:
    """A user pool and a client of it."""

    pool_id: str
    client_id: str


def new_pool(aws: Aws) -> Pool:
    """A new user pool with nobody in it, as the tutorial makes it, and our notices attribute."""
    client = aws.client("cognito-idp")
    pool = client.create_user_pool(
        PoolName=f"{real_aws.PREFIX}{secrets.token_hex(6)}",
        Policies={
            "PasswordPolicy": {
                "MinimumLength": 8,
                "RequireUppercase": True,
                "RequireLowercase": True,
                "RequireNumbers": True,
                "RequireSymbols": False,
            }
        },
        Schema=[
            {"Name": "phone_number", "AttributeDataType": "String", "Required": True},
            {"Name": "notices", "AttributeDataType": "String", "Mutable": True},
        ],
    )
    pool_id = pool["UserPool"]["Id"]
    made = client.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="nim",
        ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        ReadAttributes=["email", "phone_number", "preferred_username", "custom:notices"],
        PreventUserExistenceErrors="ENABLED",
    )
    return Pool(pool_id, made["UserPoolClient"]["ClientId"])


@dataclass(frozen=True)
class Cloud:
    """An engine, and the table and the pool that were made in it for one test."""

    engine: Engine
    table: str
    pool: Pool

    def aws(self) -> Aws:
        """Clients that all tests share."""
        return self.engine.aws()


@pytest.fixture
def cloud(ministack: Engine, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """A whole AWS for one test, which the environment names."""
    made = Cloud(ministack, new_table(ministack.aws()), new_pool(ministack.aws()))
    names = {
        "NIM_TABLE": made.table,
        "USER_POOL_ID": made.pool.pool_id,
        "COGNITO_CLIENT_ID": made.pool.client_id,
    }
    for name, value in {**ministack.environment, **names}.items():
        monkeypatch.setenv(name, value)
    return made


def _answers(process: subprocess.Popen[bytes], port: int, log: Path) -> bool:
    assert process.poll() is None, log.read_text(errors="replace")
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
