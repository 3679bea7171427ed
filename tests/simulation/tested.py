"""Protections that a test finds missing, where no run of the simulation need depend on them.

`tested.toml` lists them. `python -m tests.simulation.tested sqlite-savepoint` takes one out and
runs its test, which fails.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from tests.simulation.mutants import listed
from tests.simulation.taking_out import Mutant, take_out


@dataclass(frozen=True, slots=True)
class Guarded:
    """One protection taken out, and the test that must then fail."""

    mutant: Mutant
    test: str


def _guarded(test: str, **mutant: str) -> Guarded:
    return Guarded(Mutant(**mutant), test)


TESTED: Sequence[Guarded] = [_guarded(**one) for one in listed("tested.toml")]


def main(name: str) -> int:
    """Run the test of this protection without it."""
    one = next(each for each in TESTED if each.mutant.name == name)
    take_out(one.mutant)
    options = ("-n", "0", "-p", "no:schemathesis", "-p", "no:cacheprovider", "-x", "-q")
    return int(pytest.main([one.test, *options, "--tb", "no"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
