"""The description of the API: complete, and kept to when schemathesis tries everything it allows.

schemathesis runs the real application in process, in a loop of its own. It takes most of a second
to import, which only the process that runs its tests pays.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.mark.structures import ParameterSet
from hypothesis import HealthCheck, Phase, given, settings

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.api.openapi import description
from backend.api.operation import Operation
from backend.api.responses import STATUS
from backend.api.routes import OPERATIONS
from backend.bootstrap import assemble
from backend.domain.game import Game
from backend.domain.people import Registration
from tests.backend.api import reference
from tests.backend.api.people import MemoryPeople
from tests.backend.api.table import PASSWORD

if TYPE_CHECKING:
    from schemathesis import Case
    from schemathesis.specs.openapi.schemas import OpenApiSchema

EXAMPLES = 12
# What is too long for its field can be too large as a whole.
REJECTED = [400, 401, 404, 405, 413]
CONFIG = {"checks": {"negative_data_rejection": {"expected-statuses": REJECTED}}}
GAME_ID = "23456789abcdefgh"


class Described:
    """The application's own description, a player's token, and one of the player's games."""

    def __init__(self, folder: Path) -> None:
        import schemathesis
        from schemathesis.config import SchemathesisConfig

        people = MemoryPeople()
        self.backend = assemble(
            games=SqliteGameStore(Database(folder / "games.db")), people=people, store_name="sqlite"
        )
        asyncio.run(self._fill(people))
        self.token = people.session("Anna").id_token
        self.schema: OpenApiSchema = schemathesis.openapi.from_asgi(
            "/openapi.json", self.backend.app, config=SchemathesisConfig.from_dict(CONFIG)
        )

    async def _fill(self, people: MemoryPeople) -> None:
        for name in ("Anna", "Bert"):
            await people.register(Registration(name, PASSWORD, "a@example.com", None))
        game = Game(game_id=GAME_ID, user1="Bert", user2="Anna", last_move_by="Bert")
        await self.backend.service.games.put(game)


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Described]:
    made = Described(tmp_path_factory.mktemp("described"))
    yield made
    asyncio.run(made.backend.close())


def trials() -> Iterator[ParameterSet]:
    """Every operation with what is right, and with what is wrong where there is a choice."""
    for operation in OPERATIONS:
        name = f"{operation.method} {operation.path}"
        yield pytest.param(operation, True, id=f"{name} right")
        if operation.body or operation.query or "{" in operation.path:
            yield pytest.param(operation, False, id=f"{name} wrong")


@pytest.mark.parametrize(("operation", "right"), list(trials()))
def test_schemathesis_finds_nothing(
    described: Described, operation: Operation, *, right: bool
) -> None:
    from schemathesis import GenerationMode
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    mode = GenerationMode.POSITIVE if right else GenerationMode.NEGATIVE
    promised = described.schema[operation.path][operation.method]
    headers = {"Authorization": described.token} if operation.signed_in else {}
    parts: dict[str, Any] = {}
    if "{gameId}" in operation.path and right:
        parts["path_parameters"] = {"gameId": GAME_ID}

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=promised.as_strategy(generation_mode=mode, **parts))
    def try_it(case: Case[Any]) -> None:
        # What is right for its type may still be wrong for the game: a heap without objects.
        case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

    try_it()


def test_every_code_of_every_route_is_described() -> None:
    paths = json.loads(description(OPERATIONS))["paths"]
    for operation in OPERATIONS:
        responses = paths[operation.path][operation.method.lower()]["responses"]
        for error in operation.refusals:
            assert error.code in responses[str(STATUS[error])]["description"]
        assert {"400", "413", "503"} <= set(responses)
        assert ("401" in responses) >= operation.signed_in


def test_names_on_the_wire_are_the_only_ones_in_the_description() -> None:
    text = description(OPERATIONS).decode()
    assert not re.findall(r"\b(?:phone_number|new_password|request_id|changed_heap\w*)\b", text)


def test_the_reference_page_gives_every_length() -> None:
    page = reference.page()
    assert "| `password` | string, 8 to 99 characters |" in page
    assert "| `newPassword` | string, 8 to 99 characters; or null |" in page
    assert "| `requestId` | string, 1 to 100 characters; or null |" in page
    assert "| `heaps` | list of 3 integers, 0 to 20; or null |" in page


def test_the_reference_page_is_current() -> None:
    assert reference.PAGE.read_text(encoding="utf-8") == reference.page(), (
        "run python -m tests.backend.api.reference"
    )
