"""ID tokens of local accounts: JWTs with Cognito's claims, signed with the file's secret.

Every check is fixed here: one algorithm, all claims required, and oversized tokens refused unread.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backend.domain.errors import NotSignedIn
from backend.domain.people import Player

ISSUER = "nim-backend"
AUDIENCE = "nim-tui"
ALGORITHM = "HS256"
LIFE = timedelta(hours=1)  # Cognito's default

MOST_BYTES = 8192
# Processes on one machine share a clock, but it may be set back a little.
_LEEWAY_SECONDS = 10
_REQUIRED = ("iss", "aud", "sub", "exp", "iat", "token_use", "cognito:username")
# Our own claim: which password was set, so that a new password ends the tokens of the old one.
_EPOCH_CLAIM = "custom:password_id"


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
    import jwt

    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": proof.subject,
        "token_use": "id",
        "cognito:username": proof.username,
        _EPOCH_CLAIM: proof.password_id,
        "iat": now,
        "exp": now + LIFE,
    }
    if player.email is not None:
        claims["email"] = player.email
    if player.phone is not None:
        claims["phone_number"] = player.phone
    return jwt.encode(claims, secret, ALGORITHM)


def read_token(token: str, secret: bytes) -> Proof:
    """What a token proves, if it is ours and has not expired.

    Raises:
        NotSignedIn: in all other cases; the reason is only in its cause.

    """
    import jwt

    if len(token) > MOST_BYTES:
        raise NotSignedIn
    try:
        claims = jwt.decode(
            token.encode("ascii"),
            secret,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            leeway=_LEEWAY_SECONDS,
            options={"require": list(_REQUIRED)},
        )
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise NotSignedIn from error
    use, username, subject, password_id = (
        claims.get(name) for name in ("token_use", "cognito:username", "sub", _EPOCH_CLAIM)
    )
    if use != "id" or not (
        isinstance(username, str) and isinstance(subject, str) and isinstance(password_id, str)
    ):
        raise NotSignedIn
    return Proof(username, subject, password_id)
