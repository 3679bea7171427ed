"""Medians and ratios. Machines differ: only ratios within one run are to be compared."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median


def median_ms(work: Callable[[], object], *, rounds: int = 20) -> float:
    """The median time of one call in milliseconds, after one call to warm up."""
    work()
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return median(times) * 1000


def report(values: dict[str, float], *, unit: str = "ms") -> None:
    """Print each value and its ratio to the first one, which is the measure of the others."""
    base = next(iter(values.values()))
    width = max(len(name) for name in values)
    for name, value in values.items():
        ratio = f"{value / base:8.2f} x" if base else "       - x"
        print(f"{name:<{width}}  {value:12.3f} {unit}  {ratio}")
