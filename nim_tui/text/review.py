"""The sentences of a review and of a hint: what a move was worth, and why.

Pure functions, like those of `nim_tui.text.game`, and as plain: show them through `Content`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from backend.domain.game import Game
from backend.domain.nim import Board, Heaps, Move
from nim_tui.model.analysis import Judgement, Stage, Stop, made_even, stage
from nim_tui.text import game as game_text

NOT_JUDGED = "The move before it is not known, so this one is not judged."
NO_MOVES = "Nobody has made a move that is known."
HERE = "Here it was lost."
MISERE = "Near the end misère turns round: leave an odd number of heaps of 1."

_NEAR = "Near the end"
_LEADS = {Judgement.GOOD: "Good:", Judgement.SLIP: "Slip:", Judgement.LOST: "Lost anyway:"}


class Sentence(NamedTuple):
    """A sentence of which one part is stronger."""

    before: str
    strong: str
    after: str

    def __str__(self) -> str:
        return "".join(self)


def title(stop: Stop, known: int | None) -> str:
    """`Move 3 of 8`; without the whole where moves are missing."""
    return f"Move {stop.step.number}" + (f" of {known}" if known is not None else "")


def verdict(stop: Stop, game: Game, viewer: str | None) -> list[Sentence]:
    """The verdict in a few lengths, the longest first."""
    if stop.verdict is None:
        return [Sentence("", "", NOT_JUDGED), Sentence("", "", "Not judged: a gap comes before.")]
    other = game.opponent_of(stop.step.user)
    lead = _LEADS[stop.verdict.judgement]
    if stop.verdict.judgement is Judgement.GOOD:
        if stop.after is not None and not any(stop.after):
            return [Sentence("", lead, " it took the last object.")]
        who = game_text.inside(other, viewer)
        lost = f" {who} {_are(other, viewer)} lost against best play."
        return [Sentence("", lead, lost), Sentence("", lead, " it wins against best play.")]
    if stop.verdict.judgement is Judgement.LOST:
        return [Sentence("", lead, " no move was good.")]
    better = f"Better: {_taken(stop.before, stop.verdict.better[0])}."
    long = Sentence("", lead, f" it let {game_text.inside(other, viewer)} win. {better}")
    short = Sentence("", lead[:-1] + ".", f" {better}")
    if not stop.decisive:
        return [long, short]
    return [_more(long), _more(short), long, short]


def _more(sentence: Sentence) -> Sentence:
    return sentence._replace(after=f"{sentence.after} {HERE}")


def _taken(board: Heaps | None, move: Move) -> str:
    """`1 from heap 3`."""
    count = f"{board[move.heap - 1] - move.left} " if board is not None else ""
    return f"{count}from heap {move.heap}"


def _are(user: str, viewer: str | None) -> str:
    return "are" if user == viewer else "is"


def _mover(user: str, viewer: str | None) -> str:
    """`bob, who moves now,`."""
    return "you, who move now," if user == viewer else f"{game_text.inside(user)}, who moves now,"


def standing(board: Board, mover: str, viewer: str | None, last: str) -> list[Sentence]:
    """Why a board is won or lost for `mover`; `last` is who took the last object, once it is."""
    who = _mover(mover, viewer)
    match stage(board):
        case Stage.OVER:
            ends = "lose" if board.rule == "misere" else "win"
            ends += "" if last == viewer else "s"
            took = f" {game_text.inside(last, viewer)} took the last object, and so {ends}."
            return [Sentence("", "Nothing is left:", took)]
        case Stage.ONES:
            takes = "take" if mover == viewer else "takes"
            leaves = "leave" if mover == viewer else "leaves"
            odd = sum(board.heaps) % 2 == 1
            number, does = ("odd", takes) if odd else ("even", leaves)
            lead = f"An {number} number of heaps of 1:"
            return [Sentence("", lead, f" {who} {does} the last object.")]
        case Stage.TURNING:
            rest = MISERE.removeprefix(_NEAR)
            return [
                Sentence("", "One heap of two or more:", f" {who} can win."),
                Sentence("", _NEAR, rest),
            ]
        case _:
            return [_columns(board, mover, viewer), *_end_of(board)]


def _columns(board: Board, mover: str, viewer: str | None) -> Sentence:
    who = _mover(mover, viewer)
    if board.winning:
        return Sentence("", "An odd column:", f" {who} can win by making every column even.")
    lost = f" {who} {_are(mover, viewer)} lost against best play."
    return Sentence("", "Every column is even:", lost)


def _end_of(board: Board) -> list[Sentence]:
    if board.rule == "normal":
        return []
    return [Sentence("", _NEAR, MISERE.removeprefix(_NEAR))]


def better(before: Board, moves: Sequence[Move]) -> list[Sentence]:
    """What would have been good, and what it leaves; the other good moves after it."""
    if not moves:
        return []
    sentences = [
        Sentence("Better was ", _taken(before.heaps, moves[0]), _leaving(before, moves[0]))
    ]
    if len(moves) > 1:
        others = ", ".join(_taken(before.heaps, move) for move in moves[1:])
        sentences.append(Sentence("As good: ", others, "."))
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
    """Why a move is proposed to `mover`, who is at this terminal."""
    sentences = standing(board, mover, mover, mover)
    proposed = _taken(board.heaps, move)
    if board.winning:
        return [*sentences, Sentence("Best is ", proposed, _leaving(board, move))]
    return [*sentences, Sentence("No move is good. ", proposed, " keeps the game long.")]
