"""The mark of the focus is beside the focused field, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import ParameterSet
from textual.screen import Screen
from textual.widget import Widget

from backend.domain.errors import SignInIncomplete
from nim_tui.client import NimClient
from nim_tui.model.board_options import BoardOptions, Scores
from nim_tui.paint import Depth
from nim_tui.screens.account.form_card import CODE, NEW_PASSWORD, FormCard
from nim_tui.screens.account.login import LoginScreen
from nim_tui.screens.account.register import RegisterScreen
from nim_tui.screens.board_options import OptionsScreen
from nim_tui.screens.code import CodeScreen
from nim_tui.screens.games.new_game import NewGameScreen
from nim_tui.screens.games.open_game import OpenGameScreen
from nim_tui.screens.settings import SettingsScreen
from nim_tui.widgets.focus_row import ShowsFocus
from nim_tui.widgets.radio import Radio
from tests.nim_tui.screens.stage import Stage, running

FORMS = (
    "login", "one-time password", "register", "forgot", "code", "new game", "open game",
    "settings", "practice", "hotseat",
)  # fmt: skip
LOOKS: dict[str, dict[str, Any]] = {
    "dusk": {},
    "paper": {"theme": "paper"},
    "okabe": {"theme": "okabe"},
    "256": {"depth": Depth.MANY},
    "16": {"depth": Depth.SIXTEEN},
    "no colour": {"depth": Depth.NONE},
    "ascii": {"unicode": False},
    "nord": {"theme": "nord"},
    "textual-ansi": {"theme": "textual-ansi"},
    "paper, 16": {"theme": "paper", "depth": Depth.SIXTEEN},
    "no colour, ascii": {"depth": Depth.NONE, "unicode": False},
}


def form(kind: str, stage: Stage) -> Screen[Any]:
    """One of the forms, as the app makes it."""
    client = stage.app._client
    options = BoardOptions()
    made: dict[str, Screen[Any]] = {
        "practice": OptionsScreen(options, Scores(), "Done"),
        "hotseat": OptionsScreen(options, None, "Done"),
        "login": LoginScreen(stage.app._account),
        "one-time password": LoginScreen(stage.app._account),
        "forgot": FormCard("Title", "A note.", (CODE, NEW_PASSWORD), "Done", nowhere),
        "code": CodeScreen(client, signed_in=False),
        "register": RegisterScreen(stage.app._account),
        "new game": NewGameScreen(client),
        "open game": OpenGameScreen(client),
        "settings": SettingsScreen(stage.app.settings),
    }
    return made[kind]


async def nowhere(values: Mapping[str, str]) -> None:
    """Where a form sends that is never sent."""


def marked_lines(stage: Stage) -> list[int]:
    """The rows of the screen on which a focus mark is drawn, at the left of a field."""
    mark = stage.app.look.marks.focus
    marks = [widget for widget in stage.screen.query(".focus-mark") if widget.visible]
    radios = [radio for radio in stage.screen.query(Radio) if str(radio.render())[0] == mark]
    for widget in marks:
        assert str(widget.render()) == mark
    return [widget.region.y for widget in (*marks, *radios) if widget.region]


def fields(stage: Stage) -> list[Widget]:
    """What can have the focus inside a row of the form."""
    return [
        widget
        for widget in stage.screen.focus_chain
        if any(isinstance(above, ShowsFocus) for above in widget.ancestors)
    ]


def walks() -> Iterator[ParameterSet]:
    """Every form in one look, and every look of one form; at length, each in each."""
    for look in LOOKS:
        short = FORMS if look == "dusk" else ("practice",)
        yield pytest.param(look, short, id=look)
        if rest := tuple(kind for kind in FORMS if kind not in short):
            yield pytest.param(look, rest, id=f"{look}, rest", marks=pytest.mark.reliability)


@pytest.mark.parametrize(("look", "kinds"), walks())
async def test_one_mark_follows_the_focus_in_every_look(
    look: str, kinds: Sequence[str], tmp_path: Path
) -> None:
    async with running(NimClient.embedded(tmp_path / "games.db"), **LOOKS[look]) as stage:
        for kind in kinds:
            await walk(stage, kind)


async def test_one_mark_follows_the_focus_on_a_small_screen(tmp_path: Path) -> None:
    async with running(NimClient.embedded(tmp_path / "games.db"), size=(50, 16)) as stage:
        for kind in FORMS:
            await walk(stage, kind)


def marked_beside(stage: Stage, focused: Widget) -> bool:
    """Whether the only mark is beside this widget; a pill, which has a fill instead, has none."""
    expected = [focused.region.y] if focused in fields(stage) else []
    return bool(focused.region) and marked_lines(stage) == expected


async def walk(stage: Stage, kind: str) -> None:
    """Open a form, walk through it with tab and once back, and close it."""
    screen = form(kind, stage)
    await stage.app.push_screen(screen)
    await stage.pilot.pause()
    if kind == "one-time password":
        assert isinstance(screen, LoginScreen)
        screen.refused(SignInIncomplete("Choose a new password."))
        await stage.pilot.pause()
        assert screen.focused is not None
        assert screen.focused.id == "new-password"
    walked: set[Widget] = set()
    for key in ["tab"] * len(stage.screen.focus_chain) + ["shift+tab"]:
        focused = stage.screen.focused
        assert focused is not None
        right = partial(marked_beside, stage, focused)
        await stage.until(right, f"one mark beside {focused} in the form {kind}")
        walked.add(focused)
        await stage.press(key)
    assert walked >= set(fields(stage))
    await stage.app.pop_screen()
