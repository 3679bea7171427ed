"""Cognito's ID tokens: every check is pinned here, and a token that fails one proves nothing.

RS256 and nothing else; `exp`, `iss`, `aud`, `token_use` = `id` and `cognito:username` required. So
a token of another pool or client, an access token (which has no `aud`), one signed with the public
key as a secret, or one without a signature is refused like no token at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.adapters.cognito.key_set import KeySet
from backend.domain.errors import NotSignedIn

ALGORITHM = "RS256"
MOST_BYTES = 8192
"""An ID token of Cognito's has about 1 KB; a larger one is refused unread."""

# Clocks of servers and of AWS differ by less.
_LEEWAY_SECONDS = 10
_USE = "id"
_REQUIRED = ["exp", "iat", "iss", "aud", "token_use", "cognito:username"]


class TokenVerifier:
    """Tells whose an ID token is, for one pool and one client of it."""

    def __init__(self, keys: KeySet, *, issuer: str, client_id: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._client_id = client_id

    async def username(self, token: str) -> str:
        """The username that the token proves.

        Raises:
            NotSignedIn: it proves nothing.
            Unavailable: no keys are known and the key server is away.
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
        return _username(claims)


def _key_id(header: Mapping[str, Any]) -> str:
    """The key id of a header that asks for our algorithm; anything else never reaches the keys."""
    key_id = header.get("kid")
    if header.get("alg") != ALGORITHM or not isinstance(key_id, str):
        raise NotSignedIn
    return key_id


def _username(claims: Mapping[str, Any]) -> str:
    username, use = claims["cognito:username"], claims["token_use"]
    if use != _USE or not isinstance(username, str) or not username:
        raise NotSignedIn
    return username
