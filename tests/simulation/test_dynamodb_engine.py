"""The model of DynamoDB's engine: what the documentation says, and what another engine does."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.simulation.dynamodb_engine import Engine, EngineError, Weather
from tests.simulation.expressions import Expression, ExpressionError, Item

KEY = {"gameId": {"S": "2222"}}


def engine(**weather: Any) -> Engine:
    clock = [0.0]

    def now() -> float:
        clock[0] += 0.001
        return clock[0]

    calm = {"unprocessed": 0.0, "stale_reads": 0.0, "index_lag": (0.0, 0.0), **weather}
    return Engine(now, random.Random(1), Weather(**calm))


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("heap1 > :one", True),
        ("heap1 > :two", False),
        ("missing > :one", False),
        ("missing <> :one", True),
        ("missing = :one", False),
        ("word > :one", False),
        ("attribute_not_exists(missing) AND NOT attribute_not_exists(heap1)", True),
        ("(heap1 = :one OR heap1 = :two) AND word = :word", True),
        ("heap1 = :two OR heap1 = :one AND word = :one", True),
        ("begins_with(word, :w)", True),
        ("heap1 BETWEEN :one AND :two AND #w = :word", True),
    ],
)
def test_conditions(condition: str, *, holds: bool) -> None:
    item = {"heap1": {"N": "2"}, "word": {"S": "word"}}
    values = {
        ":one": {"N": "1"},
        ":two": {"N": "2"},
        ":word": {"S": "word"},
        ":w": {"S": "wo"},
    }
    assert Expression(condition, item, {"#w": "word"}, values).holds() is holds


def test_an_update_reads_the_item_as_it_was() -> None:
    item: Item = {"heap1": {"N": "2"}, "moves": {"L": [{"S": "a"}]}}
    values: Item = {":one": {"N": "1"}, ":zero": {"N": "0"}, ":made": {"L": [{"S": "b"}]}}
    update = (
        "SET heap1 = heap1 - :one, rest = heap1 + :one, moves = list_append(moves, :made),"
        " version = if_not_exists(version, :zero) + :one REMOVE gone"
    )
    after = Expression(update, {**item, "gone": {"S": "x"}}, {}, values).updated()
    assert after == {
        "heap1": {"N": "1"},
        "rest": {"N": "3"},
        "moves": {"L": [{"S": "a"}, {"S": "b"}]},
        "version": {"N": "1"},
    }


@pytest.mark.parametrize("text", ["SET a = size(b)", "DELETE a :one", "SET a = b +", "SET a = ?"])
def test_what_is_not_modelled_is_an_error(text: str) -> None:
    with pytest.raises((ExpressionError, KeyError)):
        Expression(text, {"b": {"N": "1"}}, {}, {":one": {"N": "1"}}).updated()


def test_a_refused_write_hands_the_item_back_only_when_asked() -> None:
    table = engine()
    table.request("PutItem", {"Item": {**KEY, "a": {"N": "1"}}})
    again = {"Item": KEY, "ConditionExpression": "attribute_not_exists(gameId)"}
    with pytest.raises(EngineError) as refused:
        table.request("PutItem", again)
    assert refused.value.item is None
    with pytest.raises(EngineError) as refused:
        table.request("PutItem", {**again, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"})
    assert refused.value.item == {**KEY, "a": {"N": "1"}}


def test_only_a_consistent_read_is_sure_to_see_the_last_write() -> None:
    table = engine(stale_reads=1.0)
    table.request("PutItem", {"Item": KEY})
    assert table.request("GetItem", {"Key": KEY}) == {}
    assert table.request("GetItem", {"Key": KEY, "ConsistentRead": True}) == {"Item": KEY}


def test_an_index_lags_and_catches_up() -> None:
    table = engine(index_lag=(0.05, 0.05))
    item = {**KEY, "user1": {"S": "anna"}, "state": {"S": "open#1"}}
    table.request("PutItem", {"Item": item})
    query = {
        "IndexName": "user1-state",
        "KeyConditionExpression": "user1 = :user AND begins_with(#state, :open)",
        "ExpressionAttributeNames": {"#state": "state"},
        "ExpressionAttributeValues": {":user": {"S": "anna"}, ":open": {"S": "open#"}},
    }
    assert table.request("Query", query)["Count"] == 0
    for _ in range(100):
        table.clock()
    assert table.request("Query", query)["Items"] == [item]


def test_unprocessed_keys_can_be_asked_for_again() -> None:
    table = engine(unprocessed=0.5)
    for number in range(20):
        table.request("PutItem", {"Item": {"gameId": {"S": str(number)}}})
    keys = [{"gameId": {"S": str(number)}} for number in range(20)]
    wanted: Any = {"games": {"Keys": keys, "ConsistentRead": True}}
    found: list[str] = []
    for _ in range(50):
        answer = table.request("BatchGetItem", {"RequestItems": wanted})
        found += [item["gameId"]["S"] for item in answer["Responses"]["games"]]
        wanted = answer["UnprocessedKeys"]
        if not wanted:
            break
    assert sorted(found, key=int) == [str(number) for number in range(20)]
