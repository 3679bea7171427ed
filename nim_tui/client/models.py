"""What the client returns besides games: lists, profiles, sessions.

Light on purpose: screens can name these types without httpx or a backend.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from backend.domain.game import Game
from backend.domain.nim import DEFAULT_HEAPS, Heaps, Rule
from backend.domain.people import NoticeProblem, NoticesBy


@dataclass(frozen=True, slots=True)
class GameList:
    """A page of the player's games, in the backend's order; `etag` names this state of it."""

    games: tuple[Game, ...]
    cursor: str | None = None
    etag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInvitation:
    """A game that whoever has the code may take.

    Attributes:
        code: in two groups, as people read it.
        url: where the server says that it can be taken; None where it does not know its address.

    """

    code: str
    created_by: str
    heaps: Heaps = DEFAULT_HEAPS
    rule: Rule = "misere"
    days_per_move: int | None = None
    created_at: datetime
    expires_at: datetime
    url: str | None = None

    @property
    def sentence(self) -> str:
        """Who invites to what."""
        from nim_tui.text.invitations import offer

        return offer(self.created_by, self.heaps, self.rule, self.days_per_move)


@dataclass(frozen=True, slots=True)
class AccountProfile:
    """The player's own account."""

    username: str
    email: str | None
    phone: str | None
    notices: NoticesBy
    email_confirmed: bool = False
    phone_confirmed: bool = False
    ntfy_topic: str | None = None
    notice_problem: NoticeProblem | None = None

    @property
    def notices_to(self) -> str | None:
        """Where notices go; None where the account lacks what the chosen way needs."""
        return {"sms": self.phone, "email": self.email, "ntfy": self.ntfy_topic}.get(self.notices)


@dataclass(frozen=True, slots=True)
class SessionTokens:
    """A session: the ID token that requests carry, and what renews it, where the backend can."""

    id_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Features:
    """What this backend can do, learned from its responses; the tutorial's own has neither.

    Attributes:
        lists: it lists a player's games; otherwise a game is opened by its id.
        refreshes: it renews sessions, accepts versions and options, and ends games.

    """

    lists: bool = True
    refreshes: bool = True
