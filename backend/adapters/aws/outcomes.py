"""How calls to AWS end: reported as metrics, and remembered where AWS refuses them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from backend.adapters.aws.error_codes import BUSY, CONDITION, DENIED, EXPIRED, NOES, WRONG_KEYS
from backend.service.health import Trouble
from backend.service.metrics import AwsOutcome, Metrics

REFUSED_SECONDS = 3600.0
"""How long a refusal counts if its operation is not called again."""

_REFUSED = EXPIRED | WRONG_KEYS | DENIED


class Outcomes:
    """How the calls of one account have ended, whichever way they went; `clock` is in seconds."""

    def __init__(self, metrics: Metrics, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._metrics = metrics
        self._clock = clock
        # When the last call of an operation was refused, unless one was allowed since then. What is
        # allowed says nothing of other operations.
        self._refused: dict[str, float] = {}

    def note(self, operation: str, outcome: AwsOutcome) -> None:
        """A call has ended."""
        self._metrics.called_aws(operation, outcome)
        if outcome == "refused":
            self._refused[operation] = self._clock()
        elif outcome != "unreachable":
            self._refused.pop(operation, None)

    @contextmanager
    def noted(self, operation: str) -> Iterator[None]:
        """Put this around a call that does not go through boto3."""
        try:
            yield
        except ClientError as error:
            self.note(operation, outcome_of(str(error.response.get("Error", {}).get("Code", ""))))
            raise
        except BotoCoreError as error:
            self.note(operation, _outcome_of_failure(error))
            raise
        self.note(operation, "ok")

    async def trouble(self) -> Trouble | None:
        """Whether AWS refuses what this backend needs: expired keys, a missing permission.

        What nobody has needed since then for so long may be allowed by now.
        """
        latest = max(self._refused.values(), default=float("-inf"))
        return "aws_refused" if self._clock() - latest < REFUSED_SECONDS else None

    def after_call(self, *, http_response: Any, parsed: Any, model: Any, **_: Any) -> None:
        """Botocore's event `after-call`; without metadata it is our own transport's bookkeeping."""
        if "ResponseMetadata" in parsed:
            error = parsed.get("Error")
            whole: AwsOutcome = "unreachable" if is_cut_short(http_response) else "ok"
            self.note(model.name, outcome_of(error.get("Code", "")) if error else whole)

    def after_error(self, *, exception: Exception, event_name: str, **_: Any) -> None:
        """Botocore's event `after-call-error`, `after-call-error.SERVICE.OPERATION` in full."""
        self.note(event_name.rpartition(".")[2], _outcome_of_failure(exception))


def is_cut_short(answer: Any) -> bool:
    """Whether the connection ended before the answer did, which botocore does not notice."""
    announced = answer.headers.get("content-length", "")
    return announced.isdecimal() and len(answer.content) < int(announced)


def outcome_of(code: str) -> AwsOutcome:
    """What one of AWS's error codes comes to."""
    if code == CONDITION:
        return "condition"
    if code in BUSY:
        return "busy"
    if code in NOES:
        return "no"
    return "refused" if code in _REFUSED else "error"


def _outcome_of_failure(error: Exception) -> AwsOutcome:
    return "refused" if isinstance(error, NoCredentialsError) else "unreachable"
