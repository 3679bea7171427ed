"""Who watches a backend: its metrics, and the health that anybody may ask for."""

from __future__ import annotations

from backend.service.health import Health
from backend.service.metrics import NO_METRICS, Metrics


class Watch:
    """What the parts of one backend report to.

    Attributes:
        metrics: count what it does; by default nothing is counted.
        health: asks its parts what is wrong with them.

    """

    def __init__(self, metrics: Metrics = NO_METRICS) -> None:
        self.metrics = metrics
        self.health = Health()
