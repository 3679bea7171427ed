"""The list of protections is kept up: each one's text is where it says."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.simulation.mutants import BY_NAME, MUTANTS, NOT_MISSED
from tests.simulation.taking_out import ROOT, Mutant
from tests.simulation.tested import TESTED, Guarded

ALL = (*MUTANTS, *(one.mutant for one in TESTED))


@pytest.mark.parametrize("mutant", ALL, ids=lambda mutant: mutant.name)
def test_a_protection_can_be_taken_out(mutant: Mutant) -> None:
    source = mutant.path.read_text(encoding="utf-8")
    compile(mutant.applied(source), str(mutant.path), "exec")


def test_names_are_used_once() -> None:
    assert len(BY_NAME) == len(MUTANTS) >= 20
    assert len({mutant.name for mutant in ALL}) == len(ALL)
    assert NOT_MISSED.keys() <= BY_NAME.keys()


@pytest.mark.parametrize(
    "name", ["wake", pytest.param("sqlite-turn", marks=pytest.mark.reliability)]
)
def test_the_simulation_misses_a_protection(name: str) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "tests.simulation", "--runs", "40", "--mutant", name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1, told.stdout + told.stderr
    assert f"--mutant {name}" in told.stdout.splitlines()[-1]


@pytest.mark.parametrize("one", TESTED, ids=lambda one: one.mutant.name)
def test_the_test_of_a_protection_is_there(one: Guarded) -> None:
    path, name = one.test.partition("[")[0].split("::", 1)
    assert f"def {name.rpartition('::')[2]}(" in (ROOT / path).read_text(encoding="utf-8")
