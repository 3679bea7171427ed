"""The player's open invitations: shown again, withdrawn, and what is said instead."""

from __future__ import annotations

import pytest
from textual.widgets import OptionList

from backend.domain.errors import InvitationTaken, NotSignedIn, Unavailable
from nim_tui.screens.games.invitations import NONE_OPEN
from tests.nim_tui.fakes import FakeClient, FakeInvitations, make_invitation
from tests.nim_tui.screens.stage import at_games

FIRST, SECOND = "k3v9x-2ma4q", "w7d4h-9cn3s"


def fake() -> FakeClient:
    mine = [make_invitation(), make_invitation(code=SECOND, heaps=(1, 2, 3))]
    return FakeClient(invitations=FakeInvitations(open=mine))


@pytest.mark.parametrize("size", [(80, 24), (50, 16)])
async def test_one_is_shown_again(size: tuple[int, int]) -> None:
    async with at_games(fake(), size=size) as stage:
        await stage.press("c")
        await stage.at("InvitationsScreen")
        await stage.until(lambda: f"{SECOND}  1 2 3   14 d" in stage.picture)
        assert f"{FIRST}  5 4 5   14 d" in stage.picture
        await stage.press("down", "enter")
        await stage.at("InvitationScreen")
        await stage.press("escape")
        await stage.at("GamesScreen")


async def test_one_is_withdrawn_after_a_question() -> None:
    client = fake()
    async with at_games(client) as stage:
        await stage.press("c")
        await stage.at("InvitationsScreen")
        await stage.until(lambda: stage.screen.query_one(OptionList).option_count == 2)
        await stage.press("x", "n")
        await stage.at("InvitationsScreen")
        await stage.press("x", "y")
        await stage.until(lambda: [one.code for one in client.invitations.open] == [SECOND])
        await stage.until(lambda: FIRST not in stage.picture)
        await stage.press("x", "y")
        await stage.until(lambda: NONE_OPEN[:30] in stage.says("#note"))
        await stage.press("x", "enter")
        assert stage.name == "InvitationsScreen"


async def test_a_refusal_is_said() -> None:
    client = fake()
    client.invitations.fail = Unavailable()
    async with at_games(client) as stage:
        await stage.press("c")
        await stage.until(lambda: "cannot answer right now" in stage.says("#note"))
        await stage.press("escape")
        await stage.at("GamesScreen")
        client.invitations.fail = None
        await stage.press("c")
        await stage.at("InvitationsScreen")
        await stage.until(lambda: stage.screen.query_one(OptionList).option_count == 2)
        client.invitations.fail = InvitationTaken()
        await stage.press("x", "y")
        await stage.until(lambda: "Somebody else has taken" in stage.says("#note"))


async def test_an_ended_session_leads_to_the_sign_in() -> None:
    client = fake()
    client.invitations.fail = NotSignedIn()
    async with at_games(client) as stage:
        await stage.press("c")
        await stage.at("LoginScreen")
