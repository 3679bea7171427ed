"""A pool's ID tokens: what proves a name, what proves nothing, how rarely keys are asked for."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from backend.adapters.cognito.key_set import (
    ASK_AGAIN_SECONDS,
    FIRST_KEYS_SECONDS,
    IN_VAIN_AT_ONCE,
    IN_VAIN_SECONDS,
    KeySet,
)
from backend.adapters.cognito.token_verifier import MOST_BYTES, TokenVerifier
from backend.domain.errors import NotSignedIn, Unavailable
from tests.backend.adapters.cognito.key_server import (
    CLIENT,
    ISSUER,
    KeyServer,
    claims,
    jwk,
    private_key,
    public_pem,
    serving,
    token,
)

NOW = int(time.time())


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server() -> Iterator[KeyServer]:
    with serving("one", "two") as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def verifier(server: KeyServer, clock: Clock) -> TokenVerifier:
    return TokenVerifier(KeySet(server.url, clock=clock), issuer=ISSUER, client_id=CLIENT)


def coded(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def signed_with_the_public_key() -> str:
    """HS256 with the public key as its secret, which PyJWT refuses to make."""
    start = f"{coded({'alg': 'HS256', 'typ': 'JWT', 'kid': 'one'})}.{coded(claims())}"
    signature = hmac.new(public_pem("one"), start.encode(), hashlib.sha256).digest()
    return f"{start}.{coded(signature)}"


def with_header(**header: Any) -> str:
    """A genuine token's claims and signature under another header."""
    _, body, signature = token().split(".")
    return f"{coded(header)}.{body}.{signature}"


def token_with(**changes: Any) -> str:
    """A token with other claims; `username` stands for `cognito:username`."""
    if "username" in changes:
        changes["cognito:username"] = changes.pop("username")
    return token("one", signed_by=None, **changes)


HOSTILE = {
    "alg none": jwt.encode(claims(), key="", algorithm="none", headers={"kid": "one"}),
    "alg none, signed": with_header(alg="none", kid="one"),
    "HS256 with the public key": signed_with_the_public_key(),
    "RS512": jwt.encode(claims(), private_key("one"), "RS512", headers={"kid": "one"}),
    "unknown kid": token("three"),
    "another key's kid": token("one", signed_by="two"),
    "no kid": jwt.encode(claims(), private_key("one"), "RS256"),
    "a kid that is a list": with_header(alg="RS256", kid=["one"]),
    "a kid that is a path": with_header(alg="RS256", kid="../../dev/null"),
    "an embedded key": with_header(alg="RS256", kid="mine", jwk=jwk("three")),
    "a key of its own address": with_header(alg="RS256", kid="mine", jku="http://127.0.0.1:1/"),
    "other pool": token(iss=ISSUER + "x"),
    "other client": token(aud="another"),
    "several clients": token(aud=["another"]),
    "access token": token_with(token_use="access", aud=None, client_id=CLIENT, username=None),
    "access token with aud": token(token_use="access"),
    "no token_use": token(token_use=None),
    "expired": token(exp=NOW - 60),
    "not yet valid": token(nbf=NOW + 600),
    "issued in the future": token(iat=NOW + 600),
    "without exp": token(exp=None),
    "exp that is a word": token(exp="never"),
    "without iat": token(iat=None),
    "without iss": token(iss=None),
    "without aud": token(aud=None),
    "without username": token_with(username=None),
    "a username that is a number": token_with(username=7),
    "an empty username": token_with(username=""),
    "another name under the signature": ".".join(
        [
            token().split(".")[0],
            coded(claims(**{"cognito:username": "bert"})),
            token().split(".")[2],
        ]
    ),
    "signature cut off": token().rpartition(".")[0] + ".",
    "100 KB long": token(padding="x" * 100_000),
    "100 KB of nothing": "A" * 100_000,
    "not a token": "not a token",
    "nothing": "",
    "dots": "." * 3000,
    "claims that are a list": f"{token().split('.')[0]}.{coded([1])}.{token().split('.')[2]}",
    "claims nested deeply": f"{token().split('.')[0]}.{coded(b'[' * 4000)}.AAAA",
    "a header nested deeply": f"{coded(b'[' * 4000)}.{token().split('.')[1]}.AAAA",
    "a header that is a list": f"{coded([1])}.{token().split('.')[1]}.AAAA",
    "not ASCII": token() + "é",
    "a lone surrogate": "\ud800" + token(),
}


