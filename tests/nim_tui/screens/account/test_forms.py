from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from textual.geometry import Region
from textual.widgets import Input

from backend.domain.errors import BadRequest, NimError, SignInIncomplete, WrongPassword
from nim_tui.client import NimClient
from nim_tui.screens.account.login import LoginScreen
from nim_tui.screens.account.register import RegisterScreen
from nim_tui.tokens import MemoryVault
from nim_tui.widgets.credentials_form import Field
from tests.nim_tui.screens.stage import fill_in, register, running
from tests.support import at_length


class FakeAccounts:
    """Accounts whose answers a test holds back or spoils."""

    def __init__(self, *errors: NimError) -> None:
        self.errors = list(errors)
        self.asked: list[tuple[Any, ...]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.optional = True

    async def sign_in(self, *asked: Any) -> None:
        self.asked.append(asked)
        await self.gate.wait()
        if self.errors:
            raise self.errors.pop(0)

    async def register(self, *asked: Any) -> None:
        await self.sign_in(*asked)

    async def forgot_password(self, *asked: Any) -> None:
        await self.sign_in("forgot", *asked)

    async def reset_password(self, *asked: Any) -> None:
        await self.sign_in("reset", *asked)

    async def contacts_optional(self) -> bool:
        return self.optional


async def test_registering_opens_the_games_and_the_session_lives_on(tmp_path: Path) -> None:
    vault = MemoryVault()
    async with running(NimClient.embedded(tmp_path / "games.db"), vault=vault) as stage:
        await register(stage)
        await stage.until(lambda: "No games yet. Press n to invite" in stage.says("#empty"))
    async with running(NimClient.embedded(tmp_path / "games.db"), vault=vault) as stage:
        await stage.at("GamesScreen")
        await stage.click("#logout")
        await stage.at("WelcomeScreen")
        await stage.until(lambda: not vault.names(stage.app._client.place))
    async with running(NimClient.embedded(tmp_path / "games.db"), vault=vault) as stage:
        await stage.press("s")
        await stage.at("LoginScreen")
        await stage.press(*"anana", "tab", *"Abcdefg1", "enter")
        await stage.at("GamesScreen")


async def test_each_faulty_field_says_what_is_wrong_and_keeps_its_text(tmp_path: Path) -> None:
    async with running(NimClient.embedded(tmp_path / "games.db")) as stage:
        await stage.press("r")
        await stage.at("RegisterScreen")
        await fill_in(stage, username="x", password="short", email="nobody", phone="123")
        await stage.click("#register")
        await stage.until(lambda: len(stage.screen.query(".-wrong")) == 4)
        assert "Username must have 4 to 20" in stage.says("#error")
        assert stage.screen.query_one("#username", Input).value == "x"
        assert stage.screen.query_one("#password", Input).value == "short"
        assert stage.screen.focused is stage.screen.query_one("#username")
        await stage.press("a")
        assert len(stage.screen.query(".-wrong")) == 3


async def test_a_taken_name_and_a_wrong_password_are_one_sentence(tmp_path: Path) -> None:
    async with running(NimClient.embedded(tmp_path / "games.db")) as stage:
        await register(stage)
        await stage.click("#logout")
        await stage.press("r")
        await stage.at("RegisterScreen")
        await fill_in(stage, username="ANANA", password="Abcdefg1", email="a@example.com")
        await stage.click("#register")
        await stage.until(lambda: "taken" in stage.says("#error"))
        await stage.click("#to-login")
        await stage.at("LoginScreen")
        await fill_in(stage, username="anana", password="Wrong1234")
        await stage.click("#login")
        await stage.until(lambda: "Wrong username or password" in stage.says("#error"))
        assert stage.screen.query_one("#password", Input).value == "Wrong1234"
        await stage.click("#to-register")
        await stage.at("RegisterScreen")


async def test_empty_fields_are_asked_for_and_nothing_is_sent() -> None:
    accounts = FakeAccounts()
    async with running() as stage:
        await stage.app.push_screen(RegisterScreen(accounts))
        await stage.pilot.pause()
        await stage.click("#register")
        assert len(stage.screen.query(".-wrong")) == 2, "the e-mail is optional"
        await fill_in(stage, username="anana")
        await stage.press("enter")
        assert stage.screen.focused is stage.screen.query_one("#password")
        assert not accounts.asked


async def test_a_quick_second_enter_sends_nothing_more() -> None:
    accounts = FakeAccounts(WrongPassword())
    accounts.gate.clear()
    async with running() as stage:
        await stage.app.push_screen(LoginScreen(accounts))
        await stage.pilot.pause()
        await fill_in(stage, username="anana", password="x")
        await stage.press("enter", "enter", "enter")
        assert stage.says("#login") == "Signing in"
        accounts.gate.set()
        await stage.until(lambda: "Wrong username or password" in stage.says("#error"))
        assert accounts.asked == [("anana", "x", None)]
        assert stage.says("#login") == "Sign in"


async def test_a_one_time_password_asks_for_a_new_one() -> None:
    accounts = FakeAccounts(SignInIncomplete("Choose a new password."))
    async with running() as stage:
        await stage.app.push_screen(LoginScreen(accounts))
        await stage.pilot.pause()
        new = stage.screen.query_one("#new-password", Input)
        assert not new.region
        await fill_in(stage, username="anana", password="Once1234")
        await stage.press("enter")
        await stage.until(lambda: stage.screen.focused is new)
        assert "Choose a new password." in stage.says("#error")
        await stage.press(*"Abcdefg1", "enter")
        await stage.until(lambda: len(accounts.asked) == 2)
        assert accounts.asked[1] == ("anana", "Once1234", "Abcdefg1")


async def test_a_password_cannot_be_copied() -> None:
    async with running() as stage:
        await stage.app.push_screen(LoginScreen(FakeAccounts()))
        await stage.pilot.pause()
        await fill_in(stage, username="name", password="Abcdefg1")
        stage.screen.query_one("#password", Input).select_all()
        await stage.press("ctrl+c", "ctrl+x")
        assert stage.app.clipboard == ""
        assert stage.screen.query_one("#password", Input).value == "Abcdefg1"
        assert "Abcdefg1" not in stage.picture


@pytest.mark.parametrize("size", [(80, 24), (50, 16)])
async def test_every_field_and_pill_can_be_clicked(size: tuple[int, int]) -> None:
    async with running(size=size) as stage:
        await stage.app.push_screen(RegisterScreen(FakeAccounts()))
        await stage.pilot.pause()
        for name in ("username", "password", "email", "phone"):
            await stage.click(f"#{name}")
            assert stage.screen.focused is stage.screen.query_one(f"#{name}")
        await stage.click("#to-login")
        await stage.at("LoginScreen")


async def test_a_database_that_breaks_later_is_told_in_a_sentence(tmp_path: Path) -> None:
    async with running(NimClient.embedded(tmp_path / "games.db"), start="hotseat") as stage:
        await stage.at("BoardScreen")
        (tmp_path / "games.db").write_bytes(b"this is no database" * 100)
        await stage.press("escape")
        await stage.at("WelcomeScreen")
        await stage.press("s")
        await stage.at("LoginScreen")
        await fill_in(stage, username="anana", password="Abcdefg1")
        await stage.press("enter")
        await stage.until(lambda: stage.says("#error"))
        assert "Traceback" not in stage.picture
        assert stage.says("#error").endswith(".")


async def test_a_database_that_cannot_be_used_ends_the_start_with_status_4(tmp_path: Path) -> None:
    (tmp_path / "games.db").write_bytes(b"this is no database" * 100)
    async with running(NimClient.embedded(tmp_path / "games.db")) as stage:
        await stage.until(lambda: not stage.app.is_running)
        assert stage.app.return_code == 4


WRONG = {
    "username": "must have 4 to 20 characters: letters A to Z, digits, _ and -",
    "password": "needs an upper case letter and a digit",
    "email": "must be an e-mail address like ana@example.com",
}


@pytest.mark.parametrize("screen", [RegisterScreen, LoginScreen])
@pytest.mark.parametrize("size", [(50, 16), *at_length((80, 24), (120, 40))])
async def test_every_hint_is_shown_whole(
    size: tuple[int, int], screen: type[RegisterScreen] | type[LoginScreen]
) -> None:
    async with running(size=size) as stage:
        await stage.app.push_screen(screen(FakeAccounts()))
        await stage.until(lambda: isinstance(stage.screen, screen) and stage.screen.is_mounted)
        await stage.until(lambda: "…" not in stage.picture)


@pytest.mark.parametrize("size", [(80, 24), (50, 16), (120, 40)])
async def test_what_is_wrong_can_be_read_to_its_end(size: tuple[int, int]) -> None:
    async with running(size=size) as stage:
        await stage.app.push_screen(RegisterScreen(FakeAccounts(BadRequest.of_fields(WRONG))))
        await stage.at("RegisterScreen")
        await fill_in(stage, username="a", password="abcdefgh", email="b")
        await stage.press("enter")
        await stage.until(lambda: stage.says("#error").strip())
        await stage.pilot.pause()
        for wire, problem in WRONG.items():
            field = next(one for one in stage.screen.query(Field) if one.spec.wire == wire)
            (note,) = (one for one in field.query(".note") if one.display and one.visible)
            lines = note.render_lines(Region(0, 0, *note.outer_size))
            seen = " ".join("".join(f" {line.text} " for line in lines).split())
            assert seen.endswith(problem)
        assert stage.screen.query_one("#register").region.bottom <= size[1]
