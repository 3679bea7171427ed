"""The client of a backend, without a screen: `NimClient` and what it returns.

A name is loaded when it is first used (PEP 562), so importing the package costs nothing.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from types import ModuleType

    from nim_tui.client.client import NimClient
    from nim_tui.client.errors import BadAddress, CannotOpen, Unreachable
    from nim_tui.client.models import AccountProfile, Features, GameList, OpenInvitation
    from nim_tui.client.offline import Offline
    from nim_tui.client.retry import Retries

__all__ = [
    "AccountProfile",
    "BadAddress",
    "CannotOpen",
    "Features",
    "GameList",
    "NimClient",
    "Offline",
    "OpenInvitation",
    "Retries",
    "Unreachable",
]

_MODULES = {
    "NimClient": "client",
    "BadAddress": "errors",
    "CannotOpen": "errors",
    "Unreachable": "errors",
    "Features": "models",
    "GameList": "models",
    "Offline": "offline",
    "AccountProfile": "models",
    "OpenInvitation": "models",
    "Retries": "retry",
}

# Wherever click is installed, httpx brings a command line, and with it click, pygments and half of
# rich: 50 ms and 4 MB. None says that it cannot be imported, for which httpx is prepared.
cast("dict[str, ModuleType | None]", sys.modules).setdefault("httpx._main", None)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
