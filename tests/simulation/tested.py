"""Protections that a test finds missing, where no run of the simulation need depend on them.

`tested.toml` lists them. `python -m tests.simulation.tested sqlite-savepoint` takes one out and
runs its test, which fails.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.simulation.mutants import Mutant, take_out


@dataclass(frozen=True, slots=True)
class Guarded:
    """One protection taken out, and the test that must then fail."""

    mutant: Mutant
    test: str


def _read() -> Sequence[Guarded]:
    listed = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    names = ("name", "module", "old", "new")
    return [
        Guarded(Mutant(*(one[name] for name in names)), one["test"]) for one in listed["protection"]
    ]


TESTED = _read()


def main(name: str) -> int:
    """Run the test of this protection without it."""
    one = next(each for each in TESTED if each.mutant.name == name)
    take_out(one.mutant)
    options = ("-n", "0", "-p", "no:schemathesis", "-p", "no:cacheprovider", "-x", "-q")
    return int(pytest.main([one.test, *options, "--tb", "no"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
