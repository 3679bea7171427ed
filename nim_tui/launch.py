"""The options of a start, and the client that they open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.domain.nim import DEFAULT_HEAPS, Heaps, Level, Rule
from backend.user_files import database_path
from nim_tui.config.places import Place

if TYPE_CHECKING:
    from nim_tui.client.client import NimClient
    from nim_tui.local_boards import Start


@dataclass(frozen=True, slots=True, kw_only=True)
class WebOptions:
    """How the app is shown in a browser.

    Attributes:
        port: on loopback; 0 picks a free one.
        stored: whether a page may use the sessions in the keyring.

    """

    port: int = 0
    stored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchOptions:
    """The combination of the command line, the environment and the remembered places.

    Attributes:
        accessible: what the command line says of it; None where it says nothing.

    """

    place: Place
    start: Start = "welcome"
    heaps: Heaps = DEFAULT_HEAPS
    rule: Rule = "misere"
    level: Level = "medium"
    user: str | None = None
    web: WebOptions | None = None
    accessible: bool | None = None


def check_address(place: Place) -> None:
    """Check what can be checked without a client. Raises: BadAddress."""
    if place.server is not None:
        from nim_tui.client.address import server_url

        server_url(place.server, insecure=place.insecure)


def open_client(place: Place) -> NimClient:
    """A client for the place; nothing is sent or opened yet. Raises: BadAddress."""
    from nim_tui.client.client import NimClient

    if place.server is not None:
        return NimClient.http(place.server, insecure=place.insecure)
    if place.aws:
        return NimClient.aws(place.region, place.profile)
    return NimClient.embedded(place.data or database_path())
