"""The sentences of a review and of a hint: how good a move was, and why.

Pure functions, like those of `nim_tui.text.game`. Show their plain texts through `Content`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from backend.domain.game import Game
from backend.domain.nim import Board, Heaps, Move
from nim_tui.model.analysis import Judgement, Stage, Stop, made_even, stage
from nim_tui.text import game as game_text

NOT_JUDGED = "The move before this one is unknown, so this one isn't judged."
NO_MOVES = "No move of this game is known."
HERE = "The game was lost here."
MISERE = "Near the end the rule flips: leave an odd number of heaps of 1."

_NEAR = "Near the end"
_LEADS = {Judgement.GOOD: "Good:", Judgement.SLIP: "Slip:", Judgement.LOST: "Already lost:"}


class Sentence(NamedTuple):
    """A sentence with its emphasized words: `strong`."""

    before: str
    strong: str
    after: str

    def __str__(self) -> str:
        return "".join(self)


def title(stop: Stop, known: int | None) -> str:
    """`Move 3 of 8`; only `Move 3` if moves are missing."""
    return f"Move {stop.step.number}" + (f" of {known}" if known is not None else "")


def verdict(stop: Stop, game: Game, viewer: str | None) -> list[Sentence]:
    """The verdict in several lengths, the longest first."""
    if stop.verdict is None:
        return [
            Sentence("", "", NOT_JUDGED),
            Sentence("", "", "Not judged: the move before is unknown."),
        ]
    other = game.opponent_of(stop.step.user)
    lead = _LEADS[stop.verdict.judgement]
    if stop.verdict.judgement is Judgement.GOOD:
        if stop.after is not None and not any(stop.after):
            return [Sentence("", lead, " it took the last object.")]
        who = game_text.inside(other, viewer)
        return [
            Sentence("", lead, f" {who} can't win from here."),
            Sentence("", lead, " a winning move."),
        ]
    if stop.verdict.judgement is Judgement.LOST:
        return [Sentence("", lead, " no move could win.")]
    better = f"Better: {_taken(stop.before, stop.verdict.better[0])}."
    long = Sentence("", lead, f" it let {game_text.inside(other, viewer)} win. {better}")
    short = Sentence("", lead[:-1] + ".", f" {better}")
    if not stop.decisive:
        return [long, short]
    return [_more(long), _more(short), long, short]


def course(game: Game, stops: Sequence[Stop], viewer: str | None) -> tuple[str, str]:
    """How a game went in which no slip decided it, in a long and a short form.

    `No slips: bob could win all along.`, `Slips: moves 3 and 5.`
    """
    if any(stop.verdict is None for stop in stops):
        unknown = "Some moves are unknown."
        return unknown, unknown
    slips = [
        str(stop.step.number)
        for stop in stops
        if stop.verdict and stop.verdict.judgement is Judgement.SLIP
    ]
    if slips:
        *most, last = slips
        moves = f"moves {', '.join(most)} and {last}" if most else f"move {last}"
        return f"Slip{'s' * bool(most)}: {moves}.", f"{len(slips)} slip{'s' * bool(most)}."
    if game.ended_by == "play" and game.winner is not None:
        winner = game_text.inside(game.winner, viewer)
        return f"No slips: {winner} could win all along.", "No slips."
    return "No slips.", "No slips."


def _more(sentence: Sentence) -> Sentence:
    return sentence._replace(after=f"{sentence.after} {HERE}")


def _taken(board: Heaps | None, move: Move) -> str:
    """`1 from heap 3`."""
    count = f"{board[move.heap - 1] - move.left} " if board is not None else ""
    return f"{count}from heap {move.heap}"


def _its_turn(mover: str, viewer: str | None) -> str:
    """`it's bob's move, and bob`."""
    if mover == viewer:
        return "it's your move, and you"
    who = game_text.inside(mover)
    return f"it's {who}'s move, and {who}"


def standing(board: Board, mover: str, viewer: str | None, last: str) -> list[Sentence]:
    """Why a board is won or lost for `mover`; `last` is the player who moved last."""
    match stage(board):
        case Stage.OVER:
            return [Sentence("", "Nothing is left:", f" {_last_object(board, last, viewer)}")]
        case Stage.ONES:
            odd = sum(board.heaps) % 2 == 1
            fate = "will" if odd else "won't"
            lead = f"An {'odd' if odd else 'even'} number of heaps of 1:"
            return [Sentence("", lead, f" {_its_turn(mover, viewer)} {fate} take the last object.")]
        case Stage.TURNING:
            lead = "One heap of two or more:"
            return [Sentence("", lead, f" {_its_turn(mover, viewer)} can win."), _flip()]
        case _:
            flips = [] if board.rule == "normal" else [_flip()]
            return [_columns(board, mover, viewer), *flips]


def in_brief(board: Board, reason: Sentence, mover: str, viewer: str | None) -> str:
    """The same for a narrow row: `An odd column: bob can win from here.`"""
    can = "can" if board.winning else "can't"
    who = game_text.subject(mover, viewer)
    who = who if reason.strong.endswith(".") else game_text.inside(mover, viewer)
    return f"{reason.strong} {who} {can} win from here."


def _last_object(board: Board, last: str, viewer: str | None) -> str:
    """`bob took the last object and loses.`"""
    ends = "lose" if board.rule == "misere" else "win"
    ends += "" if last == viewer else "s"
    return f"{game_text.inside(last, viewer)} took the last object and {ends}."


def _columns(board: Board, mover: str, viewer: str | None) -> Sentence:
    if board.winning:
        chance = f" {_its_turn(mover, viewer)} can win by making every column even."
        return Sentence("", "An odd column:", chance)
    return Sentence("", "Every column is even.", f" {_hopeless(mover, viewer)}")


def _hopeless(mover: str, viewer: str | None) -> str:
    """`You can't win from here if they play perfectly.`"""
    if mover == viewer:
        return "You can't win from here if they play perfectly."
    opponent = "the other player plays" if viewer is None else "you play"
    return f"{game_text.subject(mover, viewer)} can't win from here if {opponent} perfectly."


def _flip() -> Sentence:
    return Sentence("", _NEAR, MISERE.removeprefix(_NEAR))


def better(before: Board, moves: Sequence[Move]) -> list[Sentence]:
    """A move that would have won, and what it leaves; then the other winning moves."""
    if not moves:
        return []
    sentences = [
        Sentence("Better was ", _taken(before.heaps, moves[0]), _leaving(before, moves[0]))
    ]
    if len(moves) > 1:
        others = ", ".join(_taken(before.heaps, move) for move in moves[1:])
        sentences.append(Sentence("Equally good: ", others, "."))
    return sentences


def _leaving(board: Board, move: Move) -> str:
    """`, leaves 4 · 0 · 4: every column even.`"""
    after = board.after(move)
    heaps = " · ".join(map(str, after.heaps))
    if made_even(board, move):
        why = "every column even"
    else:
        why = "the last object" if after.over else "an odd number of heaps of 1"
    return f", leaves {heaps}: {why}."


def hint(board: Board, move: Move, mover: str) -> list[Sentence]:
    """Why a hint proposes a move to `mover`, who is at this terminal."""
    sentences = standing(board, mover, mover, mover)
    proposed = _taken(board.heaps, move)
    if board.winning:
        return [*sentences, Sentence("Best: ", proposed, _leaving(board, move))]
    return [*sentences, Sentence("No move can win. Taking ", proposed, " drags the game out.")]
