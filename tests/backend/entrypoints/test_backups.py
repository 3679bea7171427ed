"""`nim-backend backup` and `restore`, as an operator types them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.entrypoints import cli
from tests.backend.adapters.game_store import new_game


@pytest.fixture
def database(tmp_path: Path) -> Path:
    async def fill() -> None:
        store = SqliteGameStore(Database(tmp_path / "games.db"))
        await store.put(new_game())
        await store.close()

    asyncio.run(fill())
    return tmp_path / "games.db"


def test_there_and_back(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy, store = str(database.with_name("copy.db")), f"sqlite:{database}"
    assert cli.main(["backup", copy, "--store", store]) == 0
    assert capsys.readouterr().out == f"Backed up 1 game and 0 accounts to {copy}.\n"
    assert cli.main(["restore", copy, "--store", store]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"Restored 1 game and 0 accounts to {database}."
    assert Path(second.removeprefix("The database from before is at ")[:-1]).is_file()


def test_without_a_store_it_is_the_one_of_serve(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIM_DATA", str(database))
    assert cli.main(["backup", str(database.with_name("copy.db"))]) == 0


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["backup", "copy.db", "--store", "sqlite:missing.db"], 4),
        (["restore", "missing.db", "--store", "sqlite:games.db"], 4),
        (["backup", "no/such/folder/copy.db", "--store", "sqlite:games.db"], 1),
        (["backup", "games.db", "--store", "sqlite:games.db"], 1),
        (["restore", "games.db", "--store", "sqlite:games.db"], 1),
        (["backup", "copy.db", "--store", "dynamodb"], 2),
        (["backup", "copy.db", "--store", "mongodb"], 2),
    ],
)
def test_a_refusal_is_one_line_and_changes_nothing(
    database: Path,
    arguments: list[str],
    status: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(database.parent)
    before = {path.name: path.stat().st_size for path in database.parent.iterdir()}
    assert cli.main(arguments) == status
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert {path.name: path.stat().st_size for path in database.parent.iterdir()} == before
