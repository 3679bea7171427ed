"""Tables: where a game is played, whoever sits there. The board screen knows only `Table`."""

from nim_tui.tables.base import Offer, Piece, Table
from nim_tui.tables.demo import DemoTable
from nim_tui.tables.hotseat import HotseatTable
from nim_tui.tables.live import GameClient, LiveTable
from nim_tui.tables.practice import PracticeTable

__all__ = [
    "DemoTable",
    "GameClient",
    "HotseatTable",
    "LiveTable",
    "Offer",
    "Piece",
    "PracticeTable",
    "Table",
]
