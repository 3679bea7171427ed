"""`nim-backend` without a protection: `python -m tests.reliability.unguarded NAME serve`.

The names are those of `tests/simulation/mutants.py`.
"""

from __future__ import annotations

import sys

from tests.simulation.mutants import install

if __name__ == "__main__":
    install(sys.argv.pop(1))
    from backend.entrypoints.cli import main

    sys.exit(main())
