"""Every key that docs/playing.md names exists and does what it says, and none is left out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import pytest
from textual.css.query import NoMatches
from textual.screen import Screen

from nim_tui.client.models import GameList
from nim_tui.client.offline import Offline
from nim_tui.config.settings import Settings
from nim_tui.model.board_options import BoardOptions, Scores
from nim_tui.screens.account.account import AccountScreen
from nim_tui.screens.account.login import LoginScreen
from nim_tui.screens.board.screen import BoardScreen
from nim_tui.screens.board_options import OptionsScreen
from nim_tui.screens.code import CodeScreen
from nim_tui.screens.confirm import ConfirmScreen
from nim_tui.screens.games.invitation import InvitationScreen
from nim_tui.screens.games.new_game import NewGameScreen
from nim_tui.screens.games.screen import GamesScreen
from nim_tui.screens.help import bindings_of
from nim_tui.screens.lessons import LessonsScreen
from nim_tui.screens.review.screen import ReviewScreen
from nim_tui.screens.settings import SettingsScreen
from nim_tui.screens.welcome import WelcomeScreen
from tests.nim_tui.documented import (
    ASKED,
    DOES,
    LATE,
    MINE,
    NAMES,
    Does,
    chosen,
    documented,
    ended,
    hotseat,
    live,
    practice,
    review,
)
from tests.nim_tui.fakes import (
    NOW,
    PROFILE,
    FakeAccount,
    FakeClient,
    make_invitation,
    some_games,
)
from tests.nim_tui.screens.account.test_account import card
from tests.nim_tui.screens.account.test_forms import FakeAccounts
from tests.nim_tui.screens.stage import Stage, running


class Watched(FakeClient):
    """Tells when its games are watched again."""

    async def watch_games(self) -> AsyncIterator[GameList | Offline]:
        ASKED.append("watched again" if "watched" in ASKED else "watched")
        async for seen in super().watch_games():
            yield seen


def games(stage: Stage) -> Screen[Any]:
    client: Any = stage.app._client
    client.username = "ana"
    return GamesScreen(client, now=lambda: NOW)


SCREENS: dict[str, Callable[[Stage], Screen[Any]]] = {
    "Options of a board": lambda stage: OptionsScreen(BoardOptions(), Scores(), "Done"),
    "Learning to win": lambda stage: LessonsScreen(),
    "Signing in and registering": lambda stage: LoginScreen(FakeAccounts()),
    "A code": lambda stage: CodeScreen(FakeClient(), signed_in=False),
    "Games": games,
    "Your account": lambda stage: card(FakeAccount(PROFILE)),
    "A new game": lambda stage: NewGameScreen(FakeClient()),
    "An open invitation": lambda stage: InvitationScreen(
        make_invitation(), "nim-tui join k3v9x-2ma4q", NOW
    ),
    "The board": lambda stage: hotseat(),
    "The review": lambda stage: review(),
    "Settings": lambda stage: SettingsScreen(Settings(theme="dusk")),
    "A question": lambda stage: ConfirmScreen("Resign?", "Resign", "Play on"),
}
KINDS: dict[str, type[Screen[Any]]] = {
    "Welcome": WelcomeScreen,
    "Options of a board": OptionsScreen,
    "Learning to win": LessonsScreen,
    "Signing in and registering": LoginScreen,
    "A code": CodeScreen,
    "Games": GamesScreen,
    "Your account": AccountScreen,
    "A new game": NewGameScreen,
    "An open invitation": InvitationScreen,
    "The board": BoardScreen,
    "The review": ReviewScreen,
    "Settings": SettingsScreen,
    "A question": ConfirmScreen,
}


def record(stage: Stage, action: str, name: str) -> None:
    """Write down what would end or stop the app, instead of doing it."""

    async def recorded() -> None:
        ASKED.append(name)

    setattr(stage.app, action, recorded)


async def begin(stage: Stage, section: str, does: Does) -> None:
    """Everything as it is at first, and the screen on top."""
    while len(stage.app.screen_stack) > 1:
        await stage.app.pop_screen()
    stage.app.theme = "dusk"
    stage.app.clear_notifications()
    stage.app.copy_to_clipboard("")
    ASKED.clear()
    stage.screen.set_focus(stage.screen.query_one("#practice"))
    make = SCREENS.get(section)
    if make is not None:
        screen = does.on() if does.on is not None else make(stage)
        stage.app.push_screen(screen, lambda answer: ASKED.append(str(answer)))
        await stage.until(lambda: stage.screen is screen)
        if section == "Games":
            await stage.until(lambda: "Up to date" in stage.says("#status"))
            await stage.until(lambda: "FINISHED" in stage.picture)
        if section == "Your account":
            await stage.until(lambda: "Delete your account" in stage.picture)
    for key in does.before.split():
        await stage.press(NAMES.get(key, key))
    await stage.pilot.pause()


def holds(does: Does, stage: Stage) -> bool:
    """Whether what the key is for is to be seen; where its place is missing, it is not."""
    try:
        return bool(does.then(stage))
    except NoMatches:
        return False


@pytest.mark.parametrize("section", list(DOES))
async def test_every_documented_key_does_what_it_says(
    section: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Digits of one number may come as slowly as a busy machine lets them.
    for screen in ("board", "review"):
        monkeypatch.setattr(f"nim_tui.screens.{screen}.screen.monotonic", lambda: 0.0)
    keys = documented()[section]
    assert set(keys) == set(DOES[section]), "a key and what it does belong to each other"
    opened, done = some_games()
    client = Watched(open_games=opened, done_games=done)
    async with running(client) as stage:
        record(stage, "action_quit", "quit")
        record(stage, "action_suspend_process", "suspend")
        for key in keys:
            does = DOES[section][key]
            await begin(stage, section, does)
            assert not holds(does, stage), f"{section}, {key}: true before the key"
            await stage.press(NAMES.get(key, key))
            await stage.until(partial(holds, does, stage), f"{section}: what {key} is for")


def test_every_section_has_its_screen() -> None:
    assert set(documented()) == set(DOES) == {"Everywhere", *KINDS}


@pytest.mark.parametrize("section", list(KINDS))
def test_no_key_of_a_screen_is_left_out(section: str) -> None:
    known = {NAMES.get(key, key) for key in documented()[section] + documented()["Everywhere"]}
    kind = KINDS[section]
    bound = {
        key for _, binding in bindings_of(kind.__new__(kind)) for key in binding.key.split(",")
    }
    assert {key for key in bound if key not in "12345678"} <= known


async def test_a_click_on_a_line_of_the_help_does_it() -> None:
    async with running() as stage:
        await stage.app.push_screen(hotseat())
        await stage.press("question_mark")
        await stage.at("HelpScreen")
        rows = [strip.text for strip in stage.screen._compositor.render_strips()]
        y = next(y for y, row in enumerate(rows) if "choose heap 2" in row)
        await stage.pilot.click(offset=(rows[y].index("choose heap 2") + 2, y))
        await stage.until(lambda: chosen(0, 1, 0)(stage))
        await stage.press("question_mark")
        await stage.at("HelpScreen")
        assert "every action, by name" in stage.says("#keys")
        await stage.click("#foot")
        assert chosen(0, 1, 0)(stage), "beside the lines a click only closes"


async def test_the_palette_offers_what_the_table_does() -> None:
    async with running() as stage:
        for make, wanted, unwanted in (
            (hotseat, {"Choose heap 1", "Take what is chosen", "The next game", "Settings"},
             {"Resign, decline", "Review the game", "Hint, in practice"}),
            (practice, {"Hint, in practice", "Why that hint, in practice"}, {"Review the game"}),
            (live(MINE), {"Resign, decline", "The next game"},
             {"Hint, in practice", "Claim an overdue game", "Review the game"}),
            (live(LATE), {"Claim an overdue game"}, {"Hint, in practice"}),
            (ended, {"Review the game", "Rematch, restart"}, {"Resign, decline"}),
            (review,
             {"The next move", "The previous move", "The move that lost the game", "Rematch"},
             {"Hint, in practice"}),
        ):  # fmt: skip
            screen = make()
            await stage.app.push_screen(screen)
            titles = {command.title for command in stage.app.get_system_commands(screen)}
            assert wanted <= titles
            assert not unwanted & titles
            await stage.app.pop_screen()
