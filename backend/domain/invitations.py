"""Open invitations: games that whoever has the code may take. Pure.

The id of the game follows from the code. So taking an invitation and creating its game may be two
writes: whoever repeats the second one after a crash creates the same game.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.domain.game import Game
from backend.domain.ids import ID_LETTERS, derived_id
from backend.domain.nim import DEFAULT_HEAPS, Heaps, Rule

# 30^10 is 49 bits, and only ten wrong codes a minute may be tried.
CODE_LENGTH = 10
LIFE = timedelta(days=14)
KEEP = timedelta(days=14)
"""How long after its end an invitation still says that it was taken, and by whom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """One open invitation.

    Attributes:
        code: without a dash, in small letters.
        request_id: the maker's own name for the request that created it.
        reserved_for: the name, in small letters, of the one account that it lets somebody register;
            only that player may take it then.
        taken_by: who plays; None as long as nobody has taken it.
        made: whether its game is known to have been created.

    """

    code: str
    created_by: str
    heaps: Heaps = DEFAULT_HEAPS
    rule: Rule = "misere"
    days_per_move: int | None = None
    created_at: datetime
    request_id: str | None = None
    reserved_for: str | None = None
    taken_by: str | None = None
    taken_at: datetime | None = None
    made: bool = False

    @property
    def expires_at(self) -> datetime:
        """When it can no longer be taken."""
        return self.created_at + LIFE

    @property
    def game_id(self) -> str:
        """The id of its game."""
        return derived_id("invitation", self.code)

    def can_be_taken(self, now: datetime) -> bool:
        """Whether somebody may still take it."""
        return self.taken_by is None and now < self.expires_at

    def is_for(self, user: str) -> bool:
        """Whether this player may take it: everybody, unless it has registered somebody."""
        return self.reserved_for in (None, user.casefold())

    def game(self) -> Game:
        """Its game, once it is taken.

        Raises:
            ValueError: nobody has taken it.

        """
        if self.taken_by is None:
            raise ValueError("nobody has taken this invitation")
        return Game(
            game_id=self.game_id,
            user1=self.created_by,
            user2=self.taken_by,
            heaps=self.heaps,
            start=self.heaps,
            last_move_by=self.created_by,
            rule=self.rule,
            days_per_move=self.days_per_move,
            created_at=self.taken_at,
            waiting_since=self.taken_at,
            invitation=self.code,
        )


def random_code() -> str:
    """A new code."""
    return "".join(secrets.choice(ID_LETTERS) for _ in range(CODE_LENGTH))


def requested_code(secret: bytes, user: str, request_id: str) -> str:
    """The code of a request that names itself: the same for the same request.

    The backend's `secret` keeps others from working it out, however simple the `request_id` is.
    """
    asked = f"{user}\0{request_id}".encode("utf-8", "surrogatepass")
    digest = hmac.digest(secret, asked, hashlib.sha256).hex()
    return derived_id("invitation code", digest)[:CODE_LENGTH]


def read_code(text: str) -> str | None:
    """The code that somebody typed, without regard to case and dashes; None if it is not one."""
    code = text.replace("-", "").lower()
    valid = len(code) == CODE_LENGTH and all(letter in ID_LETTERS for letter in code)
    return code if valid else None


def shown_code(code: str) -> str:
    """The code as people read it: in two groups."""
    return f"{code[: CODE_LENGTH // 2]}-{code[CODE_LENGTH // 2 :]}"
