"""The sentences of a game as they are read aloud: for a screen reader, a Braille line, a log.

Heaps are called a, b and c, as they are answered. Pure functions, like those of `text.game`.
"""

from __future__ import annotations

import re
from datetime import datetime

from backend.domain.errors import GameOver, NimError, NotYourTurn
from backend.domain.game import Game
from backend.domain.nim import Board, Heaps, Move
from nim_tui.matches import Match, MatchAction
from nim_tui.model.analysis import stops
from nim_tui.model.history import steps
from nim_tui.text import game as game_text
from nim_tui.text import review as review_text
from nim_tui.text.sanitize import clean

HEAP_NAMES = "abc"
_MOST_NAME = 40

_HEAP = re.compile(r"\b([Hh])eap ([123])\b")
_SPAN = re.compile(r"\b(\d+) (min|h|d)\b")
_UNITS = {"min": "minute", "h": "hour", "d": "day"}
_SYMBOLS = (
    (re.compile(r" · "), ", "),
    (re.compile(r"(?<=\d)\+(?=\d)"), " and "),
    (re.compile(r" = "), " is "),
    (re.compile(r" {2,}"), "; "),
    (re.compile(r"! (?=\d)"), "only "),
    (re.compile("…"), ""),
)


def sentence(text: str) -> str:
    """A text of the screens as a sentence to be heard: no symbols, whole words, a full stop."""
    text = _HEAP.sub(lambda found: f"{found[1]}eap {HEAP_NAMES[int(found[2]) - 1]}", text)
    text = _SPAN.sub(_span, text)
    for symbol, words in _SYMBOLS:
        text = symbol.sub(words, text)
    text = text.strip()
    return text if not text or text[-1] in ".?!:" else f"{text}."


def _span(found: re.Match[str]) -> str:
    return f"{found[1]} {_UNITS[found[2]]}{'' if found[1] == '1' else 's'}"


def board(heaps: Heaps) -> str:
    """`Heap a: 5. Heap b: 4. Heap c: 5.`"""
    counts = zip(HEAP_NAMES, heaps, strict=True)
    return " ".join(f"Heap {name}: {count}." for name, count in counts)


def turn(game: Game, viewer: str | None) -> str:
    """`Your turn.`, `bob's turn.`; once it is over who won, and how."""
    said = sentence(game_text.turn(game, viewer))
    return said if game.turn is not None else f"{said} {sentence(game_text.end(game, viewer))}"


def last_move(game: Game, viewer: str | None) -> str:
    """`bob took 2 from heap c.`; who begins, before the first move; empty if it is unknown."""
    return sentence(game_text.last_move(game, viewer))


def history(game: Game, viewer: str | None) -> list[str]:
    """Every move that is known, oldest first, and the board after it."""
    return [
        sentence(f"Move {step.number}: {game_text.move(step, viewer)}")
        + ("" if step.after is None else f" {board(step.after)}")
        for step in steps(game)
    ]


def review(game: Game, viewer: str | None) -> list[str]:
    """Every move of a finished game, and how good it was."""
    return [
        sentence(f"Move {stop.step.number}: {game_text.move(stop.step, viewer)}")
        + ("" if stop.after is None else f" {board(stop.after)}")
        + f" {sentence(str(review_text.verdict(stop, game, viewer)[0]))}"
        for stop in stops(game)
    ] or [review_text.NO_MOVES]


def hint(at: Board, move: Move, mover: str) -> list[str]:
    """What a hint proposes, and then why."""
    *why, proposed = review_text.hint(at, move, mover)
    lead = "Hint: take " if at.winning else f"Hint: {proposed.before}"
    return [
        sentence(f"{lead}{proposed.strong}{proposed.after}"),
        *(sentence(str(one)) for one in why),
    ]


def opening(match: Match) -> str:
    """What is about to be played: `Practice, medium: last object loses.`"""
    place = "".join(part.text for part in match.place)
    if match.listed:
        place = f"game against {place}"
    asides = ", ".join(part.text for part in match.aside())
    return sentence(f"{place[:1].upper()}{place[1:]}: {asides}")


def refusal(error: NimError, game: Game, viewer: str | None) -> str:
    """Why a request was refused, and what to answer next."""
    now = error.game or game
    if game_text.lost(error):
        return f"{sentence(error.message)} Answer the same again: it counts once."
    if isinstance(error, NotYourTurn | GameOver):
        if now.turn is None:
            return "This game is over."
        return sentence(game_text.not_your_turn(now))
    return sentence(game_text.refusal(error, game, viewer))


def row(number: int, game: Game, viewer: str, now: datetime) -> str:
    """A game in a list: `Game 1: bob. Your turn. Heap a: 5. …`"""
    opponent = game_text.name(game.opponent_of(viewer))
    when = game_text.deadline(game, now) or game_text.last_move_ago(game, now)
    state = sentence(game_text.turn(game, viewer))
    parts = [f"Game {number}: {opponent}.", state]
    if game.state == "open":
        parts.append(board(game.heaps))
    return " ".join([*parts, *([sentence(when)] if when else [])])


ANSWERS = {
    MatchAction.HINT: ("hint", "a good move, and why"),
    MatchAction.BACK: ("undo", "takes your last move back"),
    MatchAction.RESIGN: ("resign", "gives this game up"),
    MatchAction.DECLINE: ("decline", "turns this invitation down"),
    MatchAction.CLAIM: ("claim", "wins the game that ran out of time"),
    MatchAction.REMATCH: ("rematch", "plays the same again"),
    MatchAction.RESTART: ("restart", "starts this again"),
    MatchAction.NEW: ("restart", "starts a new game"),
    MatchAction.REVIEW: ("review", "judges every move"),
    MatchAction.NEXT: ("next", "goes to the next game that waits for you"),
    MatchAction.LESSON: ("next", "begins the next lesson"),
    MatchAction.PRACTICE: ("practice", "plays against the computer"),
}
"""What can be answered at a board besides a move, and what it does."""

PROPOSALS = {
    MatchAction.REMATCH: "Another game? Answer rematch, review or back.",
    MatchAction.BACK: "You can go back to where you could win: answer undo.",
    MatchAction.LESSON: "Answer next for the next lesson, or back.",
    MatchAction.PRACTICE: "That was the last lesson. Answer practice to play, or back.",
}
"""What to answer where a match proposes something."""

EXAMPLE = "Answer a heap and how many to take, such as b3. Answer ? to hear what else."


def answers(match: Match) -> list[str]:
    """What can be answered now, one a line."""
    lines = []
    if match.mover is not None:
        lines.append("b3: takes three from heap b. a, b and c are the heaps.")
    offers = sorted(match.offers & ANSWERS.keys(), key=lambda action: action.name)
    lines += [f"{word}: {does}." for word, does in (ANSWERS[action] for action in offers)]
    return [
        *lines,
        "board: the heaps again. An empty answer does the same.",
        "moves: what has been played.",
        "back: leaves this board. quit: leaves the program.",
    ]


def name(user: str) -> str:
    """A player's name as it may be shown, at its whole length."""
    return clean(user, width=_MOST_NAME)
