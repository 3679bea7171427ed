"""The client of a backend, without a screen: `NimClient` and what it hands out.

The names are loaded when they are first used (PEP 562), so that naming the package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nim_tui.client.client import NimClient
    from nim_tui.client.errors import BadAddress, CannotOpen, Unreachable
    from nim_tui.client.models import Features, GameList, Offline, Profile
    from nim_tui.client.retry import Retries

__all__ = [
    "BadAddress",
    "CannotOpen",
    "Features",
    "GameList",
    "NimClient",
    "Offline",
    "Profile",
    "Retries",
    "Unreachable",
]

_HOMES = {
    "NimClient": "client",
    "BadAddress": "errors",
    "CannotOpen": "errors",
    "Unreachable": "errors",
    "Features": "models",
    "GameList": "models",
    "Offline": "models",
    "Profile": "models",
    "Retries": "retry",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
