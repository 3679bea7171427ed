"""Every response that is not a success becomes an error that says what to do."""

from __future__ import annotations

import json
import ssl
from functools import partial
from typing import Any

import httpx
import pytest

from backend.domain.errors import (
    BY_CODE,
    BadRequest,
    NimError,
    NotYourTurn,
    TooLarge,
    TooManyRequests,
    Unavailable,
    WrongPassword,
)
from nim_tui.client import Unreachable
from nim_tui.client.http import MOST_BYTES
from tests.nim_tui.client.fakes import GAME, client_of, error, signed_in


@pytest.mark.parametrize("code", sorted(BY_CODE))
async def test_a_code_becomes_its_error(code: str) -> None:
    status = 401 if code == "wrong_password" else 409
    client = await signed_in(lambda _: error(status, code, "Do this next."))
    with pytest.raises(BY_CODE[code]) as caught:
        await client.account.show() if code != "not_signed_in" else await client.account.change()
    assert caught.value.message == "Do this next."
    assert type(caught.value) is BY_CODE[code]


async def test_a_refused_move_brings_the_board() -> None:
    board = GAME | {"heap1": 2, "version": 1, "lastMoveBy": "bert", "turn": "anna"}
    client = await signed_in(lambda _: error(409, "not_your_turn", game=board))
    with pytest.raises(NotYourTurn) as caught:
        await client.resign("g2345678")
    assert caught.value.game is not None
    assert caught.value.game.heaps == (2, 4, 5)
    assert caught.value.game.version == 1


async def test_faulty_fields_are_named() -> None:
    client = client_of(lambda _: error(400, "bad_request", fields={"email": "is not one."}))
    with pytest.raises(BadRequest) as caught:
        await client.register("anna", "Passw0rd1", "x")
    assert caught.value.fields == {"email": "is not one."}


async def test_a_message_from_outside_is_cleaned() -> None:
    evil = "\x1b]0;owned\x07Try\n\u202eagain" + "!" * 5000
    client = client_of(lambda _: error(400, "bad_request", evil))
    with pytest.raises(BadRequest) as caught:
        await client.register("anna", "Passw0rd1", "x@y.example")
    message = caught.value.message
    assert message.isprintable()
    assert len(message) <= 300


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequest),
        (
            401,
            Unreachable,
        ),  # renewing fails in the same way, and the backend itself did not refuse the token
        (403, Unreachable),
        (404, Unreachable),
        (405, Unreachable),
        (413, TooLarge),
        (418, Unreachable),
        (429, TooManyRequests),
        (500, Unavailable),
        (502, Unavailable),
        (503, Unavailable),
        (504, Unavailable),
    ],
)
@pytest.mark.parametrize("body", [b"", b"<html>Oops</html>", b'{"message":"Forbidden"}', b"[1,2]"])
async def test_a_gateway_without_codes(status: int, kind: type[NimError], body: bytes) -> None:
    client = await signed_in(lambda _: httpx.Response(status, content=body))
    with pytest.raises(kind) as caught:
        await client.games()
    assert type(caught.value) is kind
    assert "Oops" not in caught.value.message


async def test_retry_after_is_passed_on_and_bounded() -> None:
    for sent, expected in (("7", 7.0), ("999999999", 3600.0), ("soon", None), ("-1", None)):
        answer = httpx.Response(503, headers={"retry-after": sent})
        client = await signed_in(partial(lambda answer, _: answer, answer))
        with pytest.raises(Unavailable) as caught:
            await client.account.show()
        assert caught.value.retry_after == expected


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html><html></html>",
        b"null",
        b"[]",
        b'"game"',
        b"\xff\xfe",
        b'{"gameId": "g2345678"',
        b"[" * 100_000,
        json.dumps(GAME | {"heap1": "5"}).encode(),
        json.dumps(GAME | {"heap1": 2.5}).encode(),
        json.dumps(GAME | {"heap1": -1}).encode(),
        json.dumps(GAME | {"heap1": 10**12, "start": [10**12, 4, 5]}).encode(),
        json.dumps(GAME | {"heap1": 9}).encode(),
        json.dumps(GAME | {"version": "zero"}).encode(),
        json.dumps(GAME | {"version": -1}).encode(),
        json.dumps(GAME | {"winner": "mallory"}).encode(),
        json.dumps(GAME | {"createdAt": "2026-11-22T10:00:00"}).encode(),
        json.dumps(GAME | {"waitingSince": "9999-12-31T23:59:59Z", "daysPerMove": 14}).encode(),
        json.dumps(GAME | {"moves": [{"user": "bert", "heap": "heap9", "left": 1}]}).encode(),
        json.dumps({"gameId": 1, "user1": "a"}).encode(),
    ],
)
async def test_a_body_that_is_not_a_game(body: bytes) -> None:
    client = await signed_in(lambda _: httpx.Response(200, content=body))
    with pytest.raises(Unreachable, match="not as a Nim backend"):
        await client.game("g2345678")


@pytest.mark.parametrize("body", [b"{}", b'{"games": {}}', b'{"games": [1], "cursor": null}'])
async def test_a_body_that_is_not_a_list(body: bytes) -> None:
    client = await signed_in(lambda _: httpx.Response(200, content=body))
    with pytest.raises(Unreachable):
        await client.games()


