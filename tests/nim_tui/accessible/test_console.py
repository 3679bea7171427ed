"""Lines and answers: what waits for what."""

from __future__ import annotations

import asyncio

import pytest

from nim_tui.accessible.console import InputEnded, Typed
from tests.nim_tui.accessible.stage import console, transcript


async def test_a_line_that_is_being_typed_is_not_broken() -> None:
    at = console(interactive=True)
    typing = True
    at.partial = lambda: typing
    at.say("News: bob took 2 from heap c.")
    at.say("Heap c: 3.")
    assert transcript(at) == []
    typing = False
    at.release()
    at.release()
    assert transcript(at) == ["News: bob took 2 from heap c.", "Heap c: 3."]


async def test_prepared_answers_are_told_and_taken_one_by_one() -> None:
    at = console(["  bobby ", ""])
    assert await at.ask("Who?") == "bobby"
    assert await at.ask("Why?") == ""
    with pytest.raises(InputEnded):
        await at.ask("What?")
    assert transcript(at) == ["Who?", "Answer: bobby", "Why?", "Answer: empty", "What?"]


async def test_a_password_is_neither_told_nor_changed() -> None:
    at = console([" Passw0rd "])
    assert await at.ask("Password?", secret=True) == " Passw0rd "
    assert transcript(at) == ["Password?", "Answer: hidden"]


async def test_what_is_typed_at_a_terminal_is_not_told_again() -> None:
    at = console(interactive=True)
    at.typed("b3")
    assert await at.ask("Which move?") == "b3"
    assert transcript(at) == ["Which move?"]


async def test_a_prepared_move_waits_for_its_turn_and_a_change_goes_before_it() -> None:
    at = console(["b3"])
    waiting = asyncio.ensure_future(at.next(lambda line: False))
    await asyncio.sleep(0)
    assert not waiting.done()
    at.post("bob has moved")
    assert await waiting == "bob has moved"
    assert await at.next() == Typed("b3", heard=0)


@pytest.mark.parametrize(("answer", "agreed"), [("yes", True), ("Y", True), ("no", False)])
async def test_a_question_with_yes_or_no(answer: str, *, agreed: bool) -> None:
    at = console(["perhaps", answer])
    assert await at.confirm("Resign this game?") is agreed


async def test_nothing_that_is_printed_controls_the_terminal() -> None:
    at = console()
    at.say("bob\x1b]0;title\x07 took\u202e 2")
    assert transcript(at) == ["bob]0;title took 2"]
