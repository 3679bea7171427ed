"""Threads for AWS: those for the doors are few, and no game waits for them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest
from botocore.stub import ANY

from backend.adapters.aws_sdk import DOOR_THREADS, THREADS, Aws
from backend.domain.errors import NotSignedIn
from tests.backend.adapters.cognito.stub import CLIENT, TOKENS, Cognito
from tests.backend.adapters.identity import PASSWORD, form


async def test_calls_at_the_doors_are_bounded_and_leave_the_games_theirs() -> None:
    aws = Aws("us-east-1")
    gate, lock = threading.Event(), threading.Lock()
    running = most = 0

    def slow() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        gate.wait(10)
        with lock:
            running -= 1

    crowd = [asyncio.create_task(aws.call_at_door(slow)) for _ in range(5 * THREADS)]
    names = await asyncio.gather(*(aws.call(thread_name) for _ in range(100)))
    assert all(name.startswith("nim-aws_") for name in names)
    assert not gate.is_set()
    gate.set()
    await asyncio.gather(*crowd)
    assert most == DOOR_THREADS
    aws.close()


def thread_name() -> str:
    return threading.current_thread().name


@pytest.mark.parametrize("what", ["sign-in", "refresh", "sign-out", "register"])
async def test_every_call_to_cognito_at_the_doors_is_made_in_their_threads(
    cognito: Cognito, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    async def forbidden(function: Callable[[], object]) -> object:
        raise AssertionError(function)

    monkeypatch.setattr(cognito.aws, "call", forbidden)
    await DOORS[what](cognito)


async def sign_in(cognito: Cognito) -> None:
    cognito.answers("admin_initiate_auth", TOKENS)
    cognito.knows("anna")
    await cognito.people.sign_in("anna", PASSWORD)


async def refresh(cognito: Cognito) -> None:
    cognito.refuses("admin_initiate_auth", "NotAuthorizedException")
    with pytest.raises(NotSignedIn):
        await cognito.people.refresh("junk")


async def sign_out(cognito: Cognito) -> None:
    cognito.stub.add_response("revoke_token", {}, {"Token": "junk", "ClientId": CLIENT})
    await cognito.people.revoke("junk")


async def register(cognito: Cognito) -> None:
    cognito.knows_nobody()
    cognito.answers("sign_up", {"UserConfirmed": False, "UserSub": "s"}, Username="Anna")
    cognito.answers("admin_confirm_sign_up", Username="Anna")
    cognito.answers("admin_update_user_attributes", Username="Anna", UserAttributes=ANY)
    await cognito.people.register(form())


DOORS = {"sign-in": sign_in, "refresh": refresh, "sign-out": sign_out, "register": register}
