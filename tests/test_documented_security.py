"""docs/security.md: each claim names tests, and they exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")


def _functions(path: Path) -> set[str]:
    tree = ast.walk(ast.parse(path.read_text("utf-8")))
    return {node.name for node in tree if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)
    assert len(named) > 40
    for path, function in named:
        assert (ROOT / path).is_file(), path
        assert not function or function in _functions(ROOT / path), f"{path} has no {function}"


def test_every_threat_has_a_test() -> None:
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+) \|$", PAGE, re.MULTILINE)
    threats = [row for row in rows if row[0] not in ("threat", "---")]
    assert len(threats) > 25
    assert [threat for threat, _, tests in threats if "`tests/" not in tests] == []
