"""Whole runs, as many seeds as fit into nine seconds; `make reliability` runs ten thousand."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from tests.simulation.__main__ import story
from tests.simulation.faults import shortened
from tests.simulation.world import Outcome, run

pytestmark = pytest.mark.usefixtures("killed_processes")

SECONDS = 9.0
FEWEST = 3


def first_seed() -> int:
    """0 on a person's machine; in CI another one each day; SIMULATION_SEED decides before both."""
    if chosen := os.environ.get("SIMULATION_SEED"):
        return int(chosen)
    return datetime.now(UTC).date().toordinal() * 1000 if os.environ.get("CI") else 0


def told(outcome: Outcome) -> str:
    """A failure in words, with as few faults as still lead to it."""
    seed = outcome.seed
    kept = shortened(range(len(outcome.faults)), lambda few: bool(run(seed, few).complaints))
    return story(run(seed, kept), kept)


def test_nothing_goes_wrong_in_simulated_time(capsys: pytest.CaptureFixture[str]) -> None:
    began, seed = time.monotonic(), first_seed()
    requests = done = 0
    while done < FEWEST or time.monotonic() - began < SECONDS:
        outcome = run(seed + done)
        assert not outcome.complaints, told(outcome)
        requests += outcome.exchanges
        done += 1
    assert requests > 10 * done, "the players hardly play"
    if os.environ.get("CI"):
        with capsys.disabled():
            print(f"\nsimulation: {done} seeds from {seed} on, {requests} requests")


@pytest.mark.parametrize(
    ("seeds", "hash_seeds"),
    [((3,), ("1",)), pytest.param(range(3, 9), "12", marks=pytest.mark.reliability)],
)
def test_the_same_seed_is_the_same_run_to_the_byte(
    seeds: Sequence[int], hash_seeds: Sequence[str]
) -> None:
    """Also in another process, where texts have other hashes and objects other addresses."""
    code = f"from tests.simulation.world import run; print([run(s).trace for s in {seeds!r}])"
    traces = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for hash_seed in hash_seeds
    }
    here = [run(seed).trace for seed in seeds]
    assert traces == {f"{here}\n"}
    assert len(set(here)) == len(here)


def test_delta_debugging_keeps_what_matters() -> None:
    assert shortened(range(9), lambda few: {2, 7} <= set(few)) == [2, 7]
    assert shortened(range(9), lambda few: True) == []
    assert shortened([], lambda few: True) == []
