"""A lost connection, for boards as well: those without a backend never load the other models."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Offline:
    """A watch has lost its backend and keeps trying.

    Attributes:
        message: a sentence for people.
        retry_in: seconds until the next try.
        since: when the last good response came (UTC); None before the first one.

    """

    message: str
    retry_in: float
    since: datetime | None
