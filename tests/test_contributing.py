"""CONTRIBUTING leads to places that exist, and its worked example runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backend.domain.nim import RULES

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def paragraph(how: str) -> str:
    """What is said about adding something."""
    (found,) = re.findall(rf"(?ms)^\*\*{how}\*\*.*?(?=\n\n\*\*|\n## )", PAGE)
    return str(found)


def test_every_path_exists() -> None:
    named = set(re.findall(r"`([\w.]+/[\w./]*)`", PAGE))
    assert len(named) > 20
    assert {path for path in named if not (ROOT / path).exists()} == set()


def test_the_contract_runs_on_the_worked_example() -> None:
    conftest = (ROOT / "tests/backend/adapters/conftest.py").read_text("utf-8")
    (names,) = re.findall(r"@pytest\.fixture\(params=\[(.*)\]\)\nasync def place\(", conftest)
    assert '"memory"' in names
    assert "-k memory" in PAGE


@pytest.mark.parametrize("how", ["A store", "A screen", "A channel", "A rule"])
def test_it_says_how_many_files_are_touched(how: str) -> None:
    assert re.search(r"\d+ files", paragraph(how))


def test_the_words_of_a_rule_stand_in_the_files_that_are_named() -> None:
    """Whoever compares with the name of a rule is on the list."""
    named = paragraph("A rule")
    compares = re.compile(rf'==\s*"({"|".join(RULES)})"|\("[^"]*", "({"|".join(RULES)})"\)')
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("backend", "nim_tui")
        for path in (ROOT / folder).rglob("*.py")
        if compares.search(path.read_text("utf-8"))
    }
    assert found
    assert {path for path in found if f"`{path}`" not in named} == set()
