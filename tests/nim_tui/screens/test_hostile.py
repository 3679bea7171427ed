"""Names and sentences from elsewhere do nothing but stand there, on every screen and in toasts."""

from __future__ import annotations

from dataclasses import replace

from textual.widgets import Input

from backend.domain.errors import NoSuchPlayer
from nim_tui import messages
from nim_tui.client.offline import Offline
from nim_tui.screens.account.choose_session import ChooseSessionScreen
from nim_tui.screens.account.login import LoginScreen
from nim_tui.screens.confirm import ConfirmScreen
from nim_tui.screens.games.screen import GamesScreen
from nim_tui.widgets.credentials_form import CredentialsForm
from tests.nim_tui.fakes import NOW, FakeClient, make_game, play
from tests.nim_tui.screens.account.test_forms import FakeAccounts
from tests.nim_tui.screens.stage import Stage, at_games, running

NAMES = [
    "[/]",
    "[red]",
    "[@click=app.quit]x[/]",
    "[link=http://x]y",
    "\x1b]0;owned\x07\x1b[2J",
    "\x9b31m",
    "\u202eevil\u2066",
    "\u0301" * 40,
    "世" * 200,
    "$you",
    "line\nbreak\rback",
    "\ud800",
]


def assert_harmless(stage: Stage) -> None:
    assert stage.app.is_running
    shown = stage.picture.replace("\n", "")
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in shown)
    assert not set("\u202e\u2066\u2028") & set(shown)


async def test_hostile_opponents() -> None:
    fake = FakeClient()
    for name in NAMES:
        moved = play(make_game(name, creator=name), (1, 4), (3, 3))
        fake.open_games += [make_game(name), moved, make_game(name, creator="ana", days=1)]
        fake.done_games.append(make_game(name).ended("resign", "ana", NOW))
    async with at_games(fake, size=(120, 40)) as stage:
        await stage.press("f")
        assert_harmless(stage)
        fake.open_games += [replace(make_game(name), game_id=f"id-{name}") for name in NAMES]
        fake.tell()
        await stage.until(lambda: len(stage.toasts) == len(NAMES))
        await stage.pilot.pause()
        assert_harmless(stage)
        await stage.resize(50, 16)
        assert_harmless(stage)
        await stage.resize(80, 24)
        await stage.press("home", "enter")
        for _ in NAMES:
            await stage.at("BoardScreen")
            assert_harmless(stage)
            await stage.press("n")


async def test_hostile_places() -> None:
    """Names of sessions, sentences of errors, what one is called oneself."""
    async with running(FakeClient()) as stage:
        for name in (*NAMES[::4], "".join(NAMES)):
            fake = FakeClient(username=name, fail=NoSuchPlayer(name))
            await stage.app.push_screen(GamesScreen(fake))
            await stage.until(lambda: "Up to date" in stage.says("#status"))
            fake.tell(Offline(name, 5, None))
            await stage.until(lambda: "Offline" in stage.says("#status"))
            assert_harmless(stage)
            await stage.press("n")
            await stage.at("NewGameScreen")
            stage.screen.query_one("#opponent", Input).value = name
            await stage.press("enter")
            await stage.until(lambda: stage.says("#error"))
            assert_harmless(stage)
            for screen in (
                ChooseSessionScreen([name, "b"]),
                ConfirmScreen(f"Resign against {name}?"),
                LoginScreen(FakeAccounts(), why=name),
            ):
                await stage.app.push_screen(screen)
                await stage.pilot.pause()
                assert_harmless(stage)
            form = stage.screen.query_one(CredentialsForm)
            form.show_problems({"username": name, "other": name}, name)
            await stage.pilot.pause()
            assert_harmless(stage)
            while len(stage.app.screen_stack) > 1:
                await stage.app.pop_screen()


async def test_hostile_toasts_and_commands() -> None:
    async with running() as stage:
        for name in NAMES:
            stage.app.post_message(messages.Announcement(name))
        await stage.until(lambda: len(stage.toasts) == len(NAMES))
        await stage.pilot.pause()
        assert_harmless(stage)
