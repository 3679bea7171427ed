"""What operators copy from the pages runs, and prints what the pages say that it prints."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import shlex
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.adapters.sqlite.migrations import MIGRATIONS
from backend.domain.errors import DatabaseProblem
from backend.entrypoints import cli
from backend.provision.deploy import Deployment
from tests.aws_engines import Engine
from tests.backend.adapters.game_store import new_game
from tests.backend.entrypoints.running import Running
from tests.backend.provision.conftest import install_nothing

DOCS = Path(__file__).parents[1] / "docs"


def sessions(page: str, program: str = "nim-backend") -> list[tuple[str, list[str]]]:
    """Each command of the page's console blocks, with the lines that it is said to print."""
    text = (DOCS / page).read_text("utf-8")
    found: list[tuple[str, list[str]]] = []
    for indent, block in re.findall(r"(?ms)^( *)```console\n(.*?)^ *```", text):
        for line in block.splitlines():
            line = line.removeprefix(indent)
            if line.startswith("$ "):
                found.append((line.removeprefix("$ "), []))
            else:
                found[-1][1].append(line)
    return [session for session in found if session[0].startswith(program)]


def prints(documented: list[str], printed: str) -> bool:
    """Whether it was printed: `…` stands for anything, alone in a line for any lines."""
    pattern = ""
    for line in documented:
        if line == "…":
            pattern += r"(?:[^\n]*\n)*?"
            continue
        words = re.escape(line).replace("…", "[^\n]*")
        words = re.sub(r"\d+\\ (game|account)s", r"\\d+\\ \1s?", words)
        pattern += re.sub(r"\d{8}T\d{6}Z", r"\\d{8}T\\d{6}Z", words) + "\n"
    return re.fullmatch(pattern, printed) is not None


@pytest.fixture
def database(tmp_path: Path) -> Path:
    async def fill() -> None:
        store = SqliteGameStore(Database(tmp_path / "games.db"))
        await store.put(new_game())
        await store.close()

    asyncio.run(fill())
    (tmp_path / "backup").mkdir()
    return tmp_path / "games.db"


def test_the_server_says_what_the_page_says(tmp_path: Path) -> None:
    (documented,) = (lines for command, lines in sessions("server.md") if command.endswith("serve"))
    with Running(tmp_path / "games.db") as server:
        said = "".join(server.said).replace(f":{server.port}", ":8000")
        said = said.replace(str(tmp_path), "/home/ana/.local/share/nim-tui")
        assert said.splitlines() == documented
        with server.client() as http:
            http.get("/health")
        server.tell(15)  # type: ignore[arg-type] # SIGTERM, by its number
        server.wait()
        logged = json.loads(server.logged[-1])
    page = (DOCS / "server.md").read_text("utf-8")
    (example,) = re.findall(r"(?ms)^```json\n(.*?)^```", page)
    assert logged.keys() == json.loads(example).keys()


def test_back_up_restore_and_accounts_go_as_they_are_written(
    database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = []
    for page in ("server.md", "upgrading.md"):
        for command, documented in sessions(page):
            words = shlex.split(command)[1:]
            if words[0] not in ("backup", "restore", "users"):
                continue
            here = [
                word.replace("/var/lib/nim", str(tmp_path)).replace(
                    "/backup/", f"{tmp_path}/backup/"
                )
                for word in words
            ]
            assert cli.main(here) == 0, command
            printed = capsys.readouterr().out.replace(str(tmp_path / "backup"), "/backup")
            if documented:
                assert prints(documented, printed.replace(str(tmp_path), "/var/lib/nim")), printed
            done.append(words[0])
    assert done == ["backup", "restore", "users", "users", "backup"]


async def test_an_older_version_refuses_in_the_words_of_the_page(database: Path) -> None:
    with closing(sqlite3.connect(database)) as newer:
        newer.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    older = Database(database)
    with pytest.raises(DatabaseProblem) as refused:
        await older.read(lambda _: None)
    await older.close()
    assert f"\n{refused.value.message}\n" in (DOCS / "upgrading.md").read_text("utf-8")


def test_creating_and_deploying_print_what_the_pages_say(
    ministack: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = f"nim-{secrets.token_hex(6)}"
    for name, value in {**ministack.environment, "NIM_TABLE": table}.items():
        monkeypatch.setenv(name, value)
    original = Deployment.__init__

    def without_libraries(self: Deployment, *arguments: object, **named: object) -> None:
        original(self, *arguments, **named | {"install": install_nothing})  # type: ignore[arg-type]

    monkeypatch.setattr(Deployment, "__init__", without_libraries)

    def run(*words: str) -> str:
        assert cli.main(list(words)) == 0
        printed = capsys.readouterr().out.replace(table, "turn-based-game")
        printed = printed.replace("us-east-1", "eu-central-1")
        printed = re.sub(r"https?://[a-z0-9]+\.execute-api\S+", "https://ADDRESS", printed)
        # The engine has one pool for all tests' tables.
        return re.sub(r"(?m)^. (user pool|client) (\S+): exists.*$", r"+ \1 \2: created", printed)

    def said(page: str, command: str) -> list[str]:
        lines = next(lines for one, lines in sessions(page) if one == command and lines)
        address = re.compile(r"https://[a-z0-9]+\.execute-api\S+")
        return [address.sub("https://ADDRESS", line) for line in lines]

    printed = run("aws", "create")
    assert prints(said("aws.md", "nim-backend aws create"), printed), printed
    documented = said("serverless.md", "nim-backend aws deploy")
    run("aws", "delete", "--yes", table)
    printed = run("aws", "deploy")
    assert prints(documented, printed), printed
    run("aws", "destroy", "--delete-games", "--yes", table)
