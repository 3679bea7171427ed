"""Pictures of every screen but the board, at a fixed time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from nim_tui.client.offline import Offline
from nim_tui.paint import Depth
from nim_tui.screens.account.choose_session import ChooseSessionScreen
from nim_tui.screens.account.login import LoginScreen
from nim_tui.screens.account.register import RegisterScreen
from nim_tui.screens.confirm import ConfirmScreen
from nim_tui.screens.games.screen import GamesScreen
from nim_tui.widgets.credentials_form import CredentialsForm
from tests.nim_tui.fakes import NOW, FakeClient, some_games
from tests.nim_tui.screens.account.test_forms import FakeAccounts
from tests.nim_tui.screens.stage import Stage, fill_in, make_app

Snap = Callable[..., bool]
Scene = Callable[[Stage, FakeClient], Awaitable[None]]


async def welcome(stage: Stage, fake: FakeClient) -> None:
    assert stage.name == "WelcomeScreen"
    assert fake.username == "ana"


async def lessons(stage: Stage, _: FakeClient) -> None:
    stage.app.settings = replace(stage.app.settings, lessons_done=("last-object", "equal-heaps"))
    await stage.press("l")


async def options(stage: Stage, _: FakeClient) -> None:
    stage.app._local.scores.count("medium", won=True)
    await stage.press("o")


async def names(stage: Stage, _: FakeClient) -> None:
    await stage.press("down", "down", "o")


async def register(stage: Stage, _: FakeClient) -> None:
    await stage.app.push_screen(RegisterScreen(FakeAccounts()))
    await stage.pilot.pause()
    await fill_in(stage, username="anana", password="secret", email="ana@example.com")
    problems = {"password": "needs an upper case letter and a digit."}
    stage.screen.query_one(CredentialsForm).show_problems(problems, "")


async def login(stage: Stage, _: FakeClient) -> None:
    await stage.app.push_screen(LoginScreen(FakeAccounts(), why="Your session has ended."))


async def account(stage: Stage, fake: FakeClient) -> None:
    await games(stage, fake)
    await stage.press("a")
    await stage.until(lambda: "Delete your account" in stage.picture)


async def games(stage: Stage, fake: FakeClient) -> None:
    await stage.app.push_screen(GamesScreen(fake, now=lambda: NOW))
    await stage.until(lambda: "Up to date" in stage.says("#status"))
    await stage.press("down", "down")


async def no_games(stage: Stage, fake: FakeClient) -> None:
    fake.open_games, fake.done_games = [], []
    await stage.app.push_screen(GamesScreen(fake, now=lambda: NOW))
    await stage.until(lambda: "Up to date" in stage.says("#status"))


async def offline(stage: Stage, fake: FakeClient) -> None:
    await games(stage, fake)
    fake.tell(Offline("The backend cannot be reached.", 8.0, None))
    await stage.until(lambda: "Offline" in stage.says("#status"))


async def new_game(stage: Stage, fake: FakeClient) -> None:
    await games(stage, fake)
    await stage.press("n", *"bbo", "enter")
    await stage.until(lambda: stage.says("#error"))


async def help_card(stage: Stage, fake: FakeClient) -> None:
    await games(stage, fake)
    await stage.press("question_mark")


async def confirm(stage: Stage, fake: FakeClient) -> None:
    await games(stage, fake)
    await stage.app.push_screen(ConfirmScreen("Resign this game? marguerite wins.", "Resign"))


async def settings(stage: Stage, _: FakeClient) -> None:
    await stage.press("comma")


async def sessions(stage: Stage, _: FakeClient) -> None:
    await stage.app.push_screen(ChooseSessionScreen(["ana", "old_captain"]))


async def too_small(stage: Stage, _: FakeClient) -> None:
    await stage.press("p")
    await stage.at("BoardScreen")
    await stage.resize(42, 12)


@pytest.mark.parametrize(
    ("scene", "size"),
    [
        (scene, size)
        for scene in (
            welcome,
            lessons,
            register,
            login,
            games,
            no_games,
            new_game,
            help_card,
            account,
        )
        for size in ((80, 24), (50, 16))
    ]
    + [(scene, size) for scene in (options, names) for size in ((80, 24), (50, 16))]
    + [
        (welcome, (120, 40)),
        (lessons, (120, 40)),
        (games, (120, 40)),
        (offline, (80, 24)),
        (confirm, (80, 24)),
    ]
    + [(settings, (80, 24)), (settings, (50, 16)), (sessions, (80, 24)), (too_small, (80, 24))],
    ids=lambda part: part.__name__ if callable(part) else "{}x{}".format(*part),
)
def test_dusk(scene: Scene, size: tuple[int, int], snap_compare: Snap) -> None:
    assert compared(scene, size, snap_compare)


SHORT = {
    "paper": register,
    "okabe": welcome,
    "nord": games,
    "no-color": games,
    "16": welcome,
    "ascii": register,
}
"""The scene in which `make test` looks at each look; `make reliability` looks at the others."""


@pytest.mark.parametrize(
    ("look", "scene", "size"),
    [
        pytest.param(
            *(look, scene, size),
            id="{}-{}-{}x{}".format(look, scene.__name__, *size),
            marks=() if scene is short else pytest.mark.reliability,
        )
        for look, short in SHORT.items()
        for scene, size in ((welcome, (80, 24)), (games, (120, 40)), (register, (80, 24)))
    ],
)
def test_looks(look: str, scene: Scene, size: tuple[int, int], snap_compare: Snap) -> None:
    depth = {"no-color": Depth.NONE, "16": Depth.SIXTEEN}.get(look, Depth.TRUE)
    theme = look if look in ("paper", "okabe", "nord") else "dusk"
    assert compared(scene, size, snap_compare, theme=theme, depth=depth, unicode=look != "ascii")


def compared(scene: Scene, size: tuple[int, int], snap_compare: Snap, **looks: object) -> bool:
    """Whether the picture of the scene is the one that is kept."""
    opened, done = some_games()
    fake = FakeClient(open_games=opened, done_games=done)
    app = make_app(fake, **looks)  # type: ignore[arg-type] # theme, depth, unicode

    async def begin(pilot: Pilot[None]) -> None:
        stage = Stage(pilot)
        await scene(stage, fake)
        for _ in range(3):
            await pilot.pause()

    return snap_compare(app, terminal_size=size, run_before=begin)
