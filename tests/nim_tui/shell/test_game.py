"""A game from the invitation to the rematch by subcommands alone, on each of the homes."""

from __future__ import annotations

import pytest

from backend.domain.nim import Board
from tests.nim_tui.shell.stage import Shell


@pytest.mark.timeout(240)  # about thirty processes, each of which imports boto3 on AWS
def test_a_whole_game(home: Shell) -> None:
    home.register("alice", "bobby")
    alice, bobby = home.as_player("alice"), home.as_player("bobby")
    made = alice.run("new", "BOBBY", "--heaps", "0,1,2", "--json").json
    game_id = made["gameId"]
    assert (made["user1"], made["user2"], made["turn"]) == ("alice", "bobby", "bobby")
    assert made["start"] == [0, 1, 2]
    assert bobby.run("games", "--json").json["games"][0]["gameId"] == game_id
    assert bobby.run("wait", "--json").json["gameId"] == game_id

    heaps, mover, other = (0, 1, 2), bobby, alice
    while any(heaps):
        best = Board(heaps).best_move()
        take = str(heaps[best.heap - 1] - best.left)
        # A beginning of the id, and options on either side of the subcommand.
        game = mover.run("--json", "move", game_id[:6], "abc"[best.heap - 1], take).json
        assert game["version"] == len(game["moves"])
        heaps = (game["heap1"], game["heap2"], game["heap3"])
        mover, other = other, mover

    assert not any(heaps)
    assert alice.run("show", game_id, "--json").json == game
    assert alice.run("wait", game_id, "--json").json == game, "over: nothing to wait for"
    assert alice.run("games", "--json").json == {"games": []}
    assert alice.run("games", "--done", "--json").json == {"games": [game]}
    assert alice.run("move", game_id, "a1", "--json").error == (1, "game_over")
    review = alice.run("review", game_id[:8], "--json").json
    assert (review["gameId"], review["rule"]) == (game_id, "misere")
    assert len(review["moves"]) == len(game["moves"])
    assert set(review["moves"][0]) == {
        *("user", "heap", "take", "left", "heaps", "verdict", "better"),
    }
    assert review["moves"][0]["user"] == "bobby"
    assert review["moves"][-1]["heaps"] == [0, 0, 0]

    _what_else_ends_a_game(alice, bobby, game_id)


def _what_else_ends_a_game(alice: Shell, bobby: Shell, game_id: str) -> None:
    again = alice.run("rematch", game_id, "--json").json
    assert (again["user1"], again["user2"]) == ("bobby", "alice")
    assert bobby.run("rematch", game_id, "--json").json["gameId"] == again["gameId"]
    assert bobby.run("resign", again["gameId"], "--json").json["winner"] == "alice"
    third = alice.run("new", "bobby", "--rule", "normal", "--days", "3", "--json").json
    assert third["deadline"]
    assert alice.run("claim", third["gameId"], "--json").error == (1, "not_expired")
    declined = bobby.run("decline", third["gameId"], "--json").json
    assert (declined["state"], declined["endedBy"]) == ("done", "decline")


def test_a_review_says_what_was_better(players: tuple[Shell, Shell]) -> None:
    alice, bobby = players
    game_id = alice.run("new", "bobby", "--heaps", "1,1,2", "--json").json["gameId"]
    bobby.run("move", game_id, "a1")
    alice.run("move", game_id, "c2")
    bobby.run("move", game_id, "b1")
    assert alice.run("review", game_id, "--json").json["moves"] == [
        {"user": "bobby", "heap": "heap1", "take": 1, "left": 0, "heaps": [0, 1, 2],
         "verdict": "slip", "better": {"heap": "heap3", "take": 1}},
        {"user": "alice", "heap": "heap3", "take": 2, "left": 0, "heaps": [0, 1, 0],
         "verdict": "good", "better": None},
        {"user": "bobby", "heap": "heap2", "take": 1, "left": 0, "heaps": [0, 0, 0],
         "verdict": "lost", "better": None},
    ]  # fmt: skip


def test_a_move_that_is_sent_again_counts_once(players: tuple[Shell, Shell]) -> None:
    alice, bobby = players
    game_id = alice.run("new", "bobby", "--json").json["gameId"]
    first = bobby.run("move", game_id, "b3", "--version", "0", "--json").json
    assert bobby.run("move", game_id, "b", "3", "--json").error == (1, "not_your_turn")
    assert bobby.run("move", game_id, "b3", "--version", "0", "--json").json == first
    alice.run("move", game_id, "2", "1")
    again = bobby.run("move", game_id, "b3", "--version", "0", "--json").json
    assert [move["left"] for move in again["moves"]] == [1, 0]
    assert bobby.run("move", game_id, "c1", "--version", "1", "--json").error == (1, "stale")
    assert bobby.run("move", game_id, "c1", "--version", "9", "--json").error == (1, "stale")
