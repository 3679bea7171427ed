"""Sentences for the operator go to the log; players read what they can do."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
)

from backend.adapters.aws_sdk import as_unavailable
from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.bootstrap import assemble
from backend.domain.errors import DatabaseProblem, NimError, Unavailable
from backend.domain.game import Game
from tests.backend.api.people import MemoryPeople

NOT_SET_UP = "The server is not set up right. Tell whoever runs it."


def refused(code: str) -> NimError:
    error: Any = {"Error": {"Code": code, "Message": ""}}
    missing = "There is no table games in us-east-1. Run: nim-backend aws create."
    return as_unavailable(ClientError(error, "UpdateItem"), missing=missing)


TROUBLES: dict[str, tuple[NimError, str]] = {
    "denied": (refused("AccessDeniedException"), NOT_SET_UP),
    "no table": (refused("ResourceNotFoundException"), NOT_SET_UP),
    "expired": (refused("ExpiredTokenException"), NOT_SET_UP),
    "wrong keys": (refused("InvalidSignatureException"), NOT_SET_UP),
    "no credentials": (as_unavailable(NoCredentialsError()), NOT_SET_UP),
    "no region": (as_unavailable(NoRegionError()), NOT_SET_UP),
    "database": (DatabaseProblem("The database games.db is damaged."), NOT_SET_UP),
    "away": (
        as_unavailable(EndpointConnectionError(endpoint_url="http://x")),
        Unavailable.default_message,
    ),
    "busy": (refused("ThrottlingException"), "AWS is too busy right now. Try again in a moment."),
}


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("operator_plays", [False, True])
async def test_only_the_operator_reads_what_the_operator_must_do(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    trouble: str,
    *,
    operator_plays: bool,
) -> None:
    error, for_players = TROUBLES[trouble]
    store, people = SqliteGameStore(Database(tmp_path / "games.db")), MemoryPeople()

    async def fails(game_id: str) -> Game | None:
        raise error

    monkeypatch.setattr(store, "get", fails)
    made = assemble(games=store, people=people, store_name="sqlite", operator_plays=operator_plays)
    headers = {"Authorization": people.session("Anna").id_token}
    transport = httpx.ASGITransport(made.app)
    with caplog.at_level(logging.WARNING, "backend.api.app"):
        async with httpx.AsyncClient(transport=transport, base_url="http://x.invalid") as http:
            answer = await http.get("/games/2222222222222222", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.json()["message"] == (error.message if operator_plays else for_players)
    assert error.message in caplog.text
    await made.close()
