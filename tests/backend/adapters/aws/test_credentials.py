"""Credentials are renewed in time, once, off the event loop, and used as soon as they are there."""

from __future__ import annotations

import asyncio
import json
import shlex
import sys
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.credentials import Credentials, RefreshableCredentials
from botocore.exceptions import CredentialRetrievalError, NoCredentialsError

from backend.adapters.aws.credentials import FreshKeys
from backend.adapters.aws.signing import Keys
from backend.adapters.aws_sdk import Aws
from tests.backend.adapters.aws.scripted import Server, answer
from tests.support import eventually_async

MINUTE = 60


class Source:
    """Where renewed credentials come from; each has its number as a name."""

    def __init__(self) -> None:
        self.asked = 0
        self.lasts = 60 * MINUTE
        self.broken = False
        self.open = threading.Event()
        self.open.set()

    def __call__(self) -> dict[str, str]:
        self.asked += 1
        assert threading.current_thread() is not threading.main_thread()
        assert self.open.wait(10)
        if self.broken:
            raise CredentialRetrievalError(provider="test", error_msg="away")
        return self.named(self.asked, self.lasts)

    def named(self, number: int, lasts: float) -> dict[str, str]:
        expiry = datetime.now(UTC) + timedelta(seconds=lasts)
        return {
            "access_key": f"KEY{number}",
            "secret_key": "secret",
            "token": f"token{number}",
            "expiry_time": expiry.isoformat(),
        }

    def credentials(self, lasts: float) -> Any:
        """The first ones, which last so many seconds."""
        return RefreshableCredentials.create_from_metadata(self.named(0, lasts), self, "test")


async def in_thread(function: Callable[[], Keys]) -> Keys:
    return await asyncio.to_thread(function)


def fresh(credentials: Any) -> FreshKeys:
    call: Callable[[Callable[[], Keys]], Awaitable[Keys]] = in_thread
    return FreshKeys(credentials, call)


async def test_lasting_credentials_are_used_as_they_are() -> None:
    keys = await fresh(Credentials("A", "B")).get()
    assert (keys.access_key, keys.secret_key, keys.token) == ("A", "B", None)


async def test_without_credentials_it_is_botocores_error() -> None:
    with pytest.raises(NoCredentialsError):
        await fresh(None).get()


async def test_what_lasts_is_not_renewed() -> None:
    source = Source()
    keys = fresh(source.credentials(30 * MINUTE))
    for _ in range(3):
        assert (await keys.get()).access_key == "KEY0"
    assert source.asked == 0


async def test_many_requests_wait_for_one_renewal_of_what_has_expired() -> None:
    source = Source()
    keys = fresh(source.credentials(-1))
    found = await asyncio.gather(*(keys.get() for _ in range(20)))
    assert {one.access_key for one in found} == {"KEY1"}
    assert source.asked == 1


async def test_a_renewal_ahead_of_time_holds_nobody_up() -> None:
    source = Source()
    credentials = source.credentials(20 * MINUTE)
    keys = fresh(credentials)
    assert (await keys.get()).access_key == "KEY0"
    credentials._expiry_time -= timedelta(minutes=8)
    source.open.clear()
    for _ in range(3):
        assert (await keys.get()).access_key == "KEY0"
    source.open.set()

    async def renewed() -> bool:
        return (await keys.get()).access_key == "KEY1"

    await eventually_async(renewed)
    assert source.asked == 1


async def test_a_renewal_that_fails_ahead_of_time_is_no_error_and_one_too_late_is() -> None:
    source = Source()
    credentials = source.credentials(20 * MINUTE)
    keys = fresh(credentials)
    await keys.get()
    source.broken = True
    credentials._expiry_time -= timedelta(minutes=8)
    assert (await keys.get()).access_key == "KEY0"
    await eventually_async(lambda: source.asked == 1)
    assert (await keys.get()).access_key == "KEY0"
    credentials._expiry_time -= timedelta(minutes=30)
    with pytest.raises(CredentialRetrievalError):
        await keys.get()
    source.broken = False
    assert (await keys.get()).token is not None


async def test_a_request_that_is_given_up_ends_no_renewal_for_the_others() -> None:
    source = Source()
    source.open.clear()
    keys = fresh(source.credentials(-1))
    first, second = (asyncio.create_task(keys.get()) for _ in range(2))
    await eventually_async(lambda: source.asked == 1)
    first.cancel()
    source.open.set()
    assert (await second).access_key == "KEY1"
    assert first.cancelled()


PROCESS = """
import json, pathlib, sys
count = pathlib.Path(sys.argv[1])
number = int(count.read_text()) + 1 if count.exists() else 1
count.write_text(str(number))
print(json.dumps({"Version": 1, "AccessKeyId": f"KEY{number}", "SecretAccessKey": "s",
                  "SessionToken": f"token{number}", "Expiration": sys.argv[2]}))
"""


async def test_a_profile_with_a_process_signs_with_what_it_says_each_time_it_expires(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script, count = tmp_path / "process.py", tmp_path / "count"
    script.write_text(PROCESS)
    soon = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    command = shlex.join([sys.executable, str(script), str(count), soon])
    config = tmp_path / "config"
    config.write_text(f"[profile roles]\nregion = eu-west-1\ncredential_process = {command}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    aws = Aws(profile="roles")
    server.script(answer({}))
    transport = aws.transport_to("dynamodb")
    for _ in range(2):
        await transport.send("GetItem", {"TableName": "t", "Key": {"gameId": {"S": "x"}}})
    first, second = server.asked
    assert "/eu-west-1/dynamodb/" in first.headers["authorization"]
    numbers = []
    for asked in (first, second):
        token = asked.headers["x-amz-security-token"]
        assert f"KEY{token.removeprefix('token')}/" in asked.headers["authorization"]
        assert "x-amz-security-token" in asked.headers["authorization"]
        numbers.append(int(token.removeprefix("token")))
    assert numbers[0] < numbers[1] == json.loads(count.read_text())
    await aws.aclose()
