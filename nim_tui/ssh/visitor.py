"""Who has come: a guest, or the player whose key it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nim_tui.client.client import NimClient
from nim_tui.config.settings import Settings, from_choices
from nim_tui.tokens import MemoryVault

if TYPE_CHECKING:
    from nim_tui.client.keys import KeyBook
    from nim_tui.ssh.line import ClientKey


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is at the other end.

    Attributes:
        client: of the place, for this session alone.
        keys: remembers keys; None where the server cannot.
        key: what the line has proved; None for those who came without one.
        username: the player whose key it is.
        token: what the app continues their session by; the client holds the session already.
        settings: what they have chosen for their screen.

    """

    client: NimClient
    keys: KeyBook | None
    key: ClientKey | None
    username: str | None = None
    token: str | None = field(default=None, repr=False)
    settings: Settings = field(default_factory=Settings)

    def vault(self) -> MemoryVault:
        """What the app finds its session in; it is gone with the app."""
        vault = MemoryVault()
        if self.username is not None and self.token is not None:
            vault.save(self.client.place, self.username, self.token)
        return vault


async def arrived(client: NimClient, keys: KeyBook | None, key: ClientKey | None) -> Visitor:
    """Find out who it is. Raises: Unavailable."""
    if keys is None or key is None:
        return Visitor(client, keys, key)
    found = await keys.sign_in(key.fingerprint)
    if found is None:
        return Visitor(client, keys, key)
    settings = from_choices(await keys.choices(found.username))
    session = found.session
    client.connection.hand_over(session.id_token, session.refresh_token)
    return Visitor(client, keys, key, found.username, session.refresh_token, settings)
