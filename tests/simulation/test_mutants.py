"""The list of protections is kept up: each one's text is where it says."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.simulation.mutants import BY_NAME, MUTANTS, NOT_MISSED, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_protection_can_be_taken_out(mutant: Mutant) -> None:
    source = mutant.path.read_text(encoding="utf-8")
    compile(mutant.applied(source), str(mutant.path), "exec")


def test_names_are_used_once() -> None:
    assert len(BY_NAME) == len(MUTANTS) >= 20
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
