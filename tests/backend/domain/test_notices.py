"""Which change owes which notices, to whom, and in which words."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given

from backend.domain.game import Game
from backend.domain.notices import Kind, Notice, owed, words
from tests.backend.samples import START, games, new_game, played

ID = new_game().game_id


def notices_of(game: Game) -> list[tuple[str, str, str]]:
    """Recipient, kind and cause of each notice."""
    return [(notice.to, notice.kind, notice.by) for notice in owed(game)]


def test_each_change_tells_those_whom_it_concerns() -> None:
    game = new_game()
    assert notices_of(game) == [("Bert", "invite", "Anna")]
    assert notices_of(played(game, (1, 0))) == [("Anna", "your_turn", "Bert")]
    assert notices_of(played(game, (1, 0), (2, 0))) == [("Bert", "your_turn", "Anna")]
    over = played(game, (1, 0), (2, 0), (3, 0))
    assert notices_of(over) == [("Anna", "won", "Bert"), ("Bert", "lost", "Anna")]
    assert notices_of(game.ended("decline", None, START)) == [("Anna", "declined", "Bert")]
    resigned = game.ended("resign", "Bert", START)
    assert notices_of(resigned) == [("Bert", "won", "Anna"), ("Anna", "lost", "Bert")]
    claimed = played(game, (1, 0)).ended("timeout", "Bert", START)
    assert notices_of(claimed) == [("Bert", "won", "Anna"), ("Anna", "lost", "Bert")]


@pytest.mark.parametrize(("asker", "asked"), [("Anna", "Bert"), ("Bert", "Anna")])
def test_a_rematch_and_its_refusal_are_told_to_the_right_player(asker: str, asked: str) -> None:
    game = new_game(rematch_of="another2another2", rematch_by=asker)
    assert notices_of(game) == [(asked, "rematch", asker)]
    assert owed(game)[0].actor == asker
    declined = game.ended("decline", None, START)
    assert notices_of(declined) == [(asker, "rematch_declined", asked)]
    assert owed(declined)[0].actor == asked


@given(games())
def test_a_version_owes_each_person_at_most_one_notice(game: Game) -> None:
    notices = owed(game)
    assert notices
    assert len({notice.to for notice in notices}) == len(notices)
    for notice in notices:
        assert (notice.game_id, notice.version) == (game.game_id, game.version)
        assert {notice.to, notice.by} == {game.user1, game.user2}


@given(games())
def test_the_words_say_who_and_which_game_and_fit_one_text(game: Game) -> None:
    for notice in owed(game):
        text = words(notice)
        assert notice.by in text
        assert notice.game_id in text
        # The GSM alphabet's length of one text message.
        assert text.isascii()
        assert len(text) <= 160


def test_the_longest_names_fit_too_and_make_no_link() -> None:
    for kind in get_args(Kind):
        text = words(Notice(ID, 0, "B" * 20, kind, "A" * 20))
        assert len(text) <= 160
        assert "http" not in text
        assert "/" not in text


def test_a_name_that_is_not_plain_stays_out_of_a_text() -> None:
    text = words(Notice(ID, 0, "Anna", "invite", "{game}{by.__class__}"))
    assert text.startswith("your opponent invites you")
