"""Matches: a game and how its moves are made and arrive. The board screen knows only `Match`.

A kind of match is loaded when its name is first used (PEP 562): a first screen shows only one.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from nim_tui.matches.base import Match, MatchAction, StyledText

if TYPE_CHECKING:
    from nim_tui.matches.demo import DemoMatch
    from nim_tui.matches.hotseat import HotseatMatch
    from nim_tui.matches.lesson import LessonMatch
    from nim_tui.matches.live import GameClient, LiveMatch
    from nim_tui.matches.practice import PracticeMatch

__all__ = [
    "DemoMatch",
    "GameClient",
    "HotseatMatch",
    "LessonMatch",
    "LiveMatch",
    "Match",
    "MatchAction",
    "PracticeMatch",
    "StyledText",
]

_MODULES = {
    "DemoMatch": "demo",
    "GameClient": "live",
    "HotseatMatch": "hotseat",
    "LessonMatch": "lesson",
    "LiveMatch": "live",
    "PracticeMatch": "practice",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