async def test_hostile_tokens_prove_nothing_and_cost_one_fetch_in_all(
    server: KeyServer, verifier: TokenVerifier
) -> None:
    for what, hostile in HOSTILE.items():
        with pytest.raises(NotSignedIn):
            assert (await verifier.proof(hostile)).username == "", what
    assert server.asked == 1
    assert (await verifier.proof(token())).username == "anna"
    assert server.asked == 1


@pytest.mark.parametrize("algorithm", ["none", "HS256", "ES256", "PS256", "rs256", None])
async def test_only_our_algorithm_ever_reaches_the_keys(
    server: KeyServer, verifier: TokenVerifier, algorithm: str | None
) -> None:
    with pytest.raises(NotSignedIn):
        await verifier.proof(with_header(alg=algorithm, kid="one"))
    assert server.asked == 0


async def test_a_token_just_under_the_limit_is_read(verifier: TokenVerifier) -> None:
    room = MOST_BYTES - len(token(padding=""))
    long = token(padding="x" * (room * 3 // 4 - 8))
    assert MOST_BYTES - 64 < len(long) <= MOST_BYTES
    assert (await verifier.proof(long)).username == "anna"


async def test_clocks_may_differ_by_some_seconds(verifier: TokenVerifier) -> None:
    assert (await verifier.proof(token(exp=int(time.time()) - 3))).username == "anna"


async def test_many_at_once_ask_for_the_keys_once(
    server: KeyServer, verifier: TokenVerifier
) -> None:
    proofs = await asyncio.gather(*(verifier.proof(token()) for _ in range(20)))
    assert [proof.username for proof in proofs] == ["anna"] * 20
    assert server.asked == 1


async def test_a_new_key_of_the_pools_is_learned_within_a_minute(
    server: KeyServer, verifier: TokenVerifier, clock: Clock
) -> None:
    assert (await verifier.proof(token("one"))).username == "anna"
    server.body = json.dumps({"keys": [jwk("three"), jwk("one")]}).encode()
    clock.now += ASK_AGAIN_SECONDS - 1
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            await verifier.proof(token("three"))
    assert server.asked == 1
    clock.now += 1
    assert (await verifier.proof(token("three"))).username == "anna"
    assert server.asked == 2
    # What the pool has withdrawn is good no more.
    with pytest.raises(NotSignedIn):
        await verifier.proof(token("two"))


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b'{"keys": []}', b'{"keys": [1, {"kty": "RSA", "kid": "one"}]}',
     b"[" * 60_000, b" " * 70_000],
)  # fmt: skip
async def test_garbage_from_the_key_server_leaves_the_kept_keys(
    server: KeyServer, verifier: TokenVerifier, clock: Clock, body: bytes
) -> None:
    assert (await verifier.proof(token())).username == "anna"
    server.body = body
    clock.now += ASK_AGAIN_SECONDS
    with pytest.raises(NotSignedIn):
        await verifier.proof(token("three"))
    assert server.asked == 2
    assert (await verifier.proof(token())).username == "anna"


async def test_kept_keys_serve_while_the_key_server_is_away(
    server: KeyServer, verifier: TokenVerifier, clock: Clock
) -> None:
    assert (await verifier.proof(token())).username == "anna"
    server.stop()
    clock.now += 100 * ASK_AGAIN_SECONDS
    assert (await verifier.proof(token("two"))).username == "anna"
    with pytest.raises(NotSignedIn):
        await verifier.proof(token("three"))
    assert (await verifier.proof(token())).username == "anna"


