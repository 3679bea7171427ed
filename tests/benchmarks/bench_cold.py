"""What a Lambda function costs before its first request, against boto3 alone.

In processor time, as a cold start has a processor for itself. Goal: imports under 350 ms.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from statistics import median

from tests.benchmarks.measure import report

_ROUNDS = 9
# Ids of the right form; nothing is asked of anybody.
_ENVIRONMENT = {
    "AWS_REGION": "us-east-1",
    "USER_POOL_ID": "us-east-1_Abcdefghi",
    "COGNITO_CLIENT_ID": "client",
}
_IMPORTS = (
    "import boto3, jwt.algorithms, mangum, backend.bootstrap, backend.config.logs,"
    " backend.adapters.cognito.factory, backend.adapters.dynamodb.game_store"
)


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _start(code: str) -> float:
    """Milliseconds of processor time that a fresh interpreter spends on the code."""
    times = []
    for _ in range(_ROUNDS):
        before = _cpu_seconds()
        command = [sys.executable, "-c", code]
        subprocess.run(command, check=True, env={**os.environ, **_ENVIRONMENT})
        times.append(_cpu_seconds() - before)
    return median(times) * 1000


def main() -> None:
    """Measure, without what an empty interpreter costs."""
    empty = _start("pass")
    report(
        {
            "boto3": _start("import boto3") - empty,
            "the API function's imports": _start(_IMPORTS) - empty,
            "with its clients made": _start("import backend.entrypoints.lambda_api") - empty,
            "the notices function": _start("import backend.entrypoints.lambda_notices") - empty,
        }
    )


if __name__ == "__main__":
    main()
