"""Signing in and registering, question by question."""

from __future__ import annotations

from backend.domain.errors import NimError, SignInIncomplete
from nim_tui.accessible import spoken
from nim_tui.accessible.console import Console, WentBack
from nim_tui.account import PlayerSession

_BACK = "An empty answer goes back."
_NAMES = "4 to 20 letters, digits, dashes."
_STRENGTH = "8 or more: upper case, lower case and digit."


async def choose_player(console: Console, session: PlayerSession) -> str | None:
    """Whose session to continue, of several here; None for nobody's."""
    for number, name in enumerate(session.names, 1):
        console.say(f"Player {number}: {spoken.name(name)}.")
    while answer := await console.ask_for(f"Who plays? Answer a number or a name. {_BACK}"):
        if answer.isdecimal() and 0 < int(answer[:4]) <= len(session.names):
            return session.names[int(answer[:4]) - 1]
        if (found := session.match(answer)) is not None:
            return found
        console.say("Nobody of that name has a session here.")
    return None


async def sign_in(console: Console, session: PlayerSession, name: str = "") -> bool:
    """Ask for a name and a password until they fit. Returns whether somebody is signed in."""
    while True:
        try:
            who = name or await console.ask_for(f"Sign in: which username? {_BACK}")
            if not who:
                return False
            password = await console.ask_for("Password?", secret=True)
            await _sign_in(console, session, who, password)
        except WentBack:
            return False
        except NimError as error:
            console.say(spoken.sentence(error.message))
            name = ""
        else:
            say_note(console, session)
            return True


async def _sign_in(console: Console, session: PlayerSession, who: str, password: str) -> None:
    try:
        await session.sign_in(who, password)
    except SignInIncomplete as error:
        # A one-time password is replaced at the first sign-in.
        console.say(spoken.sentence(error.message))
        new = await console.ask_for(f"New password? {_STRENGTH}", secret=True)
        await session.sign_in(who, password, new)


async def register(console: Console, session: PlayerSession, invitation: str | None = None) -> bool:
    """Ask for what an account needs until it is accepted. Returns whether it was made.

    The code of an `invitation` lets newcomers in where registration is closed.
    """
    while True:
        try:
            name = await console.ask_for(f"Register: which username? {_NAMES} {_BACK}")
            if not name:
                return False
            password = await console.ask_for(f"Password? {_STRENGTH}", secret=True)
            email = await console.ask_for("E-mail address? It may stay empty, except on AWS.")
            phone = await console.ask_for("Phone number, such as +15555550100? It may stay empty.")
            await session.register(name, password, email or None, phone or None, invitation)
        except WentBack:
            return False
        except NimError as error:
            console.say(spoken.sentence(error.message))
        else:
            say_note(console, session)
            return True


def say_note(console: Console, session: PlayerSession) -> None:
    """Say what is wrong with the keyring, once."""
    if note := session.take_note():
        console.say(spoken.sentence(note))
