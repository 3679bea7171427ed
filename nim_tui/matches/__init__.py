"""Matches: a game and how its moves are made and arrive. The board screen knows only `Match`."""

from nim_tui.matches.base import Match, MatchAction, StyledText
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
