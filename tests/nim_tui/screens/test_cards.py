from __future__ import annotations

import pytest
from textual.command import CommandPalette

from nim_tui.client import NimClient
from nim_tui.config.settings import load_settings
from nim_tui.screens.account.choose_session import ChooseSessionScreen
from nim_tui.screens.confirm import ConfirmScreen
from nim_tui.screens.help import keys_of
from tests.nim_tui.fakes import FakeClient, some_games
from tests.nim_tui.screens.stage import at_games, running
from tests.support import eventually_async


@pytest.mark.parametrize("size", [(80, 24), (50, 16)])
async def test_help_shows_the_keys_of_its_screen_and_any_key_closes_it(
    size: tuple[int, int],
) -> None:
    async with running(size=size) as stage:
        await stage.press("question_mark")
        await stage.at("HelpScreen")
        text = stage.says("#keys")
        for words in ("play against the computer", "sign in", "register", "another theme"):
            assert words in text
        assert "loses" in stage.picture
        await stage.press("x")
        await stage.at("WelcomeScreen")


async def test_help_comes_over_a_form_where_a_question_mark_is_typed() -> None:
    async with running() as stage:
        await stage.press("r")
        await stage.at("RegisterScreen")
        await stage.press("question_mark")
        await stage.at("RegisterScreen")
        await stage.press("f1")
        await stage.at("HelpScreen")


async def test_every_action_is_a_command_by_its_name() -> None:
    fake = FakeClient()
    async with at_games(fake) as stage:
        screen = stage.screen
        titles = {command.title for command in stage.app.get_system_commands(screen)}
        wanted = {key.words for key in keys_of(screen, stage.app) if key.action}
        assert {words[:1].upper() + words[1:] for words in wanted} <= titles
        assert {"New game", "Sign out", "Another theme", "Quit", "Theme"} <= titles
        await stage.press("ctrl+p")
        await stage.until(lambda: isinstance(stage.screen, CommandPalette))
        await stage.press(*"new game")
        await stage.until(lambda: "New game" in stage.picture)
        await stage.press("enter")
        await stage.until(lambda: stage.name != "CommandPalette")
        if stage.name == "GamesScreen":
            await stage.press("enter")
        await stage.at("NewGameScreen")


@pytest.mark.parametrize(
    ("keys", "answer"),
    [(("y",), True), (("n",), False), (("escape",), False), (("enter",), False),
     (("left", "enter"), True)],
)  # fmt: skip
async def test_a_question_is_no_until_somebody_says_yes(
    keys: tuple[str, ...],
    answer: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    answers: list[bool | None] = []
    async with running() as stage:
        stage.app.push_screen(ConfirmScreen("Resign?", "Resign", "Play on"), answers.append)
        await stage.at("ConfirmScreen")
        await stage.press(*keys)
        await stage.at("WelcomeScreen")
        assert answers == [answer]


async def test_of_several_sessions_one_is_chosen() -> None:
    chosen: list[str | None] = []
    async with running() as stage:
        for keys in (("down", "enter"), ("escape",), ("down", "down", "enter")):
            stage.app.push_screen(ChooseSessionScreen(["ana", "bob"]), chosen.append)
            await stage.at("ChooseSessionScreen")
            await stage.press(*keys)
            await stage.at("WelcomeScreen")
        assert chosen == ["bob", None, None]


async def test_too_small_says_so_and_recovers_what_was_there() -> None:
    opened, done = some_games()
    async with at_games(FakeClient(open_games=opened, done_games=done)) as stage:
        await stage.resize(42, 12)
        assert "A little more room, please: 50 × 16. Now 42 × 12." in stage.says("#too-small")
        await stage.resize(20, 3)
        assert "Now 20 × 3." in stage.says("#too-small")
        await stage.press("n")
        assert stage.name == "TooSmallScreen"
        await stage.resize(50, 16)
        await stage.at("GamesScreen")
        assert "tomáš" in stage.picture


async def test_it_may_start_too_small() -> None:
    async with running(size=(30, 8), start="hotseat") as stage:
        await stage.at("TooSmallScreen")
        await stage.resize(80, 24)
        await stage.at("BoardScreen")


async def test_a_crash_says_one_line_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        secret_token = "eyJhbGciOi"
        raise RuntimeError(f"internal {secret_token}")

    async def crash() -> None:
        async with running() as stage:
            stage.app.call_later(fail)
            await stage.until(lambda: not stage.app.is_running)

    with pytest.raises(RuntimeError):
        await crash()
    told = capsys.readouterr().err
    assert "nim-tui stopped by an internal error (RuntimeError)" in told
    assert "eyJ" not in told
    assert "Traceback" not in told


async def test_the_client_is_let_go_at_the_end() -> None:
    fake = FakeClient()
    async with running(fake) as stage:
        assert not fake.closed
        assert isinstance(stage.app._client, FakeClient | NimClient)
    assert fake.closed


@pytest.mark.parametrize("size", [(80, 24), (50, 16)])
async def test_settings_are_taken_at_once_and_kept(size: tuple[int, int]) -> None:
    async with running(size=size) as stage:
        await stage.press("comma")
        await stage.at("SettingsScreen")
        await stage.press("right")
        assert stage.app.theme == "paper"
        await stage.press("down", "right", "down", "down", "left")
        assert stage.app.settings.glyphs == "stones"
        assert stage.app.settings.confirm_moves
        await stage.click("#bell")
        for name in ("theme", "glyphs", "animation", "confirm_moves", "bell", "desktop_notices"):
            region = stage.screen.query_one(f"#{name}").region
            assert stage.screen.region.contains_region(region)
        await eventually_async(lambda: load_settings().confirm_moves)
        kept = load_settings()
        assert (kept.theme, kept.glyphs) == ("paper", "stones")
        await stage.press("escape")
        await stage.at("WelcomeScreen")


async def test_the_palette_has_a_line_for_each_action_with_its_keys() -> None:
    async with running() as stage:
        await stage.press("ctrl+p")
        await stage.until(lambda: "The choice above" in stage.picture)
        row = next(line for line in stage.picture.splitlines() if "The choice above" in line)
        assert "↑ k       The choice above" in row
        await stage.press(*"sett")
        await stage.until(lambda: "The choice above" not in stage.picture)
        assert ",         Settings" in stage.picture
        await stage.press("enter")
        await stage.at("SettingsScreen")
