"""The messages from screens to the app, which opens and closes screens for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from textual.message import Message

if TYPE_CHECKING:
    from backend.domain.game import Game
    from nim_tui.model.lobby import Lobby


class PracticeWanted(Message):
    """A board against the computer, with the chosen options."""


class HotseatWanted(Message):
    """A board for two people at this keyboard, with the chosen options."""


@dataclass
class OptionsWanted(Message):
    """The options of practice, or of a board for two people at this keyboard."""

    hotseat: bool


@dataclass
class LessonWanted(Message):
    """The board of a lesson, by its index in the list."""

    index: int


@dataclass
class SignInWanted(Message):
    """The sign-in form; `why` is a sentence to show there, `name` the expected player."""

    why: str = ""
    name: str = ""


class RegisterWanted(Message):
    """The registration form."""


class SignedIn(Message):
    """Somebody has signed in: show their games."""


class SignOutWanted(Message):
    """Revoke the session, forget it, and return to the welcome screen."""


class AccountWanted(Message):
    """The account of the player who is signed in."""


class SessionLost(Message):
    """The session is no longer good; posted by a screen that met `NotSignedIn`."""


@dataclass
class GameWanted(Message):
    """The board of one game between two people."""

    game: Game


@dataclass
class ReviewWanted(Message):
    """The review of a finished game between two people, over its board."""

    game: Game


@dataclass
class NextGameWanted(Message):
    """The next game, after the one with this id, in which it is the player's turn."""

    after: str | None = None


@dataclass
class GameSeen(Message):
    """A board knows the newest state of a game, perhaps before the list does."""

    game: Game


@dataclass
class SettingChosen(Message):
    """A setting, by its name, gets a new value."""

    name: str
    value: str | bool


@dataclass
class LobbyChanged(Message):
    """The player's games, as they are known now."""

    lobby: Lobby


@dataclass
class GamesWaiting(Message):
    """In how many games it is the player's turn."""

    count: int


@dataclass
class Announcement(Message):
    """A line to show on any screen: a toast, and more while the terminal has no focus.

    `event` identifies what happened, so that it is announced once; `game_id` is the game in which
    it happened, whose open board already shows it; `urgent` means that the player has to act.
    """

    text: str
    event: str = ""
    game_id: str = ""
    urgent: bool = False


@dataclass
class Resumed(Message):
    """The outcome of resuming a stored session.

    `user` is whose session was wanted, None for any; `asked`: the person wants to sign in.
    """

    outcome: Literal["signed_in", "choose", "signed_out"]
    user: str | None = None
    asked: bool = False


@dataclass
class PlaceFailed(Message):
    """The place to play cannot be used; `why` is a sentence, `asked` as in `Resumed`."""

    why: str
    asked: bool = False
