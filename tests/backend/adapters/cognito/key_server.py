"""A pool's key server: real RSA keys, served over HTTP, and tokens signed with them."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

POOL = "us-east-1_AbCdEfGhI"
ISSUER = f"https://cognito-idp.us-east-1.amazonaws.com/{POOL}"
CLIENT = "1h57kf5cpq17m0eml12EXAMPLE"


@cache
def private_key(key_id: str) -> RSAPrivateKey:
    """The key of this id; making one takes a moment."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def public_pem(key_id: str) -> bytes:
    """The public half, as a file has it."""
    return (
        private_key(key_id)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def jwk(key_id: str) -> dict[str, str]:
    """The public half as a JSON Web Key."""
    numbers = private_key(key_id).public_key().public_numbers()
    return {
        "alg": "RS256",
        "kid": key_id,
        "kty": "RSA",
        "use": "sig",
        "e": _coded(numbers.e),
        "n": _coded(numbers.n),
    }


def claims(**changes: Any) -> dict[str, Any]:
    """What Cognito says in an ID token, with some of it changed; None takes a claim out."""
    now = int(time.time())
    whole = {
        "sub": "a1b2",
        "iss": ISSUER,
        "aud": CLIENT,
        "token_use": "id",
        "cognito:username": "anna",
        "auth_time": now,
        "iat": now,
        "exp": now + 3600,
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def token(key_id: str = "one", *, signed_by: str | None = None, **changes: Any) -> str:
    """A token signed with RS256."""
    key = private_key(signed_by or key_id)
    return jwt.encode(claims(**changes), key, algorithm="RS256", headers={"kid": key_id})


class KeyServer:
    """Serves the keys of these ids; counts who asks."""

    def __init__(self, *key_ids: str) -> None:
        self.body = json.dumps({"keys": [jwk(key_id) for key_id in key_ids]}).encode()
        self.status = 200
        self.asked = 0
        self._running = False
        handler = type("Handler", (_Handler,), {"keys": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/{POOL}/.well-known/jwks.json"

    def start(self) -> None:
        self._running = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Nobody listens at the address any more; to be said twice is harmless."""
        if self._running:
            self._server.shutdown()
            self._server.server_close()
            self._running = False


@contextmanager
def serving(*key_ids: str) -> Iterator[KeyServer]:
    """A running key server."""
    server = KeyServer(*key_ids)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class _Handler(BaseHTTPRequestHandler):
    keys: ClassVar[KeyServer]

    def do_GET(self) -> None:
        self.keys.asked += 1
        self.send_response(self.keys.status)
        self.end_headers()
        self.wfile.write(self.keys.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base's own name)
        """Nobody reads it."""


def _coded(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
