"""Game ids: short enough to read out, too long to guess."""

from __future__ import annotations

import hashlib
import secrets

# Without 0 1 i l o u: the rest are not mistaken for one another, and an id spells no word.
ID_LETTERS = "23456789abcdefghjkmnpqrstvwxyz"
# 30^16 is 78 bits; 64 are needed to be safe from guessing.
ID_LENGTH = 16


def random_id() -> str:
    """A new game id."""
    return "".join(secrets.choice(ID_LETTERS) for _ in range(ID_LENGTH))


def derived_id(*parts: str) -> str:
    """The game id derived from `parts`: the same for the same parts, in every process."""
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()
    number = int.from_bytes(digest)
    letters = []
    for _ in range(ID_LENGTH):
        number, letter = divmod(number, len(ID_LETTERS))
        letters.append(ID_LETTERS[letter])
    return "".join(letters)
