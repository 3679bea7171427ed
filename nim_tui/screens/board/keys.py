"""The keys of the board, and what a match has to offer for each to do anything."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from backend.domain.nim import HEAP_NUMBERS
from nim_tui.matches import MatchAction

BINDINGS: list[BindingType] = [
    *(
        Binding(key, f"choose({heap})", f"choose heap {heap}", show=False)
        for heap, key in zip(HEAP_NUMBERS, "abc", strict=True)
    ),
    *(
        Binding(str(digit), f"digit({digit})", "how many, in digits", show=False)
        for digit in range(10)
    ),
    Binding("left", "beside(-1)", "the heap to the left", show=False),
    Binding("right", "beside(1)", "the heap to the right", show=False),
    Binding("up", "more(1)", "one object more", show=False),
    Binding("down", "more(-1)", "one object fewer", show=False),
    Binding("enter", "press", "take what is chosen", show=False),
    Binding("escape", "cancel", "cancel, then leave", show=False),
    Binding("n", "next_game", "the next game", show=False),
    Binding("r", "again", "rematch, restart", show=False),
    Binding("v", "review", "review the game", show=False),
    Binding("h", "hint", "hint, in practice", show=False),
    Binding("w", "why", "why that hint, in practice", show=False),
    Binding("u", "take_back", "take back a move", show=False),
    Binding("o", "options", "options of this board", show=False),
    Binding("m", "moves", "the moves so far", show=False),
    Binding("x", "give_up", "resign, decline", show=False),
    Binding("y", "copy_id", "copy the game's id", show=False),
    Binding("k", "claim", "claim an overdue game", show=False),
]

OFFERED = {
    "next_game": {
        MatchAction.NEXT,
        MatchAction.NEW,
        MatchAction.LESSON,
        MatchAction.PRACTICE,
    },
    "again": {MatchAction.REMATCH, MatchAction.RESTART},
    "review": {MatchAction.REVIEW},
    "hint": {MatchAction.HINT},
    "why": {MatchAction.HINT},
    "give_up": {MatchAction.RESIGN, MatchAction.DECLINE},
    "claim": {MatchAction.CLAIM},
    "take_back": {MatchAction.BACK},
    "options": {MatchAction.OPTIONS},
}
"""An action does something only if the match offers one of these."""
