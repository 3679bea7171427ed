"""The walks in docs/architecture.md: the files are there, and each knows the next."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
_STEP = re.compile(r"^\d+\. `(?P<path>[\w/]+\.py)`(?:: `(?P<name>\w+)`)?(?P<how>.*)$", re.MULTILINE)

Step = tuple[str, str, str]


def _walks() -> dict[str, list[Step]]:
    section = _TEXT.split("## Two walks", 1)[1].split("\n## ", 1)[0]
    titles = re.split(r"^### (.+)$", section, flags=re.MULTILINE)[1:]
    return {
        title: [(m["path"], m["name"], m["how"]) for m in _STEP.finditer(steps)]
        for title, steps in zip(titles[::2], titles[1::2], strict=True)
    }


def _code(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def _module(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def _knows(one: Step, other: Step) -> bool:
    """Whether the file of `one` imports that of `other`, or calls its function."""
    code = _code(one[0])
    package, name = _module(other[0]).rsplit(".", 1)
    imports = (
        rf"from {re.escape(_module(other[0]))} import|from {re.escape(package)} import .*\b{name}\b"
    )
    return bool(re.search(imports, code) or re.search(rf"\.{other[1]}\(", code))


def test_there_are_two() -> None:
    assert [len(steps) for steps in _walks().values()] == [18, 8]


@pytest.mark.parametrize("title", list(_walks()))
def test_every_step_is_a_function_of_its_file(title: str) -> None:
    for path, name, _ in _walks()[title]:
        assert re.search(rf"(def {name}\b|^{name}\b)", _code(path), re.MULTILINE), (path, name)


@pytest.mark.parametrize("title", list(_walks()))
def test_each_step_leads_to_the_next(title: str) -> None:
    for one, other in pairwise(_walks()[title]):
        if "reached" not in other[2]:
            assert _knows(one, other) or _knows(other, one), (one[0], other[0])
