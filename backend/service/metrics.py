"""What a backend reports about its own work, for whoever watches it.

The port is one class whose methods do nothing: a backend that nobody watches pays for a call and
no more. `backend.adapters.prometheus` counts. Nothing reported names a player, a game or an
address, and every label has few values, whatever strangers send.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal, TypeAlias

from backend.domain.notices import Outcome

AwsOutcome: TypeAlias = Literal["ok", "condition", "no", "busy", "refused", "unreachable", "error"]
"""How a call to AWS ended.

`condition` is a conditional write whose condition was false, `no` what is wrong with what a player
has sent (an unknown name, a wrong password), `busy` a throttled call, `refused` one whose
credentials or permissions do not suffice, `unreachable` one without a valid answer.
"""


@dataclass(frozen=True, slots=True)
class OutboxState:
    """The notices that wait in the outbox: how many, and for how long the oldest has (seconds)."""

    waiting: int
    oldest: float


class Metrics:
    """What is reported. This one ignores all of it; methods may be called from any thread."""

    def answered(self, route: str, status: int, seconds: float, code: str | None) -> None:
        """A request was answered.

        Args:
            route: method and path template, like `POST /games/{gameId}`; `other` for any other.
            status: of the answer; 0 if none was sent.
            seconds: that it took, waiting included where the request was held.
            code: of the error, if it is one.

        """

    def held(self) -> AbstractContextManager[object]:
        """Put this around the waiting of a request whose answer is held back."""
        return nullcontext()

    def committed(self, seconds: float, writes: int) -> None:
        """A transaction of so many writes was committed to SQLite."""

    def called_aws(self, operation: str, outcome: AwsOutcome) -> None:
        """A call to AWS has ended, its repetitions included."""

    def sent(self, channel: str, outcome: Outcome | Literal["later"]) -> None:
        """A notice was handed to a channel, or could not be."""

    def outbox_from(self, read: Callable[[], Awaitable[OutboxState]]) -> None:
        """Where the state of the outbox can be read, whenever somebody looks."""


NO_METRICS = Metrics()
