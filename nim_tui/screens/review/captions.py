"""The captions of the review: words in colours, from a match and one of its moves. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content

from backend.domain.game import Game
from backend.domain.nim import Board, Heaps
from nim_tui.matches import Match
from nim_tui.model.analysis import Judgement, Stop
from nim_tui.model.history import complete, steps
from nim_tui.paint import Look, Marks, Side
from nim_tui.screens.board import captions
from nim_tui.text import game as game_text
from nim_tui.text import review as review_text
from nim_tui.text.review import Sentence
from nim_tui.widgets.board.lines import pill
from nim_tui.widgets.keys import Hint
from nim_tui.widgets.track import worth

_GAP = "   "


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a board is won or lost: its heaps, whose turn it is, and the sentences."""

    heaps: Heaps
    side: Side
    sentences: tuple[Sentence, ...]

    brief: str
    """The first sentence in a few words."""

    @property
    def reasons(self) -> tuple[str, str]:
        """The most important sentence, and a short form of it."""
        first = self.sentences[0]
        if first.strong.startswith("One heap"):
            return review_text.MISERE, self.brief
        return str(first), self.brief


def notes(sentences: Sequence[Sentence], side: Side, between: str = "\n\n") -> Content:
    """A paragraph for each sentence; the first starts in the colour of whose turn it is."""
    paragraphs = []
    for number, each in enumerate(sentences):
        strong = f"${side} bold" if number == 0 else "$ink bold"
        rest = each.after.replace(", leaves", ",\nleaves")
        paragraphs.append(
            Content.assemble((each.before, "$muted"), (each.strong, strong), (rest, "$muted"))
        )
    return Content(between).join(paragraphs)


def explain(match: Match, game: Game, stop: Stop | None) -> Explanation:
    """Explain the board after a move, or the first board of a game without moves."""
    heaps = stop.after if stop and stop.after else game.start
    last = stop.step.user if stop else game.user1
    mover = game.opponent_of(last)
    board = Board(heaps, game.rule)
    sentences = review_text.standing(board, mover, match.viewer, last)
    brief = review_text.in_brief(board, sentences[0], mover, match.viewer)
    if stop and stop.before and stop.verdict:
        sentences = [
            *sentences,
            *review_text.better(Board(stop.before, game.rule), stop.verdict.better),
        ]
    return Explanation(heaps, match.side(mover), tuple(sentences), brief)


def place(match: Match, marks: Marks) -> Content:
    """Where we are: `nim › bob › review`."""
    return Content.assemble(
        captions.place(match, marks), (f"  {marks.place}  ", "$line"), ("review", "$ink")
    )


def head(
    match: Match, game: Game, stop: Stop | None, marks: Marks, width: int, *, bare: bool
) -> Content:
    """`Move 3 of 8` as a pill, and the move in the colour of its player, as long as it fits."""
    if stop is None:
        return Content.styled(review_text.NO_MOVES, "$muted")
    side = match.side(stop.step.user)
    known = len(steps(game)) if complete(game) else None
    whole = game_text.move(stop.step, match.viewer)
    forms = [(known, whole), (None, whole), (None, game_text.move_alone(stop.step))]
    shown = [
        Content.assemble(
            pill(review_text.title(stop, total), None, bare=bare),
            _GAP,
            (f"{marks.of(side)} {move}", f"${side} bold"),
        )
        for total, move in forms
    ]
    return next((each for each in shown if each.cell_length <= width), shown[-1])


def verdict(
    match: Match, game: Game, stop: Stop | None, look: Look, width: int, course: Sequence[str] = ()
) -> Content:
    """The mark and the verdict, in the longest form that fits into `width` columns.

    `course` says, in several lengths, how the whole game went; a form of it follows the verdict.
    """
    if stop is None:
        return Content()
    mark, tone = worth(stop, look)
    forms = review_text.verdict(stop, game, match.viewer)
    forms = [form._replace(after=f"{form.after} {how}") for form in forms for how in course] + forms
    fitting = next((form for form in forms if cell_len(str(form)) + 2 <= width), forms[-1])
    return Content.assemble((f"{mark} {fitting.strong}", f"${tone} bold"), (fitting.after, "$ink"))


def legend(match: Match, game: Game, look: Look, *, lost: bool) -> Content:
    """What the marks of the strip mean."""
    marks = look.marks
    here = Content.assemble(
        (f" {marks.bad} ", "bold reverse" if look.depth == 0 else "$bg on $bad bold"),
        (" the game was lost here" if lost else "", "$muted"),
    )
    users = sorted((game.user1, game.user2), key=lambda user: match.side(user) == "opp")
    who = Content(_GAP).join(
        Content.assemble(
            (marks.of(match.side(user)), f"${match.side(user)}"),
            (f" {game_text.inside(user, match.viewer)}", "$muted"),
        )
        for user in users
    )
    meanings = {
        Judgement.GOOD: (marks.good, "good"),
        Judgement.SLIP: (marks.bad, "bad"),
        Judgement.LOST: (marks.already_lost, "muted"),
    }
    what = Content(_GAP).join(
        Content.assemble((mark, f"${tone}"), (f" {judgement.value}", "$muted"))
        for judgement, (mark, tone) in meanings.items()
    )
    return Content("\n").join([here if lost else Content(), who, what])


def hints(*, lost: bool, table: bool) -> list[Hint]:
    """The line of keys. `lost` and `table` say whether their keys do anything here."""
    shown = [Hint("← →", "step", "screen.step(1)")]
    if table:
        shown.append(Hint("b", "binary", "screen.binary"))
    if lost:
        shown.append(Hint("d", "where lost", "screen.decisive"))
    shown += [
        Hint("r", "rematch", "screen.again"),
        Hint("esc", "back", "screen.leave"),
        Hint("home end", "first, last", "screen.first"),
        Hint("1–9", "go to move"),
    ]
    return [*shown, Hint("?", "help", "app.help")]
