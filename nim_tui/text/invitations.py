"""Every sentence about open invitations. Plain texts: show them through `Content`."""

from __future__ import annotations

from datetime import datetime

from backend.domain.nim import Heaps, Rule
from nim_tui.text.game import name, rule, time_left
from nim_tui.text.place import at
from nim_tui.text.sanitize import clean

SEND_THIS = "Send this line to somebody. Whoever runs it first plays with you."
"""Above the line to paste."""


def offer(by: str, heaps: Heaps, of: Rule, days: int | None) -> str:
    """What a code invites to: `anna invites you: 5, 4, 5, last object loses. You move first.`"""
    game = [", ".join(map(str, heaps)), rule(of)]
    if days is not None:
        game.append(f"{days} day{'' if days == 1 else 's'} a move")
    return f"{name(by)} invites you: {', '.join(game)}. You move first."


def until(expires_at: datetime, now: datetime) -> str:
    """How long an invitation can be taken: `It can be taken for 14 d.`"""
    left = time_left(expires_at, now).lstrip("! ")
    return "It has expired." if left == "overdue" else f"It can be taken for {left}."


def elsewhere(server: str, code: str) -> str:
    """Where a code of another server is taken."""
    server = clean(server, 200)
    return f"That invitation is at {server}. Quit, and run: nim-tui join {server}/{code}"


def unknown(place: str) -> str:
    """Why a code leads to nothing at this place."""
    return (
        f"There is no such invitation {at(place)}: the code is misspelt, or it has expired or was"
        " withdrawn, or it is another server's. Join with the whole line that you were sent."
    )
