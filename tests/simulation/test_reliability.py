"""The long runs of `make reliability`, whose tables docs/reliability.md shows."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backend.domain.nim import Heaps
from tests.simulation.explore import RULES, explored
from tests.simulation.mutants import MUTANTS, NOT_MISSED
from tests.simulation.taking_out import ROOT, Mutant
from tests.simulation.tested import TESTED, Guarded

pytestmark = pytest.mark.reliability

SEEDS = int(os.environ.get("SIMULATION_SEEDS", "10000"))
AT_A_TIME = 50
MUTANT_SEEDS = int(os.environ.get("SIMULATION_MUTANT_SEEDS", "300"))
WORKERS = os.cpu_count() or 1
TABLES = ROOT / "build"


def simulated(*options: str, module: str = "tests.simulation") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def digest() -> str:
    """Names the code: seeds that ran on other code are run again."""
    code = hashlib.sha256()
    for folder in ("backend", "nim_tui/client", "tests/simulation"):
        for path in sorted(Path(ROOT, folder).rglob("*.py")):
            code.update(path.read_bytes())
    return code.hexdigest()[:12]


def finished(path: Path) -> set[int]:
    return {int(line) for line in path.read_text().split()} if path.exists() else set()


@pytest.mark.timeout(6 * 3600)
def test_ten_thousand_seeds(capsys: pytest.CaptureFixture[str]) -> None:
    """Goes on where it was interrupted: `build/` has a file of the seeds that are done."""
    TABLES.mkdir(exist_ok=True)
    done_file = TABLES / f"simulated-{digest()}.txt"
    left = sorted(set(range(0, SEEDS, AT_A_TIME)) - finished(done_file))

    def chunk(first: int) -> str:
        result = simulated("--seed", str(first), "--runs", str(AT_A_TIME), "--shorten")
        if result.returncode:
            return result.stdout + result.stderr
        with done_file.open("a") as done:
            done.write(f"{first}\n")
        return ""

    with ThreadPoolExecutor(WORKERS) as pool:
        failures = [told for told in pool.map(chunk, left) if told]
    assert not failures, "\n\n".join(failures)
    with capsys.disabled():
        print(f"\nsimulation: {SEEDS} seeds, nothing wrong")


@pytest.mark.timeout(6 * 3600)
def test_every_protection_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    TABLES.mkdir(exist_ok=True)
    table = TABLES / "protections.txt"
    table.write_text("protection | seeds | how it shows | faults\n", encoding="utf-8")
    missed: set[str] = set()
    with ThreadPoolExecutor(WORKERS) as pool:
        for name, found, text in pool.map(row, MUTANTS):
            missed |= set() if found else {name}
            with table.open("a", encoding="utf-8") as lines, capsys.disabled():
                print(text, file=lines)
                print(text)
    assert missed == NOT_MISSED.keys()


@pytest.mark.timeout(6 * 3600)
def test_every_other_protection_has_its_test(capsys: pytest.CaptureFixture[str]) -> None:
    """One after the other: some of the tests start engines."""
    kept = [one.mutant.name for one in TESTED if not _fails_without(one, capsys)]
    assert not kept, f"their tests pass without them: {kept}"


def _fails_without(one: Guarded, capsys: pytest.CaptureFixture[str]) -> bool:
    told = simulated(one.mutant.name, module="tests.simulation.tested")
    with capsys.disabled():
        print(f"{one.mutant.name} | {one.test}")
    return told.returncode == pytest.ExitCode.TESTS_FAILED


def row(mutant: Mutant) -> tuple[str, bool, str]:
    """How a missing protection is found: by a seed, or else by the small world.

    The small world does not know what `NOT_MISSED` names: it takes ten minutes to find nothing.
    """
    name = mutant.name
    told = simulated("--runs", str(MUTANT_SEEDS), "--mutant", name, "--shorten")
    lines = told.stdout.splitlines()
    if told.returncode == 1 and lines and lines[0].startswith("Seed "):
        seeds = int(lines[0].removeprefix("Seed ").removesuffix(":")) + 1
        return name, True, f"{name} | {seeds} | {lines[1].strip()} | {faults(lines)}"
    if name in NOT_MISSED:
        return name, False, f"{name} | not found in {MUTANT_SEEDS} seeds: {NOT_MISSED[name]} | |"
    told = simulated("--board", "1-1-1", "--mutant", name, module="tests.simulation.explore")
    if told.returncode == 1 and told.stdout:
        return name, True, f"{name} | small world | {told.stdout.splitlines()[-1].strip()} |"
    return name, False, f"{name} | not found in {MUTANT_SEEDS} seeds | |"


def faults(lines: Iterable[str]) -> str:
    """The faults of the shortened schedule."""
    found = [
        " ".join(line.split()[1:]) for line in lines if line.startswith("  ") and " s  " in line
    ]
    return "; ".join(found) or "no fault"


# On DynamoDB the tutorial's client and a fault together, or the larger board, make too many states.
WORLDS = [
    ("sqlite", (1, 1, 1), 1, False),
    ("sqlite", (2, 1, 1), 1, False),
    ("dynamodb", (1, 1, 1), 0, True),
    ("dynamodb", (1, 1, 1), 1, False),
]


@pytest.mark.timeout(6 * 3600)
@pytest.mark.parametrize(("store", "heaps", "faults", "tutorial"), WORLDS)
@pytest.mark.parametrize("rule", RULES)
def test_every_state(
    store: str,
    heaps: Heaps,
    faults: int,
    rule: str,
    capsys: pytest.CaptureFixture[str],
    *,
    tutorial: bool,
) -> None:
    found = explored(store, heaps, rule, faults=faults, tutorial=tutorial)
    assert not found.story, "\n".join(found.story)
    assert found.all_seen
    board = "-".join(map(str, heaps)) + f" {rule}, {faults} faults"
    board += ", the tutorial's client" if tutorial else ""
    with capsys.disabled():
        print(f"\n{store} {board}: {found.states} states, {found.steps} steps")
