"""ID tokens of local accounts: JWTs with Cognito's claims, signed with the file's secret.

Every check is fixed here: one algorithm (HS256, RFC 7518), all claims required, and oversized
tokens refused unread. One HMAC needs no library: PyJWT would bring cryptography along, which is
8 MB in every client.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from backend.domain.errors import NotSignedIn
from backend.domain.people import Player

ISSUER = "nim-backend"
AUDIENCE = "nim-tui"
_TOKEN_USE = "id"  # noqa: S105 - a claim, no secret
LIFE = timedelta(hours=1)  # Cognito's default

MOST_BYTES = 8192
# Processes on one machine share a clock, but it may be set back a little.
_LEEWAY_SECONDS = 10


class _Header(msgspec.Struct):
    alg: str
    typ: str = ""


_HEADER = _Header("HS256", "JWT")


class _Claims(msgspec.Struct, omit_defaults=True):
    iss: str
    aud: str
    sub: str
    token_use: str
    username: str = msgspec.field(name="cognito:username")
    # Our own claim: which password was set, so that a new password ends the tokens of the old one.
    password_id: str = msgspec.field(name="custom:password_id")
    iat: int
    exp: int
    email: str | None = None
    phone_number: str | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """What a genuine token says; the account decides whether it is still valid."""

    username: str
    subject: str
    password_id: str


def proof_of(username: str, password_hash: str, created_at: datetime) -> Proof:
    """What a current token of this account says.

    The subject is derived from the name and the time of registration, so that a later owner of the
    same name is not mistaken for an earlier one.
    """
    subject = uuid.uuid5(uuid.NAMESPACE_OID, f"{username} {created_at.isoformat()}")
    password_id = hashlib.sha256(password_hash.encode()).hexdigest()[:16]
    return Proof(username, str(subject), password_id)


def write_token(proof: Proof, player: Player, secret: bytes, now: datetime) -> str:
    """A signed ID token, valid for LIFE from `now`."""
    claims = _Claims(
        iss=ISSUER,
        aud=AUDIENCE,
        sub=proof.subject,
        token_use=_TOKEN_USE,
        username=proof.username,
        password_id=proof.password_id,
        iat=int(now.timestamp()),
        exp=int((now + LIFE).timestamp()),
        email=player.email,
        phone_number=player.phone,
    )
    signed = b".".join(_encoded(msgspec.json.encode(part)) for part in (_HEADER, claims))
    return b".".join((signed, _signature(signed, secret))).decode("ascii")


def read_token(token: str, secret: bytes) -> Proof:
    """What a token proves, if it is ours and has not expired.

    Raises:
        NotSignedIn: in all other cases; the reason is only in its cause.

    """
    if len(token) > MOST_BYTES:
        raise NotSignedIn
    try:
        signed, _, signature = token.encode("ascii").rpartition(b".")
        if not hmac.compare_digest(signature, _signature(signed, secret)):
            raise NotSignedIn
        header, payload = signed.split(b".")
        if msgspec.json.decode(_decoded(header), type=_Header).alg != _HEADER.alg:
            raise NotSignedIn
        claims = msgspec.json.decode(_decoded(payload), type=_Claims)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise NotSignedIn from error
    if (claims.iss, claims.aud, claims.token_use) != (ISSUER, AUDIENCE, _TOKEN_USE):
        raise NotSignedIn
    if not claims.iat - _LEEWAY_SECONDS <= time.time() < claims.exp + _LEEWAY_SECONDS:
        raise NotSignedIn
    return Proof(claims.username, claims.sub, claims.password_id)


def _signature(signed: bytes, secret: bytes) -> bytes:
    return _encoded(hmac.digest(secret, signed, "sha256"))


def _encoded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _decoded(text: bytes) -> bytes:
    return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
