"""The small world in `make test`: one board without faults, and that a missing guard is told."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.simulation.explore import RULES, explored


@pytest.mark.parametrize("rule", [RULES[0], pytest.param(RULES[1], marks=pytest.mark.reliability)])
def test_every_state_of_a_small_board_in_sqlite(rule: str) -> None:
    found = explored("sqlite", (1, 1, 1), rule, faults=0)
    assert not found.story
    assert found.states > 1000


@pytest.mark.parametrize(
    ("mutant", "store", "last"),
    [
        ("sqlite-version", "sqlite", "which forbids it"),
        ("outbox-same-transaction", "sqlite", "[] is in the outbox"),
        pytest.param(
            *("repeat", "sqlite", "refused (stale), and the game is"),
            marks=pytest.mark.reliability,
        ),
        pytest.param(
            *("dynamo-ending-heaps", "dynamodb", "which forbids it"),
            marks=pytest.mark.reliability,
        ),
    ],
)
def test_a_missing_guard_gives_a_shortest_story(mutant: str, store: str, last: str) -> None:
    options = ("--board", "1-1-1", "--store", store, "--mutant", mutant)
    told = subprocess.run(
        [sys.executable, "-m", "tests.simulation.explore", *options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1, told.stdout + told.stderr
    assert last in told.stdout.splitlines()[-1]
    assert len(told.stdout.splitlines()) < 10
