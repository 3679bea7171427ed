"""Cursors: where the next page of a list begins, as an opaque string.

A cursor grants nothing, since it is a position in the caller's own list, so it is not signed with a
secret. A checksum bound to the caller reveals a forged cursor and somebody else's.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

import msgspec

from backend.domain.errors import BadRequest
from backend.domain.game import State
from backend.service.ports import PagePosition

_CHECK_BYTES = 8
_RANKS = (0, 1)
_LONGEST_ID = 100
_YEARS = range(1970, 9999)


def write_cursor(after: PagePosition | None, user: str, state: State) -> str | None:
    """The cursor for a position; None at the end of the list."""
    if after is None:
        return None
    body = msgspec.json.encode(after)
    return base64.urlsafe_b64encode(_check(body, user, state) + body).decode().rstrip("=")


def read_cursor(cursor: str | None, user: str, state: State) -> PagePosition | None:
    """The position that `write_cursor` wrote.

    Raises:
        BadRequest: this user did not get it for this list.

    """
    if cursor is None:
        return None
    refusal = BadRequest.of_fields({"cursor": "is not from this list. Leave it out to start over."})
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        check, body = raw[:_CHECK_BYTES], raw[_CHECK_BYTES:]
        after = msgspec.json.decode(body, type=PagePosition)
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise refusal from error
    if check != _check(body, user, state) or not _plausible(after):
        raise refusal
    return after


def _check(body: bytes, user: str, state: State) -> bytes:
    salt = f"{user}\0{state}\0".encode("utf-8", "surrogatepass")
    return hashlib.sha256(salt + body).digest()[:_CHECK_BYTES]


def _plausible(after: PagePosition) -> bool:
    """Whether a store can look it up: anyone who reads this file can forge the checksum."""
    return (
        after.rank in _RANKS
        and len(after.game_id) <= _LONGEST_ID
        and (after.time is None or (after.time.tzinfo is not None and after.time.year in _YEARS))
    )
