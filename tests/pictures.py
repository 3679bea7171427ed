"""Draw docs/*.svg and docs/pictures.md from the real screens: `make pictures`.

Clock, names and sizes are fixed and nothing moves, so that the same program draws the same bytes on
every machine.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from rich.cells import cell_len
from rich.color import Color, ColorType
from rich.segment import Segment
from rich.style import Style
from textual.widgets import Input

from backend.domain.game import Game
from backend.domain.nim import DEFAULT_HEAPS, Heaps, Move
from nim_tui.client.offline import Offline
from nim_tui.config.settings import Settings
from nim_tui.matches import HotseatMatch, LessonMatch, LiveMatch, Match, PracticeMatch
from nim_tui.model.lessons import LESSONS
from nim_tui.paint import Cell, Depth, Rows
from nim_tui.screens.account.register import RegisterScreen
from nim_tui.screens.board.screen import BoardScreen
from nim_tui.screens.games.screen import GamesScreen
from nim_tui.screens.review.screen import ReviewScreen
from nim_tui.widgets.credentials_form import CredentialsForm
from tests.nim_tui import fakes
from tests.nim_tui.screens.account.test_forms import FakeAccounts
from tests.nim_tui.screens.board import stage as boards
from tests.nim_tui.screens.stage import Stage, fill_in, make_app
from tests.svg import to_svg

DOCS = Path(__file__).parents[1] / "docs"
SMALL, USUAL, LARGE, HUGE = (50, 16), (80, 24), (120, 40), (160, 50)

FILM, FILM_CAPTION = "game", "A game against the computer: a hint, a win, and the review."
"""The film that `tests.film` makes: its file, and its caption."""

# The default colours of a terminal that has few or none.
TERMINAL = ("#e5e5e5", "#000000")

Scene = Callable[[Stage], Awaitable[None]]


@dataclass(frozen=True)
class Picture:
    """The name of a file, its caption, the scene that leads to the screen, and its look."""

    name: str
    caption: str
    scene: Scene
    size: tuple[int, int] = USUAL
    theme: str = "dusk"
    depth: Depth = Depth.TRUE
    unicode: bool = True


def board(make: Callable[[], Match], keys: str = "") -> Scene:
    """The board of a match, after some keys."""

    async def scene(stage: Stage) -> None:
        await stage.app.push_screen(BoardScreen(make()))
        await at_rest(stage)
        await stage.press(*keys.split())

    return scene


def live(of: Game, keys: str = "") -> Scene:
    """The board of a game between two people."""
    return board(lambda: LiveMatch(boards.FakeClient(of), of, now=boards.clock), keys)


def hotseat(keys: str, heaps: Heaps = DEFAULT_HEAPS) -> Scene:
    """A board for two at one keyboard."""
    return board(lambda: HotseatMatch(heaps=heaps, now=boards.clock), keys)


def review(of: Game, keys: str) -> Scene:
    """The review of a finished game, after some keys."""

    async def scene(stage: Stage) -> None:
        match = LiveMatch(boards.FakeClient(of), of, now=boards.clock)
        await stage.app.push_screen(ReviewScreen(match))
        await at_rest(stage)
        await stage.press(*keys.split())

    return scene


def lobby(keys: str = "", *, lost: bool = False) -> Scene:
    """The list of games, after some keys; `lost`: without its connection."""

    async def scene(stage: Stage) -> None:
        opened, done = fakes.some_games()
        client = fakes.FakeClient(open_games=opened, done_games=done)
        await stage.app.push_screen(GamesScreen(client, now=lambda: fakes.NOW))
        await stage.until(lambda: "Up to date" in stage.says("#status"))
        if lost:
            client.tell(Offline("The backend cannot be reached.", 8.0, fakes.NOW))
            await stage.until(lambda: "Offline" in stage.says("#status"))
        await stage.press(*keys.split())

    return scene


async def welcome(stage: Stage) -> None:
    """The first screen."""
    assert stage.name == "WelcomeScreen"


async def registering(stage: Stage) -> None:
    """The form, with a password that is not accepted."""
    await stage.app.push_screen(RegisterScreen(FakeAccounts()))
    await at_rest(stage)
    await fill_in(stage, username="alice", password="secret", email="alice@example.com")
    problems = {"password": "needs an upper case letter and a digit."}
    stage.screen.query_one(CredentialsForm).show_problems(problems, "")


async def settings(stage: Stage) -> None:
    """The card over the first screen, with the default settings."""
    stage.app.settings = Settings()
    await stage.press("comma")


async def too_small(stage: Stage) -> None:
    """A board in a window that is too small."""
    await hotseat("")(stage)
    await stage.resize(42, 12)


DAY = timedelta(days=1)
BEGUN = boards.game((3, 4), (2, 3), (3, 2), user1="alice", user2="bob", days=3)
MINE = replace(BEGUN, waiting_since=boards.NOW - DAY)
THEIRS = replace(
    boards.game((3, 4), (2, 3), (3, 2), (1, 3), user1="alice", user2="bob", days=3),
    waiting_since=boards.NOW - DAY,
)
WON = replace(
    boards.game((2, 0), (1, 4), (3, 2), (1, 2), (3, 1), (3, 0), (1, 1), (1, 0)),
    created_at=boards.NOW - 3 * DAY,
    ended_at=boards.NOW,
)

PICTURES = (
    Picture("board", "Your turn: two stones of heap 1 chosen, bob's last two dashed.",
            live(MINE, "a 2")),
    Picture("welcome", "The first screen.", welcome),
    Picture("practice", "Practice, with a hint, in Okabe's colours for the colour-blind.",
            board(lambda: PracticeMatch("perfect", now=boards.clock), "h"), theme="okabe"),
    Picture("lesson", "A lesson: what a slip allows, and the way back.",
            board(lambda: LessonMatch(LESSONS[4], [Move(1, 5), Move(3, 1)], now=boards.clock))),
    Picture("waiting", "bob's turn, in the light theme Paper.", live(THEIRS), theme="paper"),
    Picture("won", "The end: every stone returns in the colour of the player who took it.",
            live(WON)),
    Picture("review", "The review of a finished game, move by move, with the reasons in binary.",
            review(WON, "3"), LARGE),
    Picture("moves", "The same board with room for all moves.", live(MINE, "a 2"), LARGE),
    Picture("hotseat", "Two players at one keyboard, on a large terminal.",
            hotseat("b 1 enter a 2"), HUGE),
    Picture("twenty", "Up to 20 objects in a heap.", hotseat("c 3 enter a 3", (20, 13, 17))),
    Picture("lobby", "All your games.", lobby("down down"), LARGE),
    Picture("offline", "A lost connection is one calm line.", lobby(lost=True), theme="paper"),
    Picture("new-game", "An invitation.", lobby("n b o b")),
    Picture("invitation", "An open invitation: the code, and the line to send.", lobby("n enter")),
    Picture("register", "Registering: problems are shown beside their fields.", registering),
    Picture("settings", "The settings; each change applies at once.", settings),
    Picture("help", "The keys of the screen.", live(MINE, "question_mark")),
    Picture("small", "50 columns and 16 rows are enough.", live(MINE, "a 2"), SMALL),
    Picture("too-small", "A window that is too small still shows the board in a few words.",
            too_small),
    Picture("no-color", "NO_COLOR: only bold and reverse.", live(MINE, "a 2"), depth=Depth.NONE),
    Picture("sixteen", "A terminal with 16 colours.", live(MINE, "a 2"), depth=Depth.SIXTEEN),
    Picture("ascii", "A terminal with only ASCII.",
            live(MINE, "a 2"), depth=Depth.NONE, unicode=False),
)  # fmt: skip


async def at_rest(stage: Stage) -> None:
    """Wait until the layout has settled: size, classes, sizes, painting."""
    for _ in range(4):
        await stage.pilot.pause()


async def draw(picture: Picture) -> str:
    """The picture as SVG."""
    app = make_app(theme=picture.theme, depth=picture.depth, unicode=picture.unicode)
    async with app.run_test(size=picture.size, notifications=True) as pilot:
        stage = Stage(pilot)
        await at_rest(stage)
        await picture.scene(stage)
        for field in stage.screen.query(Input):
            field.cursor_blink = False
        await at_rest(stage)
        look = app.look.palette
        fg, bg = (look.text, look.bg) if picture.depth is Depth.TRUE else TERMINAL
        rows = seen(stage)
    return to_svg(rows, fg=fg, bg=bg, title=picture.caption)


def seen(stage: Stage) -> Rows:
    """All cells of the screen."""
    return [list(cells(strip)) for strip in stage.screen._compositor.render_strips()]


def cells(strip: Iterable[Segment]) -> Iterator[Cell]:
    """One line of the screen, cell by cell; a wide character is followed by an empty one."""
    for segment in strip:
        style = segment.style or Style()
        look = (_colour(style.color), _colour(style.bgcolor), bool(style.bold), bool(style.reverse))
        for char in segment.text:
            width = cell_len(char)
            if width:
                yield Cell(char, *look)
            if width == 2:
                yield Cell("", *look)


def _colour(colour: Color | None) -> str | int | None:
    if colour is None or colour.type is ColorType.DEFAULT:
        return None
    if colour.triplet is not None:
        return colour.triplet.hex
    return colour.number


def gallery() -> str:
    """docs/pictures.md: every picture with its caption."""
    all_of_them = [(FILM_CAPTION, FILM), *((one.caption, one.name) for one in PICTURES)]
    shown = (f"{caption}\n\n![{caption}]({name}.svg)" for caption, name in all_of_them)
    return "\n\n".join(
        ("# Pictures", "Drawn from the real screens by `make pictures`.", *shown, "")
    )


async def files() -> dict[str, str]:
    """Each file's name and text."""
    drawn = {f"{picture.name}.svg": await draw(picture) for picture in PICTURES}
    return drawn | {"pictures.md": gallery()}


def main(names: list[str]) -> int:
    """Write the files whose names contain one of these words, or all."""
    chosen = [one for one in PICTURES if not names or any(name in one.name for name in names)]
    for picture in chosen:
        (DOCS / f"{picture.name}.svg").write_text(asyncio.run(draw(picture)), encoding="utf-8")
        print(f"docs/{picture.name}.svg")
    (DOCS / "pictures.md").write_text(gallery(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    # Independent of the person's own settings and time zone.
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(HOME=home, XDG_CONFIG_HOME=home, XDG_DATA_HOME=home, TZ="UTC")
        time.tzset()
        sys.exit(main(sys.argv[1:]))
