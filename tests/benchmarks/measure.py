"""Medians and ratios. Machines differ: only ratios within one run are to be compared."""

from __future__ import annotations

import compileall
import resource
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]


def compile_all() -> None:
    """Compile our own modules, as an installation does, so that no start measures the compiler."""
    for folder in ("backend", "nim_tui", "tests"):
        compileall.compile_dir(ROOT / folder, quiet=2)


def children_cpu_seconds() -> float:
    """Processor time of all the processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


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


def disk_of(folder: Path) -> str:
    """The file system that a folder is on, and its device: what a commit waits for."""
    found = ("", "an unknown file system")
    for line in Path("/proc/mounts").read_text().splitlines():
        device, mounted, kind, *_ = line.split()
        if folder.resolve().is_relative_to(mounted) and len(mounted) >= len(found[0]):
            found = (mounted, f"{kind} ({device})")
    return found[1]
