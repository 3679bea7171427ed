"""What each key in docs/playing.md does: where it is pressed, and what is to be seen then."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from textual.screen import Screen
from textual.widgets import OptionList

from backend.domain.game import Game
from backend.domain.nim import Move
from nim_tui.matches import HotseatMatch, LessonMatch, LiveMatch, Match, PracticeMatch
from nim_tui.model.lessons import LESSONS
from nim_tui.screens.board.screen import BoardScreen
from nim_tui.screens.review.screen import ReviewScreen
from nim_tui.widgets.radio import Radio
from tests.nim_tui.model.test_analysis import PLAYED
from tests.nim_tui.screens.board import stage as board
from tests.nim_tui.screens.stage import Stage

PLAYING = Path(__file__).parents[2] / "docs" / "playing.md"
NAMES = {"?": "question_mark", "/": "slash", ",": "comma"}
"""What a key is called where its own sign is no name."""

Look = Callable[[Stage], object]


def documented() -> dict[str, list[str]]:
    """The keys of each section's table, in order."""
    found: dict[str, list[str]] = {}
    for section in re.split(r"^## ", PLAYING.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        name = section.splitlines()[0]
        for row in re.findall(r"^\| (`.*?) \|", section, flags=re.MULTILINE):
            found.setdefault(name, []).extend(re.findall(r"`([^`]+)`", row))
    return found


@dataclass(frozen=True)
class Does:
    """What a key does: after the keys `before`, `then` holds because of it, and not earlier."""

    then: Look
    before: str = ""
    on: Callable[[], Screen[Any]] | None = None


ASKED: list[str] = []
"""What the app was asked for that would end it, and what screens have answered."""


def highlighted(stage: Stage) -> int | None:
    """Which row of the account is under the highlight."""
    return stage.screen.query_one("#actions", OptionList).highlighted


# -- what can be seen ----------------------------------------------------------------------------


def at(name: str) -> Look:
    return lambda stage: stage.name == name


def chosen(*counts: int) -> Look:
    return lambda stage: (
        stage.name == "BoardScreen"
        and tuple(getattr(stage.screen.query_one(f"#heap{n}"), "chosen", 0) for n in (1, 2, 3))
        == counts
    )


def says(selector: str, words: str) -> Look:
    return lambda stage: words in stage.says(selector)


def focus(name: str) -> Look:
    return lambda stage: stage.screen.focused is not None and stage.screen.focused.id == name


def moved(stage: Stage) -> object:
    return game_of(stage).moves


def reviewed(number: int) -> Look:
    return lambda stage: getattr(stage.screen, "now", None) == number


def value(name: str, wanted: str) -> Look:
    return lambda stage: stage.screen.query_one(f"#{name}", Radio).value == wanted


def told(words: str) -> Look:
    return lambda stage: any(words in toast for toast in stage.toasts)


def copied(stage: Stage) -> object:
    return stage.app.clipboard.startswith("nim-tui join ")


def asked(name: str) -> Look:
    return lambda stage: any(name in one for one in ASKED)


def game_of(stage: Stage) -> Game:
    assert isinstance(stage.screen, BoardScreen)
    return stage.screen.game


def current(game_id: str) -> Look:
    return lambda stage: getattr(stage.screen.query_one("#games"), "current", "") == game_id


def at_the_last_game(stage: Stage) -> object:
    games = stage.screen.query_one("#games", OptionList)
    return games.highlighted == games.option_count - 1


# -- where the keys are pressed ------------------------------------------------------------------


def at_board(sit: Callable[[], Match]) -> Callable[[], Screen[Any]]:
    return lambda: BoardScreen(sit())


def live(of: Game) -> Callable[[], Screen[Any]]:
    return at_board(lambda: LiveMatch(board.FakeClient(of), of, now=board.clock))


MINE = board.game((1, 4), (2, 3))
LATE = replace(board.game((1, 4), days=1), waiting_since=board.NOW - timedelta(days=2))
ended = live(PLAYED)
practice = at_board(lambda: PracticeMatch(now=board.clock))
hotseat = at_board(lambda: HotseatMatch(now=board.clock))


def slip() -> Match:
    """A lesson after a slip."""
    return LessonMatch(LESSONS[0], [Move(2, 2)], now=board.clock)


slipped = at_board(slip)


def review(of: Game = PLAYED) -> Screen[Any]:
    return ReviewScreen(LiveMatch(board.FakeClient(of), of, now=board.clock))


def long_game() -> Game:
    """One with more than ten moves."""
    of = board.game()
    while of.turn:
        of = of.after_move(of.turn, next(of.board.moves()), board.NOW)
    return of


BOARD = {
    "a": Does(chosen(1, 0, 0)),
    "b": Does(chosen(0, 1, 0)),
    "c": Does(chosen(0, 0, 1)),
    "left": Does(chosen(1, 0, 0), "b"),
    "right": Does(chosen(0, 1, 0), "a"),
    "up": Does(chosen(2, 0, 0), "a"),
    "down": Does(chosen(2, 0, 0), "a 3"),
    "0": Does(says("#error", "Heap 1 has only 5 objects"), "a 1"),
    "9": Does(says("#error", "Heap 1 has only 5 objects"), "a"),
    "enter": Does(moved, "a"),
    "escape": Does(chosen(0, 0, 0), "a"),
    "n": Does(told("not your turn in any other game"), on=live(MINE)),
    "r": Does(lambda stage: game_of(stage).state == "open", on=ended),
    "v": Does(at("ReviewScreen"), on=ended),
    "h": Does(says("#selection", "Hint: take 4 from heap 1"), on=practice),
    "w": Does(at("WhyScreen"), on=practice),
    "o": Does(at("OptionsScreen")),
    "u": Does(lambda stage: not game_of(stage).moves, on=slipped),
    "m": Does(lambda stage: stage.screen.query_one("#moves").display),
    "x": Does(at("ConfirmScreen"), on=live(MINE)),
    "k": Does(says("#turn", "You won"), on=live(LATE)),
    "y": Does(lambda stage: stage.app.clipboard == MINE.game_id, on=live(MINE)),
}
DOES: dict[str, dict[str, Does]] = {
    "Everywhere": {
        "?": Does(at("HelpScreen")),
        "f1": Does(at("HelpScreen")),
        "ctrl+p": Does(at("ActionPalette")),
        ",": Does(at("SettingsScreen")),
        "ctrl+z": Does(asked("suspend")),
        "ctrl+q": Does(asked("quit")),
    },
    "Welcome": {
        "enter": Does(at("BoardScreen")),
        "up": Does(focus("practice"), "down"),
        "down": Does(focus("lessons")),
        "k": Does(focus("practice"), "down"),
        "j": Does(focus("lessons")),
        "home": Does(focus("practice"), "down down"),
        "end": Does(focus("to-code")),
        "g": Does(focus("practice"), "down down"),
        "G": Does(focus("to-code")),
        "p": Does(says("#place", "practice")),
        "l": Does(at("LessonsScreen")),
        "h": Does(says("#place", "Ana and Ben")),
        "s": Does(at("LoginScreen")),
        "r": Does(at("RegisterScreen")),
        "i": Does(at("CodeScreen")),
        "o": Does(at("OptionsScreen")),
        "t": Does(lambda stage: stage.app.theme == "paper"),
        "q": Does(asked("quit")),
    },
    "Options of a board": {
        "enter": Does(lambda stage: ASKED and stage.name == "WelcomeScreen"),
        "up": Does(focus("level"), "down"),
        "down": Does(focus("heaps")),
        "k": Does(focus("level"), "down"),
        "j": Does(focus("heaps")),
        "home": Does(focus("level"), "down down"),
        "end": Does(focus("done")),
        "g": Does(focus("level"), "down down"),
        "G": Does(focus("done")),
        "left": Does(value("level", "easy")),
        "right": Does(value("level", "perfect")),
        "escape": Does(at("WelcomeScreen")),
    },
    "Learning to win": {
        "enter": Does(says("#place", "The last object loses")),
        "up": Does(says("#about", "leave every column even, and"), "g"),
        "down": Does(says("#about", "two equal heaps")),
        "k": Does(says("#about", "leave every column even, and"), "g"),
        "j": Does(says("#about", "two equal heaps")),
        "home": Does(says("#about", "Whoever takes"), "j"),
        "end": Does(says("#about", "leave every column even, and")),
        "g": Does(says("#about", "Whoever takes"), "j"),
        "G": Does(says("#about", "leave every column even, and")),
        "1": Does(says("#place", "The last object loses")),
        "7": Does(says("#place", "A whole game")),
        "escape": Does(at("WelcomeScreen")),
    },
    "Signing in and registering": {
        "enter": Does(lambda stage: stage.says("#error").strip()),
        "up": Does(focus("username"), "down"),
        "down": Does(focus("password")),
        "f2": Does(at("RegisterScreen")),
        "f3": Does(at("FormCard")),
        "escape": Does(at("WelcomeScreen")),
    },
    "A code": {
        "enter": Does(says("#error", "Type the code")),
        "up": Does(focus("code"), "down"),
        "down": Does(focus("join")),
        "escape": Does(at("WelcomeScreen")),
    },
    "Games": {
        "up": Does(current("tomas1"), "down"),
        "down": Does(current("marguerite1")),
        "k": Does(current("tomas1"), "down"),
        "j": Does(current("marguerite1")),
        "home": Does(current("tomas1"), "down down"),
        "end": Does(at_the_last_game),
        "g": Does(current("tomas1"), "down down"),
        "G": Does(at_the_last_game),
        "enter": Does(at("BoardScreen")),
        "n": Does(at("NewGameScreen")),
        "p": Does(at("OpponentsScreen")),
        "c": Does(at("InvitationsScreen")),
        "i": Does(at("OpenGameScreen")),
        "/": Does(focus("filter")),
        "escape": Does(focus("games"), "/"),
        "f": Does(told("There are no more finished games")),
        "v": Does(told("Only a finished game can be reviewed")),
        "y": Does(lambda stage: stage.app.clipboard == "tomas1"),
        "u": Does(asked("watched again")),
        "a": Does(at("AccountScreen")),
        "o": Does(at("WelcomeScreen")),
        "t": Does(lambda stage: stage.app.theme == "paper"),
        "q": Does(asked("quit")),
    },
    "Your account": {
        "up": Does(lambda stage: highlighted(stage) == 0, "down"),
        "down": Does(lambda stage: highlighted(stage) == 1),
        "enter": Does(at("FormCard")),
        "left": Does(value("notices", "none"), "tab"),
        "right": Does(value("notices", "email"), "tab"),
        "escape": Does(at("WelcomeScreen")),
    },
    "A new game": {
        "enter": Does(asked("k3v9x-2ma4q")),
        "up": Does(focus("opponent"), "down"),
        "down": Does(focus("heaps")),
        "left": Does(value("rule", "normal"), "down down"),
        "right": Does(value("rule", "normal"), "down down"),
        "escape": Does(at("WelcomeScreen")),
    },
    "An open invitation": {
        "y": Does(copied),
        "enter": Does(copied),
        "left": Does(focus("done")),
        "right": Does(focus("done")),
        "up": Does(focus("done")),
        "down": Does(focus("done")),
        "escape": Does(at("WelcomeScreen")),
    },
    "The board": BOARD,
    "The review": {
        "left": Does(reviewed(5)),
        "right": Does(reviewed(7)),
        "k": Does(reviewed(5)),
        "j": Does(reviewed(7)),
        "home": Does(reviewed(1)),
        "end": Does(reviewed(8)),
        "g": Does(reviewed(1)),
        "G": Does(reviewed(8)),
        "0": Does(reviewed(10), "1", on=lambda: review(long_game())),
        "9": Does(reviewed(9), on=lambda: review(long_game())),
        "d": Does(reviewed(6), "home"),
        "b": Does(lambda stage: stage.screen.query_one("#across").display),
        "r": Does(asked("True")),
        "escape": Does(at("WelcomeScreen")),
        "v": Does(at("WelcomeScreen")),
    },
    "Settings": {
        "up": Does(focus("theme"), "down"),
        "down": Does(focus("glyphs")),
        "k": Does(focus("theme"), "down"),
        "j": Does(focus("glyphs")),
        "home": Does(focus("theme"), "down down"),
        "end": Does(focus("done")),
        "g": Does(focus("theme"), "down down"),
        "G": Does(focus("done")),
        "left": Does(lambda stage: stage.app.theme == "okabe"),
        "right": Does(lambda stage: stage.app.theme == "paper"),
        "escape": Does(at("WelcomeScreen")),
        "enter": Does(at("WelcomeScreen")),
        ",": Does(at("WelcomeScreen")),
    },
    "A question": {
        "y": Does(asked("True")),
        "n": Does(asked("False")),
        "escape": Does(asked("False")),
        "left": Does(focus("yes")),
        "right": Does(focus("yes")),
        "up": Does(focus("yes")),
        "down": Does(focus("yes")),
        "enter": Does(asked("False")),
    },
}
