"""From a code to its board: what is shown, what is refused, and who registers first."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from backend.domain.errors import InvitationTaken, RegistrationClosed
from nim_tui.client import NimClient
from nim_tui.client.errors import Unreachable
from nim_tui.screens.account.register import RegisterScreen
from nim_tui.screens.board.screen import BoardScreen
from nim_tui.screens.code import CodeChosen, CodeScreen
from tests.nim_tui.fakes import FakeClient, make_invitation
from tests.nim_tui.screens.account.test_forms import FakeAccounts
from tests.nim_tui.screens.stage import Stage, fill_in, running

CODE = "k3v9x-2ma4q"


async def open_card(stage: Stage, client: FakeClient, *, signed_in: bool = False) -> list[Any]:
    """The card on top; the list gets what it closes with."""
    results: list[Any] = []
    await stage.app.push_screen(CodeScreen(client, signed_in=signed_in), results.append)
    await stage.at("CodeScreen")
    return results


async def type_code(stage: Stage, text: str) -> None:
    stage.screen.query_one("#code", Input).value = text
    await stage.press("enter")


def says(stage: Stage, words: str) -> bool:
    """Whether the line of errors says this, however it is wrapped."""
    return words in stage.says("#error").replace("\n", " ")


@pytest.mark.parametrize("size", [(80, 24), (50, 16)])
async def test_a_code_shows_who_invites_to_what_and_then_leads_on(size: tuple[int, int]) -> None:
    client = FakeClient()
    client.invitations.offered[CODE] = make_invitation("bob", heaps=(1, 2, 3), days_per_move=2)
    async with running(size=size) as stage:
        results = await open_card(stage, client)
        await type_code(stage, "K3V9X2MA4Q")
        await stage.until(lambda: "bob invites you" in stage.says("#offer"))
        offer = stage.says("#offer").replace("\n", " ")
        assert "1, 2, 3, last object loses, 2 days a move. You move first." in offer
        await stage.click("#join")
        await stage.until(lambda: results == [CodeChosen(CODE, has_account=False)])
        results = await open_card(stage, client)
        await type_code(stage, CODE)
        await stage.until(lambda: "bob invites you" in stage.says("#offer"))
        await stage.click("#sign-in")
        await stage.until(lambda: results == [CodeChosen(CODE, has_account=True)])


async def test_each_bad_code_has_its_own_sentence() -> None:
    client = FakeClient(place="https://nim.example.com")
    client.invitations.offered[CODE] = InvitationTaken()
    client.invitations.offered["22222-22222"] = Unreachable()
    sentences = set()
    async with running() as stage:
        await open_card(stage, client)
        for typed, words in (
            ("", "Type the code"),
            ("k3v9x-2ma4o", "10 letters and digits"),
            ("33333-33333", "There is no such invitation"),
            (CODE, "has taken this invitation"),
            ("22222-22222", "cannot be reached"),
            (f"nim-tui join https://other.example.com/{CODE}", "at https://other.example.com"),
        ):
            await type_code(stage, typed)
            await stage.until(partial(says, stage, words), typed)
            sentences.add(stage.says("#error"))
            assert stage.says("#offer") == ""
        assert len(sentences) == 6


async def test_the_line_of_this_server_is_a_code_like_any_other() -> None:
    client = FakeClient(place="https://nim.example.com")
    client.invitations.offered[CODE] = make_invitation("bob")
    async with running() as stage:
        await open_card(stage, client, signed_in=True)
        await type_code(stage, f"nim-tui join https://nim.example.com/{CODE}")
        await stage.until(lambda: "bob invites you" in stage.says("#offer"))
        assert stage.says("#join").strip("[ ]") == "Join"
        stage.screen.query_one("#code", Input).value = ""
        await stage.until(lambda: stage.says("#offer") == "", "another code, another offer")


async def test_a_newcomer_registers_and_is_on_the_board(tmp_path: Path) -> None:
    anna = NimClient.embedded(tmp_path / "games.db")
    await anna.register("anna", "Passw0rd")
    await anna.sign_in("anna", "Passw0rd")
    code = (await anna.invitations.make(heaps=(1, 2, 3))).code
    async with running(NimClient.embedded(tmp_path / "games.db")) as stage:
        await stage.press("i")
        await stage.at("CodeScreen")
        await type_code(stage, code)
        await stage.until(lambda: "anna invites you" in stage.says("#offer"))
        await stage.press("enter")
        await stage.at("RegisterScreen")
        await fill_in(stage, username="bert", password="Passw0rd", email="b@example.com")
        await stage.click("#register")
        await stage.at("BoardScreen")
        assert isinstance(stage.screen, BoardScreen)
        assert (stage.screen.game.user1, stage.screen.game.turn) == ("anna", "bert")
        await stage.press("escape")
        await stage.at("GamesScreen")
    await anna.close()


async def test_leaving_the_form_forgets_the_code(tmp_path: Path) -> None:
    async with running(NimClient.embedded(tmp_path / "games.db")) as stage:
        stage.app._chose_code(CodeChosen(CODE, has_account=False))
        await stage.at("RegisterScreen")
        await stage.press("escape")
        await stage.at("WelcomeScreen")
        assert stage.app._code is None


async def test_the_form_registers_with_the_code() -> None:
    """It may open a closed registration."""
    accounts = FakeAccounts(RegistrationClosed())
    async with running() as stage:
        await stage.app.push_screen(RegisterScreen(accounts, CODE))
        await fill_in(stage, username="bert", password="Passw0rd", email="b@example.com")
        await stage.press("enter")
        await stage.until(lambda: "Registration is closed" in stage.says("#error"))
        assert accounts.asked[0][-1] == CODE
