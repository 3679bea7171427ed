"""What imports what: no circles, and what a fresh interpreter has loaded after an import."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Collection, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_LOOK = "import importlib, sys; importlib.import_module(sys.argv[1]); print(*sys.modules)"


def _loaded_by(module: str, look: str = _LOOK, **environ: str) -> set[str]:
    answer = subprocess.run(
        [sys.executable, "-c", look, module],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(answer.stdout.split())


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        # The first frame is on the screen before any of these is wanted.
        (
            "nim_tui.app",
            {
                "argon2",
                "backend.api",
                "backend.bootstrap",
                "backend.service",
                "backend.adapters",
            }
            | {
                "aiohttp",
                "boto3",
                "botocore",
                "httpx",
                "keyring",
                "msgspec",
                "sqlite3",
                "starlette",
            },
        ),
        # Naming a client opens nothing.
        (
            "nim_tui.client",
            {
                "backend.bootstrap",
                "backend.service",
                "boto3",
                "httpx",
                "starlette",
                "textual",
            },
        ),
        ("nim_tui.tokens", {"backend.service", "boto3", "httpx", "keyring", "textual"}),
        # `--help` and a usage error need neither a screen nor a backend.
        ("nim_tui.__main__", {"backend.service", "boto3", "httpx", "keyring", "textual"}),
        ("nim_tui.shell.main", {"asyncio", "httpx", "keyring", "msgspec", "textual"}),
        ("nim_tui.shell.completing", {"httpx", "keyring", "msgspec", "textual"}),
        ("nim_tui.paint", {"backend.domain.game", "rich", "textual"}),
        ("backend.domain.nim", {"backend.domain.game", "backend.domain.errors", "msgspec"}),
        ("backend.api", {"argon2", "boto3", "jwt", "nim_tui", "sqlite3", "textual", "uvicorn"}),
        ("backend.bootstrap", {"aiohttp", "argon2", "boto3", "nim_tui", "textual", "uvicorn"}),
        ("backend.__main__", {"aiohttp", "argon2", "boto3", "starlette", "textual", "uvicorn"}),
    ],
)
def test_an_import_brings_no_more_than_it_should(module: str, unwanted: set[str]) -> None:
    loaded = _loaded_by(module)
    assert module in loaded
    assert loaded & unwanted == set()


_CALL = """
import sys
from nim_tui.cli import run
status = run(sys.argv[1:])
print("textual" in sys.modules, status)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        "games",
        "show k3f",
        "wait --timeout 0",
        "review k3f",
        "new bobby",
        "move k3f b3",
        "resign k3f",
        "login alice --password-stdin",
        "account show",
        "logout",
        "whoami",
        "places list",
        "completion bash",
        "doctor",
    ],
)
def test_no_subcommand_imports_textual(arguments: str, tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", _CALL, *arguments.split(), "--data", str(tmp_path / "games.db")],
        input="Passw0rd\n",
        capture_output=True,
        text=True,
        check=True,
    )
    # Whatever each comes to: a session is not needed to have imported everything up to there.
    assert answer.stdout.splitlines()[-1].startswith("False ")


def test_the_embedded_home_needs_nothing_of_aws() -> None:
    look = (
        "import sys; from backend.bootstrap import embedded; embedded(sys.argv[1]);"
        " print(*sys.modules)"
    )
    loaded = _loaded_by("unused.db", look)
    assert "backend.adapters.sqlite.game_store" in loaded
    assert loaded & {"aiohttp", "boto3", "botocore", "cryptography", "jwt"} == set()


@pytest.mark.parametrize("handler", ["lambda_api", "lambda_notices"])
def test_a_function_starts_without_aiohttp(handler: str) -> None:
    """It is not even in the function's package."""
    loaded = _loaded_by(
        f"backend.entrypoints.{handler}",
        AWS_REGION="us-east-1",
        USER_POOL_ID="us-east-1_AbCdEfGhI",
        COGNITO_CLIENT_ID="client",
    )
    assert "backend.adapters.aws.boto3_transport" in loaded
    assert "aiohttp" not in loaded


def _modules() -> dict[str, Path]:
    found = {}
    for package in ("backend", "nim_tui"):
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def _imports(tree: ast.AST, modules: Collection[str]) -> Iterator[str]:
    """Which of the modules are imported, inside functions too, but not for type checking alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module in modules:
            wanted = {f"{node.module}.{name.name}" for name in node.names}
            yield from wanted & set(modules) or {node.module}
        yield from _imports(node, modules)


def test_no_import_leads_back_to_where_it_came_from() -> None:
    modules = _modules()
    graph = {
        name: set(_imports(ast.parse(path.read_text("utf-8")), modules))
        for name, path in modules.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))
