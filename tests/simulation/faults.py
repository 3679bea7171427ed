"""The faults of a run, made from its seed before it begins, and their reduction to a few.

They are data, so that a failing run can be repeated with some of them left out: everything else
that happens follows from the seed alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

ACTIVE_SECONDS = 20.0
"""So long the players play and the faults happen; then all is well again."""

_WINDOWS = ("cut", "lossy", "doubling", "slow")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: from `at` on, for `seconds`; `strength` depends on the kind.

    It is a chance, a delay in seconds, or the steps after which a process is killed.
    """

    at: float
    kind: str
    target: str = ""
    seconds: float = 0.0
    strength: float = 0.0

    def __str__(self) -> str:
        parts = [f"{self.at:6.2f} s  {self.kind}"]
        if self.target:
            parts.append(self.target)
        if self.seconds:
            parts.append(f"for {self.seconds:.2f} s")
        if self.strength:
            parts.append(f"({self.strength:.2f})")
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class Targets:
    """What can be hit in a run."""

    links: Sequence[str]
    engine_links: Sequence[str]
    servers: Sequence[str]
    clients: Sequence[str]
    users: Sequence[str]


def plan(seed: int, targets: Targets) -> list[Fault]:
    """The faults of a seed, in the order of time."""
    dice = random.Random(f"faults {seed}")
    kinds = [
        *_WINDOWS,
        *_WINDOWS,
        "crash server",
        "crash server",
        "crash client",
        "sender away",
        "crash server",
    ]
    kinds += ["throttled", "stale indexes"] if targets.engine_links else ["silent bell"]
    kinds += ["clock jumps"] if dice.random() < 0.4 else []
    kinds += ["password reset"] if dice.random() < 0.3 else []
    faults = [_fault(dice, dice.choice(kinds), targets) for _ in range(dice.randrange(9))]
    return sorted(faults, key=lambda fault: fault.at)


def _fault(dice: random.Random, kind: str, targets: Targets) -> Fault:
    at = dice.uniform(0.5, ACTIVE_SECONDS - 2)
    link = dice.choice(targets.links)
    if targets.engine_links and dice.random() < 0.4:
        link = dice.choice(targets.engine_links)
    seconds = dice.choice((dice.uniform(0.1, 1.5), dice.uniform(1.0, 12.0)))
    match kind:
        case "crash server":
            return _crash(dice, at, kind, targets.servers)
        case "crash client":
            return _crash(dice, at, kind, targets.clients)
        case "clock jumps":
            return Fault(at, kind, strength=dice.choice((2 * 3600.0, 25 * 3600.0)))
        case "password reset":
            return Fault(at, kind, dice.choice(targets.users))
        case "cut":
            return Fault(at, kind, link, seconds)
        case "slow":
            return Fault(at, kind, link, seconds, dice.uniform(0.2, 5.0))
        case "lossy" | "doubling":
            return Fault(at, kind, link, seconds, dice.uniform(0.1, 0.9))
        case _:
            return Fault(at, kind, seconds=seconds, strength=dice.uniform(0.2, 0.9))


def _crash(dice: random.Random, at: float, kind: str, names: Sequence[str]) -> Fault:
    # After so many steps of the process, so that most crashes come in the middle of something.
    steps = float(dice.randrange(1, 60))
    return Fault(at, kind, dice.choice(names), dice.uniform(0.1, 4.0), steps)


def shortened(
    numbers: Sequence[int], fails: Callable[[Sequence[int]], bool], most_runs: int = 60
) -> list[int]:
    """As few of the numbered faults as still fail (Zeller's delta debugging, by halves)."""
    kept = list(numbers)
    parts = 2
    while kept and most_runs > 0:
        size = max(1, len(kept) // parts)
        for start in range(0, len(kept), size):
            fewer = kept[:start] + kept[start + size :]
            most_runs -= 1
            if fails(fewer):
                kept, parts = fewer, max(2, parts - 1)
                break
            if most_runs <= 0:
                return kept
        else:
            if size == 1:
                return kept
            parts = min(len(kept), parts * 2)
    return kept
