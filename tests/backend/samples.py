"""Games for tests: by hand with a line, or any that play can lead to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from backend.domain.game import EndedBy, Game
from backend.domain.nim import DEFAULT_HEAPS, MOST_OBJECTS, RULES, Move, valid_heaps

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def new_game(**changes: Any) -> Game:
    """A game of Anna's against Bert, who moves first, with whatever is different."""
    facts: dict[str, Any] = {
        "game_id": "2345abcd2345abcd",
        "user1": "Anna",
        "user2": "Bert",
        "heaps": DEFAULT_HEAPS,
        "start": DEFAULT_HEAPS,
        "last_move_by": "Anna",
        "created_at": START,
        "waiting_since": START,
    }
    return Game(**(facts | changes))


def played(game: Game, *moves: tuple[int, int], at: datetime = START) -> Game:
    """The game after `moves` of the players in turn, a minute each: heaps and what is left."""
    for heap, left in moves:
        at += MINUTE
        assert game.turn is not None
        game = game.after_move(game.turn, Move(heap, left), at)
    return game


@st.composite
def games(draw: st.DrawFn) -> Game:
    """Any game that play can lead to, with or without a time limit, open or ended in any way."""
    counts = st.integers(0, MOST_OBJECTS)
    heaps = draw(st.tuples(counts, counts, counts).filter(valid_heaps))
    game = new_game(
        heaps=heaps,
        start=heaps,
        rule=draw(st.sampled_from(RULES)),
        days_per_move=draw(st.none() | st.integers(1, 14)),
        rematch_of=(again := draw(st.none() | st.just("another2another2"))),
        rematch_by=draw(st.sampled_from((None, "Anna", "Bert"))) if again else None,
    )
    at = START
    for _ in range(draw(st.integers(0, 12))):
        if game.turn is None:
            return game
        at += timedelta(milliseconds=draw(st.integers(0, 10**9)))
        move = draw(st.sampled_from(list(game.board.moves())))
        game = game.after_move(game.turn, move, at)
    if game.turn is not None and draw(st.booleans()):
        winner = draw(st.sampled_from((game.user1, game.user2)))
        how: EndedBy = draw(st.sampled_from(("resign", "timeout", "decline")))
        game = game.ended(how, None if how == "decline" else winner, at)
    return game
