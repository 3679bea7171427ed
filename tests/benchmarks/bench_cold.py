"""What a Lambda function costs before its first request, against boto3 with one client.

In processor time, as a cold start has a processor for itself; in rounds that take turns, without
what an empty interpreter costs.
"""

from __future__ import annotations

import os
import subprocess
import sys
from statistics import median

from tests.benchmarks.measure import children_cpu_seconds, compile_all, report

_ROUNDS = 9
MOST_RATIO = 1.2
"""Of the API function with its clients made; docs/performance.md says whether it is reached."""

# Ids of the right form; nothing is asked of anybody. Lambda has the keys in its environment, too.
_ENVIRONMENT = {
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "USER_POOL_ID": "us-east-1_Abcdefghi",
    "COGNITO_CLIENT_ID": "client",
}
_API = "the API function, its clients made"
_STARTS = {
    "boto3 and a client": "import boto3; boto3.client('dynamodb')",
    "boto3 alone": "import boto3",
    _API: "import backend.entrypoints.lambda_api",
    "the notices function": "import backend.entrypoints.lambda_notices",
}


def _start(code: str) -> float:
    """Milliseconds of processor time that a fresh interpreter spends on the code."""
    before = children_cpu_seconds()
    command = [sys.executable, "-c", code]
    subprocess.run(command, check=True, env={**os.environ, **_ENVIRONMENT})
    return (children_cpu_seconds() - before) * 1000


def main() -> int:
    """Print a table; 1 when the bound is not kept."""
    compile_all()
    times: dict[str, list[float]] = {name: [] for name in _STARTS}
    for _ in range(_ROUNDS):
        empty = _start("pass")
        for name, code in _STARTS.items():
            times[name].append(_start(code) - empty)
    medians = {name: median(found) for name, found in times.items()}
    report(medians, unit="ms CPU")
    ratio = medians[_API] / medians["boto3 and a client"]
    print(f"the API function: {ratio:.2f} of boto3 and a client, bound {MOST_RATIO}")
    return int(ratio > MOST_RATIO)


if __name__ == "__main__":
    sys.exit(main())
