"""The account's card over the games: real accounts on a file, and what each row does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from textual.widgets import Input, OptionList

from backend.domain.errors import NimError, RecoveryOff, WrongCode
from backend.domain.people import NoticesBy
from nim_tui.client import NimClient
from nim_tui.client.models import AccountProfile
from nim_tui.config.export import save_export
from nim_tui.screens.account.account import AccountScreen
from nim_tui.screens.account.login import LoginScreen
from nim_tui.screens.account.register import RegisterScreen
from nim_tui.tokens import MemoryVault
from nim_tui.widgets.radio import Radio
from tests.nim_tui.fakes import FakeAccount
from tests.nim_tui.screens.account.test_forms import FakeAccounts
from tests.nim_tui.screens.stage import Stage, fill_in, running
from tests.nim_tui.screens.test_ids import SIZES, assert_ids

PASSWORD, NEW = "Password1", "Password2"


@asynccontextmanager
async def at_account(path: Path, vault: MemoryVault | None = None) -> AsyncIterator[Stage]:
    """Anna at her account, on a file of her own."""
    client = NimClient.embedded(path)
    await client.register("anna", PASSWORD, "anna@example.com", "+15555550101")
    async with running(client, vault=vault or MemoryVault()) as stage:
        await stage.press("s")
        await stage.at("LoginScreen")
        await fill_in(stage, username="anna", password=PASSWORD)
        await stage.press("enter")
        await stage.at("GamesScreen")
        await stage.click("#who")
        await stage.at("AccountScreen")
        await stage.until(lambda: stage.screen.query_one(OptionList).option_count > 0)
        yield stage


async def choose(stage: Stage, action: str) -> None:
    """Open the form of a row by its keys."""
    actions = stage.screen.query_one("#actions", OptionList)
    actions.highlighted = actions.get_option_index(action)
    await stage.press("enter")
    await stage.at("FormCard")


async def fill(stage: Stage, **values: str) -> None:
    for name, value in values.items():
        stage.screen.query_one(f"#{name.replace('_', '-')}", Input).value = value
    await stage.press("enter")


async def test_addresses_and_notices_are_changed(tmp_path: Path) -> None:
    async with at_account(tmp_path / "games.db") as stage:
        assert "anna@example.com (not confirmed)" in stage.picture
        await choose(stage, "email")
        await fill(stage, email="other@example.com", password="Password9")
        await stage.until(lambda: "password is wrong" in stage.says("#error"))
        await fill(stage, password=PASSWORD)
        await stage.at("AccountScreen")
        await stage.until(lambda: "other@example.com" in stage.picture)
        await choose(stage, "phone")
        await fill(stage, phone="", password=PASSWORD)
        await stage.at("AccountScreen")
        await stage.until(lambda: "Your phone number is saved" in stage.says("#status"))
        await choose(stage, "topic")
        await fill(stage, topic="a/b")
        await stage.until(lambda: "slashes" in stage.says("#error"))
        await fill(stage, topic="annas-turns")
        await stage.at("AccountScreen")
        notices = stage.screen.query_one("#notices", Radio)
        notices.focus()
        await stage.press("right", "right", "right", "left")
        assert notices.value == "ntfy"
        await stage.until(lambda: cast("AccountScreen", stage.screen)._asking == 0)
        await stage.until(lambda: "cannot be sent this way" in stage.says("#status"))
        profile = await stage.app._client.account.show()
        assert (profile.phone, profile.notices) == (None, "ntfy")
        assert profile.ntfy_topic == "annas-turns"


class SlowAccount(FakeAccount):
    """Changes when the test lets it."""

    def __init__(self, profile: AccountProfile) -> None:
        super().__init__(profile)
        self.gate = asyncio.Event()
        self.changes: list[Any] = []

    async def change(self, **change: Any) -> AccountProfile:
        await self.gate.wait()
        self.changes.append(change)
        return await super().change(**change)


async def test_the_last_choice_counts_however_late_the_answers_come() -> None:
    account = SlowAccount(AccountProfile("anna", None, "+15555550101", "sms"))
    async with running() as stage:
        await stage.app.push_screen(card(account))
        await stage.at("AccountScreen")
        await stage.until(lambda: "A text message" in stage.says("#status"))
        stage.screen.query_one("#notices").focus()
        await stage.press("right", "left")
        account.gate.set()
        await stage.until(lambda: len(account.changes) == 2)
        assert account.profile.notices == "sms"
        assert stage.screen.query_one("#notices", Radio).value == "sms"


async def test_a_code_is_typed_where_an_address_waits_for_one(tmp_path: Path) -> None:
    async with at_account(tmp_path / "games.db") as stage:
        await choose(stage, "code-email")
        await fill(stage, code="12345678")
        await stage.until(lambda: "wrong or has expired" in stage.says("#error"))
        await stage.press("escape")
        await stage.at("AccountScreen")


async def test_a_changed_password_keeps_this_session(tmp_path: Path) -> None:
    vault = MemoryVault()
    async with at_account(tmp_path / "games.db", vault) as stage:
        await choose(stage, "password")
        await fill(stage, password=PASSWORD, new_password="weak")
        await stage.until(lambda: "New password must have" in stage.says("#error"))
        await fill(stage, new_password=NEW)
        await stage.at("AccountScreen")
        await stage.until(lambda: "every other session has ended" in stage.says("#status"))
        place, token = stage.app._client.place, stage.app._client.refresh_token
        await stage.until(lambda: vault.load(place, "anna") == token)


async def test_deleting_asks_says_what_happens_and_leads_to_the_start(tmp_path: Path) -> None:
    vault = MemoryVault()
    async with at_account(tmp_path / "games.db", vault) as stage:
        await choose(stage, "delete")
        assert "open games end as resigned" in stage.picture
        await fill(stage, password="Password9")
        await stage.until(lambda: "password is wrong" in stage.says("#error"))
        await stage.press("escape")
        await stage.at("AccountScreen")
        await choose(stage, "delete")
        await fill(stage, password=PASSWORD)
        await stage.at("WelcomeScreen")
        assert vault.names(stage.app._client.place) == []


async def test_an_export_is_saved_for_its_owner(tmp_path: Path) -> None:
    async with at_account(tmp_path / "games.db") as stage:
        actions = stage.screen.query_one("#actions", OptionList)
        actions.highlighted = actions.get_option_index("export")
        await stage.press("enter")
        path = Path.home() / "nim-anna.json"
        await stage.until(path.exists)
        assert json.loads(path.read_text())["account"]["username"] == "anna"
        assert path.stat().st_mode & 0o077 == 0


def test_a_browser_gets_no_file() -> None:
    assert "nim-tui account export" in save_export("anna", {}, allowed=False)
    assert not list(Path.home().glob("nim-*"))


async def test_a_forgotten_password_is_replaced_and_used() -> None:
    accounts = FakeAccounts()
    async with running() as stage:
        await stage.app.push_screen(LoginScreen(accounts))
        await stage.at("LoginScreen")
        await fill_in(stage, username="anna")
        await stage.click("#to-forgot")
        await stage.at("FormCard")
        assert stage.screen.query_one("#forgotten", Input).value == "anna"
        await stage.press("enter")
        await stage.until(lambda: "on its way" in stage.picture)
        accounts.errors = [WrongCode()]
        await fill(stage, code="1", new_password=NEW)
        await stage.until(lambda: "wrong or has expired" in stage.says("#error"))
        await fill(stage, code="12345678")
        await stage.until(lambda: accounts.asked[-1] == ("anna", NEW, None))
    assert accounts.asked[0] == ("forgot", "anna")
    assert accounts.asked[2] == ("reset", "anna", "12345678", NEW)


async def test_where_nothing_sends_codes_that_is_said() -> None:
    async with running() as stage:
        await stage.app.push_screen(LoginScreen(FakeAccounts(RecoveryOff())))
        await stage.at("LoginScreen")
        await stage.press("f3")
        await stage.at("FormCard")
        await fill(stage, forgotten="anna")
        await stage.until(lambda: "cannot send codes" in stage.says("#error"))


@pytest.mark.parametrize("optional", [True, False], ids=["sqlite", "dynamodb"])
async def test_what_may_be_left_out_is_marked(*, optional: bool) -> None:
    accounts = FakeAccounts()
    accounts.optional = optional
    async with running() as stage:
        await stage.app.push_screen(RegisterScreen(accounts))
        await stage.at("RegisterScreen")
        await stage.until(lambda: ("optional" in stage.picture) is optional)
        await fill_in(stage, username="anna", password=PASSWORD)
        await stage.click("#register")
        if optional:
            await stage.until(lambda: accounts.asked[:1] == [("anna", PASSWORD, None, None, None)])
        else:
            await stage.until(lambda: "E-mail is required" in stage.says("#error"))


def card(account: FakeAccount) -> AccountScreen:
    async def delete(_: str) -> None:
        """Nothing is deleted."""

    def save(_: Mapping[str, Any]) -> str:
        return "saved"

    return AccountScreen(account, delete=delete, save=save)


@SIZES
async def test_everything_fits_and_hostile_text_is_harmless(size: tuple[int, int]) -> None:
    profile = AccountProfile(
        "anna",
        "[/red]" + "x" * 300 + "@example.com\x1b]0;title\x07",
        "+15555550101",
        "sms",
        ntfy_topic="[@click=app.quit]x[/]",
    )
    async with running(size=size) as stage:
        await stage.app.push_screen(card(FakeAccount(profile)))
        await stage.at("AccountScreen")
        await stage.until(lambda: "[/red]xxx" in stage.picture)
        await assert_ids(stage, "actions", "notices", "status")
        for action in ("email", "delete"):
            await choose(stage, action)
            await assert_ids(stage, "password", "done", "cancel", "error")
            await stage.press("escape")
            await stage.at("AccountScreen")


async def test_a_backend_that_is_away_is_said(tmp_path: Path) -> None:
    async with running() as stage:
        error = NimError("The backend cannot be reached. Try again in a moment.")
        await stage.app.push_screen(
            card(FakeAccount(AccountProfile("a", None, None, "sms"), error))
        )
        await stage.at("AccountScreen")
        await stage.until(lambda: "cannot be reached" in stage.says("#status"))
        await stage.press("enter")
        assert stage.name == "AccountScreen"


async def test_a_way_without_an_address_tells_nobody(tmp_path: Path) -> None:
    async with at_account(tmp_path / "games.db") as stage:
        account = stage.app._client.account
        assert "A text message tells you" in stage.says("#status")
        await account.change(phone="", email="", password=PASSWORD)
        for notices, lacks in (
            ("sms", "phone number"),
            ("email", "e-mail"),
            ("ntfy", "ntfy topic"),
        ):
            await account.change(notices=cast("NoticesBy", notices))
            await stage.press("escape")
            await stage.at("GamesScreen")
            await stage.press("a")
            await stage.at("AccountScreen")
            words = f"Nobody tells you when it is your turn: your account has no {lacks}"
            await stage.until(partial(lambda words: words in stage.says("#status"), words))
