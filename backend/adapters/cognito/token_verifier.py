"""Checks Cognito's ID tokens: a token that fails any check is refused.

Only RS256 is accepted; `exp`, `iss`, `aud`, `sub`, `token_use` = `id` and `cognito:username` are
required. So a token of another pool or client, an access token (which has no `aud`), a token signed
with the public key as a secret, and an unsigned one are all refused as if there were no token.

A client sends the same token for an hour, and checking it costs as much processor time as half a
move. So a token that was found genuine is remembered, for as long as it has not expired and its key
is still the pool's.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from backend.adapters.cognito.key_set import KeySet
from backend.domain.errors import NotSignedIn

ALGORITHM = "RS256"
MOST_BYTES = 8192
"""Cognito's ID tokens have about 1 KB; much larger ones are refused unread."""

# The clocks of servers and of AWS differ by less than this.
_LEEWAY_SECONDS = 10
_MOST_REMEMBERED = 10_000
_USE = "id"
_REQUIRED = ["exp", "iat", "iss", "aud", "sub", "token_use", "cognito:username"]


@dataclass(frozen=True, slots=True)
class VerifiedClaims:
    """What a genuine token says; its account decides whether it is still good.

    Attributes:
        sub: the account's id.
        since: the second (since 1970) of the sign-in with a password that it goes back to.
    """

    username: str
    sub: str
    since: int


@dataclass(frozen=True, slots=True)
class _Genuine:
    """A token that passed all checks: by which key, and until when (in seconds since 1970)."""

    claims: VerifiedClaims
    key_id: str
    key: Any
    until: float


class TokenVerifier:
    """Checks ID tokens for one pool and one of its clients."""

    def __init__(
        self,
        keys: KeySet,
        *,
        issuer: str,
        client_id: str,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._client_id = client_id
        self._now = now
        self._genuine: dict[bytes, _Genuine] = {}

    async def proof(self, token: str) -> VerifiedClaims:
        """What the token proves.

        Raises:
            NotSignedIn: the token is invalid.
            Unavailable: no keys are known, and the key server is unreachable.
        """
        if len(token) > MOST_BYTES or not token.isascii():
            raise NotSignedIn
        # The tokens themselves are not kept.
        digest = hashlib.sha256(token.encode()).digest()
        known = self._genuine.get(digest)
        if known is not None and await self._keys.key(known.key_id) is known.key:
            if self._now() >= known.until:
                raise NotSignedIn
            return known.claims
        found = await self._checked(token)
        if len(self._genuine) >= _MOST_REMEMBERED:
            self._genuine.clear()
        self._genuine[digest] = found
        return found.claims

    async def _checked(self, token: str) -> _Genuine:
        import jwt

        try:
            key_id = _key_id(jwt.get_unverified_header(token))
            key = await self._keys.key(key_id)
            if key is None:
                raise NotSignedIn
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=self._client_id,
                issuer=self._issuer,
                leeway=_LEEWAY_SECONDS,
                options={"require": _REQUIRED},
            )
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            raise NotSignedIn from error
        return _Genuine(_proof(claims), key_id, key, int(claims["exp"]) + _LEEWAY_SECONDS)


def unverified_proof(token: str) -> VerifiedClaims:
    """What a token says that came from Cognito itself just now. Raises: NotSignedIn."""
    import jwt

    try:
        return _proof(jwt.decode(token, options={"verify_signature": False}))
    except (jwt.PyJWTError, ValueError, KeyError) as error:
        raise NotSignedIn from error


def _key_id(header: Mapping[str, Any]) -> str:
    """The key id of a header with our algorithm; any other header is refused before the lookup."""
    key_id = header.get("kid")
    if header.get("alg") != ALGORITHM or not isinstance(key_id, str):
        raise NotSignedIn
    return key_id


def _proof(claims: Mapping[str, Any]) -> VerifiedClaims:
    username, use, sub = claims["cognito:username"], claims["token_use"], claims["sub"]
    # A refreshed token is issued anew, but keeps the time of the sign-in.
    since = claims.get("auth_time", claims["iat"])
    if use != _USE or not (
        isinstance(username, str)
        and username
        and isinstance(sub, str)
        and sub
        and isinstance(since, int)
    ):
        raise NotSignedIn
    return VerifiedClaims(username, sub, since)
