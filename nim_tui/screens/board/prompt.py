"""What `enter` would do on the board, or what the board waits for. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from backend.domain.nim import Move
from nim_tui.matches import Match, MatchAction
from nim_tui.paint import Side
from nim_tui.text import game as game_text
from nim_tui.widgets.board.selection import Selection

PROPOSALS = {
    MatchAction.REMATCH: ("Rematch?", "r", "again"),
    MatchAction.BACK: ("Back to where you could win?", "u", "take_back"),
    MatchAction.LESSON: ("The next lesson?", "n", "next_game"),
    MatchAction.PRACTICE: ("Now win against the computer?", "n", "next_game"),
}
"""What the board says when a match proposes something: the sentence, the key, the action."""


@dataclass(frozen=True, slots=True)
class MoveIntent:
    """What the person at the board is about to do."""

    choice: Selection | None = None
    sending: bool = False
    hint: Move | None = None


@dataclass(frozen=True, slots=True)
class PillState:
    """The text of the pill, whose colour it has, and the action that pressing it runs."""

    text: str = ""
    side: Side | None = None
    action: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """The sentence above the keys, its style, and its pill."""

    sentence: str
    style: str = "$ink"
    pill: PillState = field(default_factory=PillState)


def prompt(match: Match, intent: MoveIntent) -> Prompt:
    """What enter would do, or what the board waits for."""
    game, choice = match.game, intent.choice
    if match.loops:
        return Prompt("", "$muted")
    if choice and game.state == "open" and (match.mover or intent.sending):
        return _chosen(match, choice, sending=intent.sending)
    if match.proposal is not None and intent.hint is None:
        sentence, key, action = PROPOSALS[match.proposal]
        if match.proposal is MatchAction.REMATCH and match.viewer is not None:
            sentence = game_text.after_the_end(
                match.rematch, match.viewer, won=game.winner == match.viewer
            )
        return Prompt(sentence, "$ink bold", _pill(match, key, action))
    if game.state == "done":
        return Prompt("", "$muted")
    if match.mover is None:
        waiting = game_text.waiting(game, match.now())
        if MatchAction.CLAIM in match.offers:
            return Prompt(waiting, "$ink", _pill(match, "enter", "claim"))
        return Prompt(waiting, "$muted")
    if intent.hint:
        sentence = game_text.hint(intent.hint, game.board)
        return Prompt(sentence, "$ink bold", _pill(match, "h", "hint"))
    return Prompt(game_text.choose(game.heaps), "$muted")


def _chosen(match: Match, choice: Selection, *, sending: bool) -> Prompt:
    board = match.game.board
    mover = match.game.turn or match.game.last_move_by
    sentence = game_text.selection(choice.move(board), board.count(choice.heap))
    text, side = ("sending", None) if sending else ("enter", match.side(mover))
    return Prompt(sentence, "$ink bold", PillState(text, side, "take"))


def _pill(match: Match, key: str, action: str) -> PillState:
    return PillState(key, match.side(match.viewer or match.amber), action)
