"""What the client hands to the screens besides games: lists, profiles, its own kinds of trouble.

Light on purpose: importing it costs nothing, so the screens can name these types before the first
frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from backend.domain.game import Game


@dataclass(frozen=True, slots=True)
class GameList:
    """A page of the player's games, in the backend's order; `etag` names this state of it."""

    games: tuple[Game, ...]
    cursor: str | None = None
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """The player's own account."""

    username: str
    email: str | None
    phone: str | None
    notices: Literal["sms", "none"]


@dataclass(frozen=True, slots=True)
class Offline:
    """A watch has lost its backend and goes on trying.

    Attributes:
        message: the calm line.
        retry_in: seconds until the next try.
        since: when the last good answer came (UTC); None when none has come yet.

    """

    message: str
    retry_in: float
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Features:
    """What this backend can do, learned from its answers; the tutorial's own has neither.

    Attributes:
        lists: it lists a player's games; without, a game is opened by its id.
        refreshes: it renews sessions, takes versions and options, and ends games.

    """

    lists: bool = True
    refreshes: bool = True
