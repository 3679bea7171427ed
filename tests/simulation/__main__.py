"""Run the simulation: `python -m tests.simulation --seed 7`, or many seeds from one on.

The same seed gives the same run, so whatever a test reports can be looked at here again.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from functools import partial

from tests.simulation.faults import shortened


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--runs", type=int, default=1, help="how many seeds, one after the other")
    parser.add_argument("--faults", help="only the faults of these numbers, as in 0,3; none: -")
    parser.add_argument(
        "--mutant", help="take this protection out first (tests/simulation/mutants)"
    )
    parser.add_argument("--shorten", action="store_true", help="find the few faults that matter")
    asked = parser.parse_args()
    if asked.mutant:
        from tests.simulation.mutants import install

        install(asked.mutant)
    from tests.simulation.world import Outcome, run

    only = None
    if asked.faults is not None:
        only = [int(number) for number in asked.faults.split(",") if number.isdecimal()]
    began = time.perf_counter()
    for seed in range(asked.seed, asked.seed + asked.runs):
        outcome: Outcome = run(seed, only)
        if outcome.complaints:
            kept = only if only is not None else list(range(len(outcome.faults)))
            if asked.shorten:
                kept = shortened(kept, partial(_fails, seed), most_runs=20)
                outcome = run(seed, kept)
            print(story(outcome, kept, asked.mutant))
            return 1
        if asked.runs == 1:
            print(
                f"seed {seed}: {outcome.exchanges} requests, {outcome.games} games,"
                f" {len(outcome.faults)} faults, {outcome.steps} steps, trace {outcome.trace}"
            )
    took = time.perf_counter() - began
    print(f"{asked.runs} seeds from {asked.seed} on: nothing wrong ({took:.1f} s)")
    return 0


def _fails(seed: int, faults: Sequence[int]) -> bool:
    from tests.simulation.world import run

    return bool(run(seed, faults).complaints)


def story(outcome: object, kept: list[int], mutant: str | None = None) -> str:
    """A failing run in words: what is wrong, the faults that lead to it, how to see it again."""
    from tests.simulation.world import Outcome

    assert isinstance(outcome, Outcome)
    command = f"python -m tests.simulation --seed {outcome.seed}"
    command += f" --faults {','.join(map(str, kept)) or '-'}"
    if mutant:
        command += f" --mutant {mutant}"
    lines = [f"Seed {outcome.seed}:", *(f"  {text}" for text in outcome.complaints)]
    lines.append("Faults:" if kept else "Without any fault.")
    lines += [f"  {number}: {outcome.faults[number]}" for number in kept]
    lines.append(f"Again: {command}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