async def test_without_any_keys_it_says_when_to_try_again_and_then_works(
    server: KeyServer, verifier: TokenVerifier, clock: Clock
) -> None:
    server.status = 500
    for _ in range(3):
        with pytest.raises(Unavailable) as refused:
            await verifier.proof(token())
        assert refused.value.retry_after == FIRST_KEYS_SECONDS
    assert server.asked == 1
    server.status = 200
    clock.now += FIRST_KEYS_SECONDS
    assert (await verifier.proof(token())).username == "anna"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/", "jwks.json"])
async def test_keys_are_read_over_http_only(url: str) -> None:
    verifier = TokenVerifier(KeySet(url), issuer=ISSUER, client_id=CLIENT)
    with pytest.raises(Unavailable):
        await verifier.proof(token())


async def test_a_forged_key_id_just_before_a_rotation_locks_nobody_out(
    server: KeyServer, verifier: TokenVerifier, clock: Clock
) -> None:
    assert (await verifier.proof(token("one"))).username == "anna"
    clock.now += ASK_AGAIN_SECONDS
    forged = with_header(alg="RS256", kid="mine")
    for _ in range(20):
        with pytest.raises(NotSignedIn):
            await verifier.proof(forged)
    assert server.asked == 2
    server.body = json.dumps({"keys": [jwk("three"), jwk("one")]}).encode()
    assert (await verifier.proof(token("three"))).username == "anna"


async def test_a_flood_of_forged_key_ids_asks_rarely_and_holds_a_rotation_up_for_seconds(
    server: KeyServer, verifier: TokenVerifier, clock: Clock
) -> None:
    assert (await verifier.proof(token("one"))).username == "anna"
    clock.now += ASK_AGAIN_SECONDS
    for second in range(60):
        for number in range(5):
            with pytest.raises(NotSignedIn):
                await verifier.proof(with_header(alg="RS256", kid=f"{second} {number}"))
        clock.now += 1
    assert server.asked <= 2 + IN_VAIN_AT_ONCE + 60 / IN_VAIN_SECONDS
    server.body = json.dumps({"keys": [jwk("three"), jwk("one")]}).encode()
    clock.now += IN_VAIN_SECONDS
    assert (await verifier.proof(token("three"))).username == "anna"


async def test_a_genuine_token_is_checked_in_full_once(
    server: KeyServer, verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = token()
    first = await verifier.proof(genuine)
    monkeypatch.setattr(jwt, "decode", None)
    assert await verifier.proof(genuine) == first
    # Another signature under the same claims is another token.
    start, _, signature = genuine.rpartition(".")
    other = "B" if signature[0] == "A" else "A"
    with pytest.raises(TypeError):
        await verifier.proof(f"{start}.{other}{signature[1:]}")


async def test_a_token_that_was_genuine_expires_all_the_same(server: KeyServer) -> None:
    now = float(NOW)
    verifier = TokenVerifier(KeySet(server.url), issuer=ISSUER, client_id=CLIENT, now=lambda: now)
    genuine = token(exp=NOW + 600)
    assert (await verifier.proof(genuine)).username == "anna"
    now = NOW + 609.0
    assert (await verifier.proof(genuine)).username == "anna"
    now = NOW + 610.0
    with pytest.raises(NotSignedIn):
        await verifier.proof(genuine)


async def test_a_token_that_was_genuine_ends_with_its_key(
    server: KeyServer, verifier: TokenVerifier, clock: Clock
) -> None:
    genuine = token("two")
    assert (await verifier.proof(genuine)).username == "anna"
    server.body = json.dumps({"keys": [jwk("three"), jwk("one")]}).encode()
    clock.now += ASK_AGAIN_SECONDS
    assert (await verifier.proof(token("three"))).username == "anna"
    with pytest.raises(NotSignedIn):
        await verifier.proof(genuine)
