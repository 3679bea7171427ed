"""One key works out one prompt: what enter does is what the pill has shown."""

from __future__ import annotations

import pytest

from nim_tui.matches import LiveMatch
from nim_tui.screens.board import session
from nim_tui.screens.board.prompt import MoveIntent, Prompt, prompt
from tests.nim_tui.screens.board.stage import FakeClient, at_board, clock, game


@pytest.mark.parametrize("asking", [False, True])
async def test_one_enter_works_out_its_prompt_once(
    asking: bool,  # noqa: FBT001 - a parameter of the test
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    intents: list[MoveIntent] = []

    def counted(match: LiveMatch, intent: MoveIntent) -> Prompt:
        intents.append(intent)
        return prompt(match, intent)

    monkeypatch.setattr(session, "prompt", counted)
    client = FakeClient(game())
    client.gate.clear()
    async with at_board(LiveMatch(client, client.game_now, now=clock), asking=asking) as stage:
        await stage.press("a", "up")
        intents.clear()
        await stage.press("enter")
        if asking:
            assert intents == [], "the question repeats the sentence that is shown"
            return
        assert [intent.sending for intent in intents] == [True]
        assert client.sent == [(0, 1, 3)]
        intents.clear()
        client.gate.set()
        await stage.until(lambda: stage.says("turn") == "◆ bob's turn")
        assert len(intents) == 1, "the answer is shown once, too"


async def test_an_enter_that_does_nothing_works_out_no_prompt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = FakeClient(game((1, 4)))
    async with at_board(LiveMatch(client, client.game_now, now=clock)) as stage:

        def never(match: LiveMatch, intent: MoveIntent) -> Prompt:
            raise AssertionError((match, intent))

        monkeypatch.setattr(session, "prompt", never)
        await stage.press("enter", "enter")
        monkeypatch.undo()
        assert client.sent == []
