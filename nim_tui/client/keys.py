"""Signing in by a key that somebody else has verified, as an ssh server does.

It is a port of this process, never a route: whoever could reach it over the network could be
anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from backend.domain.people import KeySignIn, SshKey


class KeyBook(Protocol):
    """Whose key is whose, and what players have chosen for their screens.

    Each call may raise Unavailable.
    """

    async def sign_in(self, fingerprint: str) -> KeySignIn | None:
        """A session for the player whose key this is; None where it is nobody's."""

    async def owner(self, fingerprint: str) -> str | None:
        """The player whose key this is."""

    async def remember(self, username: str, fingerprint: str, name: str) -> None:
        """From now on the key is this player's, and nobody else's. Raises: NoSuchPlayer."""

    async def of(self, username: str) -> Sequence[SshKey]:
        """A player's keys, the oldest first."""

    async def rename(self, username: str, fingerprint: str, name: str) -> bool:
        """Give one of the player's keys another name; whether there was such a key."""

    async def forget(self, username: str, fingerprint: str) -> bool:
        """Take one of the player's keys away; whether there was such a key."""

    async def choices(self, username: str) -> Mapping[str, Any]:
        """What the player has chosen for the screen, by the settings' names."""

    async def keep_choices(self, username: str, choices: Mapping[str, Any]) -> None:
        """Keep what the player has chosen."""
