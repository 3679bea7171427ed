"""Counts what a backend reports, in the text format that Prometheus reads."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from backend.domain.errors import NimError
from backend.domain.notices import Outcome
from backend.service.metrics import AwsOutcome, Metrics, OutboxState

log = logging.getLogger(__name__)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

MOVE = "POST /games/{gameId}"
SIGN_IN = "POST /login"
"""The two routes whose outcomes have a counter of their own."""

# A held request takes up to 25 s; anything else takes milliseconds.
_REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_COMMIT_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
_WRITES = (1, 2, 4, 8, 16, 32, 64)


class PrometheusMetrics(Metrics):
    """The counters of one backend, in a registry of their own."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._requests = Histogram(
            "nim_request_seconds",
            "Requests by route and status; held ones include their waiting.",
            ["route", "status"],
            buckets=_REQUEST_SECONDS,
            registry=registry,
        )
        self._held = Gauge("nim_held_requests", "Requests held right now.", registry=registry)
        self._refusals = self._counter(
            "nim_refusals", "Refused requests by route and code.", "route", "code"
        )
        self._moves = self._counter(
            "nim_moves", "Moves: `done`, or the code of their refusal.", "outcome"
        )
        self._sign_ins = self._counter(
            "nim_sign_ins_refused", "Refused sign-ins by their code.", "code"
        )
        self._notices = self._counter(
            "nim_notices", "Messages by channel and outcome.", "channel", "outcome"
        )
        self._aws = self._counter(
            "nim_aws_calls", "Calls to AWS by operation and outcome.", "operation", "outcome"
        )
        self._commits = Histogram(
            "nim_sqlite_commit_seconds",
            "Transactions of SQLite, waiting for the disk included.",
            buckets=_COMMIT_SECONDS,
            registry=registry,
        )
        self._batches = Histogram(
            "nim_sqlite_commit_writes",
            "Writes that share a transaction of SQLite.",
            buckets=_WRITES,
            registry=registry,
        )
        self._outbox: Callable[[], Awaitable[OutboxState]] | None = None

    def _counter(self, name: str, description: str, *labels: str) -> Counter:
        return Counter(name, description, labels, registry=self._registry)

    def answered(self, route: str, status: int, seconds: float, code: str | None) -> None:
        self._requests.labels(route, str(status)).observe(seconds)
        if code is not None:
            self._refusals.labels(route, code).inc()
        if route == MOVE:
            self._moves.labels(code or "done").inc()
        if route == SIGN_IN and code is not None:
            self._sign_ins.labels(code).inc()

    def held(self) -> AbstractContextManager[object]:
        return self._held.track_inprogress()

    def committed(self, seconds: float, writes: int) -> None:
        self._commits.observe(seconds)
        self._batches.observe(writes)

    def called_aws(self, operation: str, outcome: AwsOutcome) -> None:
        self._aws.labels(operation, outcome).inc()

    def sent(self, channel: str, outcome: Outcome | Literal["later"]) -> None:
        self._notices.labels(channel, outcome).inc()

    def outbox_from(self, read: Callable[[], Awaitable[OutboxState]]) -> None:
        self._outbox = read
        self._waiting = Gauge(
            "nim_outbox_notices", "Notices that wait in the outbox.", registry=self._registry
        )
        self._oldest = Gauge(
            "nim_outbox_oldest_seconds",
            "How long the oldest notice in the outbox has been waiting.",
            registry=self._registry,
        )

    async def text(self) -> bytes:
        """Everything counted so far, and the outbox as it is now."""
        if self._outbox is not None:
            try:
                state = await self._outbox()
            except NimError as error:
                # The other figures matter most when the database does not answer.
                log.warning("the outbox cannot be read: %s", error.message)
                state = OutboxState(-1, -1)
            self._waiting.set(state.waiting)
            self._oldest.set(state.oldest)
        return generate_latest(self._registry)
