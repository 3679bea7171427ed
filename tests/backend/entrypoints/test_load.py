"""The promise of a server under load: 1,000 waiting clients and 200 moves a second."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.reliability
@pytest.mark.timeout(300)
def test_a_move_reaches_the_waiting_opponent_within_its_bound() -> None:
    command = [sys.executable, "-m", "tests.benchmarks.bench_api"]
    root = Path(__file__).parents[3]
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
