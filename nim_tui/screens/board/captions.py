"""The captions of the board: words in colours, from a match and what is chosen. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content

from nim_tui.matches import Match, MatchAction, StyledText
from nim_tui.paint import Marks
from nim_tui.screens.board.prompt import MoveIntent, Prompt
from nim_tui.text import game as game_text
from nim_tui.text.sanitize import fitting
from nim_tui.widgets.board.lines import pill
from nim_tui.widgets.keys import Hint

_AROUND_PILL = 7
"""Columns around the text of the pill: its margin, the mark of the focus, and its padding."""


def banner(match: Match, marks: Marks, *, bare: bool) -> Content:
    """Whose turn it is, or who won, on a fill in their colour."""
    game = match.game
    who = game.turn or game.winner
    side = match.side(who) if who else None
    # At the end the mark stands for a win: before "You lost" it would be the opponent's.
    lost = game.state == "done" and match.viewer is not None and who != match.viewer
    mark = f"{marks.of(side)} " if side and not lost else ""
    return pill(f"{mark}{game_text.turn(game, match.viewer)}", side, bare=bare)


def place(match: Match, marks: Marks, room: int | None = None) -> Content:
    """Where we are: `nim › bob`; only `bob` where there is no room for both and two blanks."""
    here = Content.assemble(*map(_styled, match.place))
    if room is not None and room < cell_len(f"nim  {marks.place}  ") + here.cell_length + 2:
        return here.truncate(room, ellipsis=True)
    return Content.assemble(("nim", "$ink bold"), (f"  {marks.place}  ", "$line"), here)


def aside(match: Match, marks: Marks, room: int) -> Content:
    """The rule and the deadline; where there is no room, the leftmost are left out."""
    texts: Sequence[StyledText] = match.aside()
    while len(texts) > 1 and _length(texts) > room:
        texts = texts[1:]
    dot = Content.styled(f" {marks.dot} ", "$muted")
    return dot.join(Content.assemble(_styled(text)) for text in texts)


def _length(texts: Sequence[StyledText]) -> int:
    return sum(cell_len(each.text) for each in texts) + 3 * (len(texts) - 1)


def _styled(text: StyledText) -> tuple[str, str]:
    colour = "ink" if text.tone == "text" else text.tone
    bold = " bold" if colour in ("you", "opp") else ""
    return text.text, f"${colour}{bold}"


def news(match: Match, marks: Marks, offline: str, width: int) -> Content:
    """The last move and its time; how the game ended; or that the connection is lost."""
    game = match.game
    if offline:
        return Content.styled(f"{marks.offline} {offline}", "$muted")
    if game.state == "done":
        return Content.styled(fitting(game_text.end(game, match.viewer), width), "$muted")
    sentence = fitting(game_text.last_move(game, match.viewer), width)
    style = f"${match.side(game.last_move_by)}" if game.heaps != game.start else "$muted"
    when = game_text.last_move_ago(game, match.now()) if match.viewer and match.listed else ""
    after = f" {marks.dot} {when}"
    if not when or cell_len(sentence + after) > width:
        after = ""
    return Content.assemble((sentence, style), (after, "$muted"))


def coach(match: Match, marks: Marks) -> Content:
    """What a lesson says, marked where it praises or corrects; empty in any other match."""
    before = {"good": f"{marks.good} ", "bad": f"{marks.bad} "}
    return Content("\n").join(
        Content.assemble(
            (before.get(remark.tone, ""), f"${remark.tone} bold" if remark.tone in before else ""),
            (remark.text, "$muted" if remark.tone == "muted" else "$ink"),
        )
        for remark in match.advice()
    )


def sentence(prompt: Prompt, width: int) -> Content:
    """What enter would do, in the part of `width` that its pill leaves."""
    room = width - (cell_len(prompt.pill.text) + _AROUND_PILL if prompt.pill.text else 0)
    return Content.styled(fitting(prompt.sentence, room), prompt.style)


def hints(match: Match, intent: MoveIntent) -> list[Hint]:
    """The line of keys, the most important first, help last."""
    if match.loops:
        return [Hint("Press any key", "to play", "screen.leave")]
    offers, shown = match.offers, []
    leave = Hint("esc", match.home, "screen.cancel")
    if match.mover and match.game.state == "open":
        shown += [
            Hint("a b c", "heap", "screen.beside(1)"),
            Hint("↑ ↓", "how many", "screen.more(1)"),
        ]
        leave = Hint("esc", "cancel", "screen.cancel") if intent.choice else leave
        if MatchAction.HINT in offers and not intent.choice:
            shown.append(Hint("h", "choose the hint" if intent.hint else "hint", "screen.hint"))
        if intent.hint:
            shown.append(Hint("w", "why", "screen.why"))
        if MatchAction.HINT not in offers or intent.choice:
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
