"""What the lines of the board say: words in colours, from table and choice. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from textual.content import Content

from backend.domain.nim import Move
from nim_tui.matches import Match, MatchAction, StyledText
from nim_tui.paint import Marks, Side
from nim_tui.text import game as game_text
from nim_tui.widgets.board.lines import pill
from nim_tui.widgets.board.selection import Selection
from nim_tui.widgets.keys import Hint

PROPOSALS = {
    MatchAction.REMATCH: ("Rematch?", "r", "again"),
    MatchAction.BACK: ("Back to where you could win?", "u", "take_back"),
    MatchAction.LESSON: ("The next lesson?", "n", "next_game"),
    MatchAction.PRACTICE: ("Now win against the computer?", "n", "next_game"),
}
"""What the board says when a table proposes something: the sentence, the key, the action."""


@dataclass(frozen=True, slots=True)
class MoveIntent:
    """What the person at the board is about to do."""

    choice: Selection | None = None
    sending: bool = False
    hint: Move | None = None


@dataclass(frozen=True, slots=True)
class PillState:
    """What stands on the pill, in whose colour, and the action of pressing it."""

    text: str = ""
    side: Side | None = None
    action: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """The sentence above the keys, its style, and its pill."""

    sentence: str
    style: str = "$ink"
    pill: PillState = field(default_factory=PillState)


def banner(table: Match, marks: Marks, *, bare: bool) -> Content:
    """Whose turn it is, or who won, on a fill of their colour."""
    game = table.game
    who = game.turn or game.winner
    side = table.side(who) if who else None
    mark = f"{marks.of(side)} " if side else ""
    return pill(f"{mark}{game_text.turn(game, table.viewer)}", side, bare=bare)


def place(table: Match, marks: Marks) -> Content:
    """Where we are: `nim › bob`."""
    return Content.assemble(
        ("nim", "$ink bold"), (f"  {marks.place}  ", "$line"), *map(_styled, table.place)
    )


def aside(table: Match, marks: Marks, room: int) -> Content:
    """The rule and the deadline; from the left they go where there is no room."""
    pieces: Sequence[StyledText] = table.aside()
    while len(pieces) > 1 and _length(pieces) > room:
        pieces = pieces[1:]
    dot = Content.styled(f" {marks.dot} ", "$muted")
    return dot.join(Content.assemble(_styled(piece)) for piece in pieces)


def _length(pieces: Sequence[StyledText]) -> int:
    return sum(cell_len(piece.text) for piece in pieces) + 3 * (len(pieces) - 1)


def _styled(piece: StyledText) -> tuple[str, str]:
    colour = "ink" if piece.tone == "text" else piece.tone
    bold = " bold" if colour in ("you", "opp") else ""
    return piece.text, f"${colour}{bold}"


def news(table: Match, marks: Marks, offline: str) -> Content:
    """The last move and when it was; how the game ended; or that there is no connection."""
    game = table.game
    if offline:
        return Content.styled(f"{marks.offline} {offline}", "$muted")
    if game.state == "done":
        return Content.styled(game_text.end(game, table.viewer), "$muted")
    sentence = game_text.last_move(game, table.viewer)
    style = f"${table.side(game.last_move_by)}" if game.heaps != game.start else "$muted"
    when = game_text.last_move_ago(game, table.now()) if table.viewer and table.listed else ""
    return Content.assemble((sentence, style), (f" {marks.dot} {when}" if when else "", "$muted"))


def coach(table: Match, marks: Marks) -> Content:
    """What a teacher says, with a mark where it praises or corrects; empty where nobody teaches."""
    before = {"good": f"{marks.good} ", "bad": f"{marks.bad} "}
    remarks = table.advice()
    return Content("\n").join(
        Content.assemble(
            (before.get(remark.tone, ""), f"${remark.tone} bold" if remark.tone in before else ""),
            (remark.text, "$muted" if remark.tone == "muted" else "$ink"),
        )
        for remark in remarks
    )


def ask(table: Match, doing: MoveIntent) -> Prompt:
    """What enter would do, or what the board waits for."""
    game, choice = table.game, doing.choice
    if table.loops:
        return Prompt("", "$muted")
    if choice and (table.mover or doing.sending):
        return _chosen(table, choice, sending=doing.sending)
    if table.proposal is not None and doing.hint is None:
        sentence, key, action = PROPOSALS[table.proposal]
        return Prompt(sentence, "$ink bold", _key(table, key, action))
    if game.state == "done":
        return Prompt("", "$muted")
    if table.mover is None:
        if MatchAction.CLAIM in table.offers:
            return Prompt(
                game_text.waiting(game, table.now()), "$ink", _key(table, "enter", "claim")
            )
        return Prompt(game_text.waiting(game, table.now()), "$muted")
    if doing.hint:
        sentence = game_text.hint(doing.hint, game.board.count(doing.hint.heap))
        return Prompt(sentence, "$ink bold", _key(table, "h", "hint"))
    return Prompt(game_text.CHOOSE, "$muted")


def _chosen(table: Match, choice: Selection, *, sending: bool) -> Prompt:
    board = table.game.board
    mover = table.game.turn or table.game.last_move_by
    sentence = game_text.selection(choice.move(board), board.count(choice.heap))
    text, side = ("sending", None) if sending else ("enter", table.side(mover))
    return Prompt(sentence, "$ink bold", PillState(text, side, "take"))


def _key(table: Match, key: str, action: str) -> PillState:
    return PillState(key, table.side(table.viewer or table.amber), action)


def hints(table: Match, doing: MoveIntent) -> list[Hint]:
    """The line of keys, the most needed first, help last."""
    if table.loops:
        return [Hint("Press any key", "to play", "screen.leave")]
    offers, shown = table.offers, []
    leave = Hint("esc", table.home, "screen.let_go")
    if table.mover and table.game.state == "open":
        shown += [
            Hint("a b c", "heap", "screen.beside(1)"),
            Hint("↑ ↓", "how many", "screen.more(1)"),
        ]
        leave = Hint("esc", "let go", "screen.let_go") if doing.choice else leave
        if MatchAction.HINT in offers and not doing.choice:
            shown.append(Hint("h", "choose the hint" if doing.hint else "hint", "screen.hint"))
        if doing.hint:
            shown.append(Hint("w", "why", "screen.why"))
        if MatchAction.HINT not in offers or doing.choice:
            shown.append(leave)
    for offer, key, action in (
        (MatchAction.REMATCH, "r", "screen.again"),
        (MatchAction.RESTART, "r", "screen.again"),
        (MatchAction.REVIEW, "v", "screen.review"),
        (MatchAction.NEXT, "n", "screen.next_game"),
        (MatchAction.NEW, "n", "screen.next_game"),
        (MatchAction.LESSON, "n", "screen.next_game"),
        (MatchAction.PRACTICE, "n", "screen.next_game"),
    ):
        if offer in offers:
            shown.append(Hint(key, offer.value, action))
    if leave not in shown:
        shown.append(leave)
    if MatchAction.BACK in offers:
        shown.append(Hint("u", MatchAction.BACK.value, "screen.take_back"))
    if MatchAction.OPTIONS in offers:
        shown.append(Hint("o", MatchAction.OPTIONS.value, "screen.options"))
    if MatchAction.RESIGN in offers or MatchAction.DECLINE in offers:
        word = MatchAction.RESIGN if MatchAction.RESIGN in offers else MatchAction.DECLINE
        shown.append(Hint("x", word.value, "screen.give_up"))
    return [*shown, Hint("?", "help", "app.help")]
