"""The card of settings and its file: taken at once, kept with its comments, calm when broken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from nim_tui.app import NimApp
from nim_tui.client import NimClient
from nim_tui.config.settings import load_settings, settings_path
from nim_tui.terminal.capabilities import Terminal
from nim_tui.tokens import MemoryVault
from tests.nim_tui.screens.stage import Stage
from tests.support import eventually_async, unused_database

NAMES = ("theme", "glyphs", "animation", "confirm_moves", "bell", "desktop_notices")


def write(text: str) -> Path:
    path = settings_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@asynccontextmanager
async def started(size: tuple[int, int] = (80, 24)) -> AsyncIterator[Stage]:
    """A board for two, with the settings from the person's file."""
    client = NimClient.embedded(unused_database())
    app = NimApp(client, vault=MemoryVault(), start="hotseat", terminal=Terminal())
    async with app.run_test(size=size, notifications=True) as pilot:
        stage = Stage(pilot)
        await stage.at("BoardScreen")
        yield stage


async def choose(stage: Stage, name: str, words: str) -> None:
    """With the mouse: a click on the words of an option."""
    radio = stage.screen.query_one(f"#{name}")
    column = str(radio.render()).index(f") {words}") + 2
    assert await stage.pilot.click(f"#{name}", offset=(column, 0))
    await stage.pilot.pause()


async def test_a_click_on_each_option_works_at_once() -> None:
    write("animation = false\n")
    async with started() as stage:
        assert "(####" not in stage.picture
        await stage.press("comma")
        await stage.at("SettingsScreen")
        for name, words in (
            ("theme", "okabe"), ("glyphs", "ascii"), ("animation", "on"),
            ("confirm_moves", "on"), ("bell", "off"), ("desktop_notices", "off"),
        ):  # fmt: skip
            await choose(stage, name, words)
        await stage.click("#done")
        await stage.at("BoardScreen")
        assert stage.app.look.palette.name == "okabe"
        assert "(####" in stage.picture, "stones of letters, on the board that stood there"
        assert stage.app.animation_level == "full"
        await stage.press("a", "enter")
        await stage.at("ConfirmScreen")
        await eventually_async(lambda: not load_settings().desktop_notices)
    kept = load_settings()
    assert [getattr(kept, name) for name in NAMES] == [
        "okabe", "ascii", True, True, False, False,
    ]  # fmt: skip


async def test_letters_become_stones_again_in_every_line() -> None:
    async with started() as stage:
        before = stage.picture
        for words in ("ascii", "stones"):
            await stage.press("comma")
            await choose(stage, "glyphs", words)
            await stage.press("escape")
            await stage.at("BoardScreen")
            assert stage.picture.isascii() == (words == "ascii")
        assert stage.picture == before


async def test_the_next_start_has_them() -> None:
    write('theme = "paper"\nglyphs = "plain"\nanimation = false\nconfirm_moves = true\n')
    async with started() as stage:
        assert stage.app.theme == "paper"
        assert stage.app.look.glyphs.value == "plain"
        assert stage.app.animation_level == "none"
        await stage.press("a", "enter")
        await stage.at("ConfirmScreen")


async def test_the_persons_own_words_stay_in_the_file() -> None:
    path = write('# mine\nbell = true  # at work: false\n\n[later]\nx = "kept"\n')
    async with started() as stage:
        await stage.press("comma")
        await choose(stage, "bell", "off")
        await eventually_async(lambda: not load_settings().bell)
    assert path.read_text() == '# mine\nbell = false  # at work: false\n\n[later]\nx = "kept"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('theme = "paper"\nbell = perhaps\n', "line 2 is not valid TOML"),
        ("animation = false\nglyphs = 7\n", "line 2, glyphs must be one of"),
    ],
)
async def test_a_broken_file_is_named_with_its_line_and_the_game_goes_on(
    text: str, said: str
) -> None:
    path = write(text)
    async with started() as stage:
        await stage.until(lambda: stage.toasts, "what is wrong")
        (told,) = stage.toasts
        assert f"{path.name}: {said}" in told
        assert "defaults apply" in told or "default applies" in told
        assert stage.app.theme == "dusk"
        await stage.press("a", "enter")
        assert "Ana took 1 from heap 1" in stage.picture
    assert path.read_text() == text


async def test_a_choice_beside_a_broken_file_serves_and_says_that_it_is_not_kept() -> None:
    path = write("[[[\n")
    async with started() as stage:
        await stage.press("comma")
        await choose(stage, "theme", "paper")
        assert stage.app.theme == "paper"
        await stage.until(lambda: len(stage.toasts) == 2, "that it is not kept")
        assert "not kept. Correct the file." in stage.toasts[1]
    assert path.read_text() == "[[[\n"


async def test_the_card_is_in_the_palette_by_name() -> None:
    async with started() as stage:
        titles = [one.title for one in stage.app.get_system_commands(stage.screen)]
        assert "Settings" in titles
