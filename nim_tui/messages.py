"""What screens tell the app. They post these; the app opens and closes screens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from textual.message import Message

from backend.domain.game import Game


@dataclass
class PracticeWanted(Message):
    """A board against the computer, as it was chosen."""


@dataclass
class HotseatWanted(Message):
    """A board for two people at this keyboard, as it was chosen."""


@dataclass
class OptionsWanted(Message):
    """The card that says what boards without an account are like."""

    hotseat: bool


@dataclass
class LessonWanted(Message):
    """The board of a lesson, by its place in the list, from 0."""

    index: int


@dataclass
class SignInWanted(Message):
    """The form to sign in; `why` is a sentence to show there, `name` who is expected."""

    why: str = ""
    name: str = ""


@dataclass
class RegisterWanted(Message):
    """The form to register."""


@dataclass
class SignedIn(Message):
    """Somebody is signed in now: their games are next."""


@dataclass
class SignOutWanted(Message):
    """Revoke the session, forget it, and go back to the beginning."""


@dataclass
class SessionLost(Message):
    """The session is no longer good: sign in again. Sent by whoever met `NotSignedIn`."""


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
    """The next game, after the one with this id, that waits for the person here."""

    after: str | None = None


@dataclass
class GameSeen(Message):
    """A board has learned how a game stands: the list need not wait to hear of it."""

    game: Game


@dataclass
class SettingChosen(Message):
    """A setting, by its name, has another value from now on."""

    name: str
    value: str | bool


@dataclass
class GamesWaiting(Message):
    """How many games wait for the person here."""

    count: int


@dataclass
class Told(Message):
    """A line that the person should see wherever they are: a toast, and more when they look away.

    `event` names what happened, so that it is said once; `game_id` the game it happened in, whose
    board shows it already where that is open; `urgent` is for what waits for the person.
    """

    text: str
    event: str = ""
    game_id: str = ""
    urgent: bool = False


@dataclass
class Resumed(Message):
    """What became of the kept sessions.

    `user` is who was looked for, None for anybody; `asked` says that somebody wants to sign in.
    """

    outcome: Literal["signed_in", "choose", "signed_out"]
    user: str | None = None
    asked: bool = False


@dataclass
class PlaceFailed(Message):
    """The place to play cannot be used at all; `why` is a sentence, `asked` as in `Resumed`."""

    why: str
    asked: bool = False
