"""Checks Cognito's ID tokens: a token that fails any check is refused.

Only RS256 is accepted; `exp`, `iss`, `aud`, `sub`, `token_use` = `id` and `cognito:username` are
required. So a token of another pool or client, an access token (which has no `aud`), a token signed
with the public key as a secret, and an unsigned one are all refused as if there were no token.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.adapters.cognito.key_set import KeySet
from backend.domain.errors import NotSignedIn

ALGORITHM = "RS256"
MOST_BYTES = 8192
"""Cognito's ID tokens have about 1 KB; much larger ones are refused unread."""

# The clocks of servers and of AWS differ by less than this.
_LEEWAY_SECONDS = 10
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


class TokenVerifier:
    """Checks ID tokens for one pool and one of its clients."""

    def __init__(self, keys: KeySet, *, issuer: str, client_id: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._client_id = client_id

    async def proof(self, token: str) -> VerifiedClaims:
        """What the token proves.

        Raises:
            NotSignedIn: the token is invalid.
            Unavailable: no keys are known, and the key server is unreachable.
        """
        import jwt

        if len(token) > MOST_BYTES or not token.isascii():
            raise NotSignedIn
        try:
            header = jwt.get_unverified_header(token)
            key = await self._keys.key(_key_id(header))
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
        return _proof(claims)


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