@pytest.mark.parametrize("bad", ["", "a b", "a\r\nx: y", "é", 7, None])
async def test_a_token_that_does_not_fit_into_a_header(bad: Any) -> None:
    client = client_of(lambda _: httpx.Response(200, json={"idToken": bad, "refreshToken": "r"}))
    with pytest.raises(Unreachable):
        await client.sign_in("bert", "Passw0rd1")
    assert client.username is None


async def test_a_gateways_401_at_sign_in_is_a_wrong_password() -> None:
    client = client_of(lambda _: httpx.Response(401, json={"message": "Unauthorized"}))
    with pytest.raises(WrongPassword):
        await client.sign_in("bert", "Passw0rd1")


async def test_redirects_are_reported_and_not_followed() -> None:
    seen = []

    def elsewhere(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.path)
        return httpx.Response(302, headers={"location": "https://new.example/login?token=abc"})

    with pytest.raises(Unreachable, match=r"https://new\.example\.") as caught:
        await client_of(elsewhere).sign_in("bert", "Passw0rd1")
    assert seen == ["/login"]
    assert "token=abc" not in caught.value.message


@pytest.mark.parametrize("location", ["", "/x", "javascript:1", "https://[", "http://a\x1b]0;b/"])
async def test_an_odd_redirect_is_still_one_sentence(location: str) -> None:
    client = client_of(lambda _: httpx.Response(301, headers={"location": location}))
    with pytest.raises(Unreachable) as caught:
        await client.sign_in("bert", "Passw0rd1")
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (httpx.ConnectError("refused"), "cannot be reached"),
        (httpx.ReadError("reset"), "was lost"),
        (httpx.RemoteProtocolError("garbage"), "was lost"),
        (httpx.DecodingError("gzip"), "was lost"),
        (httpx.ReadTimeout("slow"), "in time"),
        (httpx.PoolTimeout("busy"), "in time"),
        (ConnectionResetError("reset"), "was lost"),
    ],
)
async def test_a_network_that_fails(failure: Exception, words: str) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise failure

    with pytest.raises(Unreachable, match=words) as caught:
        await client_of(fail).sign_in("bert", "Passw0rd1")
    assert str(failure) not in caught.value.message


async def test_a_certificate_gets_its_own_sentence() -> None:
    expired = ssl.SSLCertVerificationError("x")
    expired.verify_code = 10
    foreign = ssl.SSLCertVerificationError("x")
    foreign.verify_code = 18

    for cause, words in (
        (expired, "has expired"),
        (foreign, "does not prove"),
        (ssl.SSLError("wrong version number"), "https"),
    ):

        def fail(_: httpx.Request, cause: Exception = cause) -> httpx.Response:
            raise httpx.ConnectError("tls") from cause

        with pytest.raises(Unreachable, match=words):
            await client_of(fail).sign_in("bert", "Passw0rd1")


async def test_a_far_too_long_response_is_dropped() -> None:
    client = await signed_in(lambda _: httpx.Response(200, content=b" " * (MOST_BYTES + 1)))
    with pytest.raises(Unreachable, match="too much"):
        await client.games()


async def test_text_that_json_cannot_encode_is_refused_before_sending() -> None:
    client = client_of(lambda _: httpx.Response(500))
    with pytest.raises(BadRequest):
        await client.sign_in("\ud800", "Passw0rd1")


@pytest.mark.parametrize("game_id", ["", "..", "a/b", "a?x=1", "é", "a" * 65, "a\n"])
async def test_an_impossible_id_is_not_sent(game_id: str) -> None:
    seen: list[httpx.Request] = []

    def note(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=GAME)

    client = await signed_in(note)
    with pytest.raises(NimError):
        await client.game(game_id)
    assert seen == []


async def test_nothing_shows_a_token() -> None:
    client = await signed_in(lambda _: httpx.Response(500))
    assert client.refresh_token == "refresh-1"
    shown = repr(client) + repr(client.connection) + repr(vars(client))
    assert "refresh-1" not in shown


async def test_a_refused_move_with_a_board_that_cannot_be_shown_is_still_that_refusal() -> None:
    boards: list[Any] = [GAME | {"heap1": 10**9}, GAME | {"version": "x"}, [], 7, {"gameId": 1}]
    for board in boards:
        answer = error(409, "not_your_turn", game=board)
        client = await signed_in(partial(lambda answer, _: answer, answer))
        with pytest.raises(NotYourTurn) as caught:
            await client.resign("g2345678")
        assert caught.value.game is None


async def test_an_item_of_the_tutorials_own_is_a_game() -> None:
    item = {name: GAME[name] for name in ("gameId", "user1", "user2", "lastMoveBy")}
    heaps = {"heap1": 7, "heap2": 0, "heap3": 5}
    client = await signed_in(lambda _: httpx.Response(200, json=item | heaps | {"more": 1}))
    assert (await client.game("g2345678")).start == (7, 4, 5)
    for wrong in ({"heap1": True}, {"heap2": "4"}, {"heap3": None}, {"user1": 7}, {"heap1": 1.0}):
        answer = httpx.Response(200, json=item | heaps | wrong)
        client = await signed_in(partial(lambda answer, _: answer, answer))
        with pytest.raises(Unreachable, match="not as a Nim backend"):
            await client.game("g2345678")
