"""Promises about the files themselves."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.support import require

ROOT = Path(__file__).parent.parent
MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 40
TEXT = {".cfg", ".json", ".md", ".py", ".sh", ".svg", ".tcss", ".toml", ".txt", ".yaml", ".yml", ""}


@cache
def _files() -> tuple[Path, ...]:
    """What git knows or would add; outside a clone, nothing."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ()
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return tuple(path for path in paths if path.is_file())


def _texts() -> dict[str, str]:
    require(_files(), "needs git and a clone, to know which files belong to the project")
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in _files()
        if path.suffix in TEXT and path != Path(__file__)
    }


def _code() -> dict[str, str]:
    return {name: text for name, text in _texts().items() if name.endswith(".py")}


def test_every_file_of_code_is_read_in_one_sitting() -> None:
    lengths = {name: len(text.splitlines()) for name, text in _code().items()}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_every_function_is_seen_at_one_glance() -> None:
    """From `def` to its last line, docstring included."""
    long = {
        f"{name}:{node.name}": lines
        for name, text in _code().items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    }
    assert long == {}


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?<![\w.])/(?:work|root|opt)/",  # somebody's machine
        r"\bpy(?:pi|thonhosted)[.]org\b|--(?:extra-)?index.url|--find.links",  # a registry
        r"^(?:<<<<<<<|>>>>>>>)",  # a merge left half done
        r"with sqlite3\.connect\(",  # commits and leaves it open
        r"\bTODO\b|\bFIXME\b|\bXXX\b",
    ],
)
def test_no_file_has(pattern: str) -> None:
    found = re.compile(pattern, re.MULTILINE)
    assert {name: m[0] for name, text in _texts().items() if (m := found.search(text))} == {}


LOCKS = [
    "requirements/lock.txt",
    "requirements/server.txt",
    "requirements/dev.txt",
    "backend/provision/lambda.txt",
]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_hashes_and_no_host(name: str) -> None:
    lock = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in lock
    entries = re.findall(r"^[a-z0-9].*?(?=^[a-z0-9]|\Z)", lock, re.MULTILINE | re.DOTALL)
    assert len(entries) >= 10
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_what_is_played_with_is_what_is_tested() -> None:
    def pins(name: str) -> set[str]:
        lock = (ROOT / name).read_text(encoding="utf-8")
        return set(re.findall(r"^([a-z0-9][^\s;\\]+==[^\s;\\]+)", lock, re.MULTILINE))

    assert pins("requirements/lock.txt") < pins("requirements/server.txt")
    assert pins("requirements/server.txt") < pins("requirements/dev.txt")
    # The function needs one package more than a player: mangum.
    assert pins("backend/provision/lambda.txt") < pins("requirements/dev.txt")


def test_the_documents_name_only_targets_that_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert {"play", "test", "check"} <= targets
    named = {
        (name, target)
        for name, text in _texts().items()
        if name.endswith(".md") or name == ".ci/run"
        for target in re.findall(r"(?:`|^ *|^\$ )make ([a-z]+)", text, re.MULTILINE)
    }
    assert {target for _, target in named} >= {"play", "test"}
    assert {(name, target) for name, target in named if target not in targets} == set()


def test_the_documents_link_to_files_that_exist() -> None:
    broken = {
        (name, link)
        for name, text in _texts().items()
        if name.endswith(".md")
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
        if "://" not in link and not (ROOT / name).parent.joinpath(link).exists()
    }
    assert broken == set()


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {path.parent for path in _files() if path.suffix == ".py"}
    assert {folder for folder in folders if not (folder / "__init__.py").exists()} == set()
