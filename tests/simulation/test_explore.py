"""The small world in `make test`: one board without faults, and that a missing guard is told."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.simulation.explore import RULES, Explorer, State, explored
from tests.simulation.small_world import TableStore


@pytest.mark.parametrize("rule", [RULES[0], pytest.param(RULES[1], marks=pytest.mark.reliability)])
def test_every_state_of_a_small_board_in_sqlite(rule: str) -> None:
    found = explored("sqlite", (1, 1, 1), rule, faults=0)
    assert not found.story
    assert found.all_seen
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


def test_a_late_claim_is_not_taken_for_the_one_beside_it() -> None:
    """Two claims read an open game, and the late one writes the ending of the tutorial's client.

    The other claim's write then finds another `moveId` than its own, and is refused.
    """
    store = TableStore()
    explorer = Explorer(store, (1, 1, 1), "normal", faults=1, tutorial=True)

    def happens(state: State, event: str) -> State:
        (after,) = {after for told, after in explorer._events(state) if told == event}
        return after

    state = happens(explorer._first, "anna asks to claim: it is late, and the client sends again")
    state = happens(state, "anna asks to claim again: not_expired")
    state = happens(state, "two days pass")
    state = happens(state, "anna asks to claim again: a request is answered")
    for who, heap in (("bert", 1), ("anna", 2), ("bert", 3)):
        state = happens(state, f"the tutorial's client leaves 0 in heap{heap} for {who}")
    state = happens(state, "the late request goes on: anna asks to claim")
    state = happens(state, "the late request goes on: anna asks to claim")
    assert happens(state, "anna asks to claim again: game_over").clients[0].doing is None
    store.close()


def test_an_exploration_stops_where_its_memory_ends() -> None:
    found = explored("sqlite", (1, 1, 1), "misere", faults=0, most=100)
    assert not found.all_seen
    assert 100 < found.states < 200
