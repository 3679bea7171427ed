"""The words about an account: its forms, how notices come, and why they do not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backend.domain.people import NoticeProblem, NoticesBy

TELLS: Mapping[NoticesBy, str] = {
    "none": "Nobody tells you when it is your turn.",
    "sms": "A text message tells you when it is your turn, where the server sends any.",
    "email": "An e-mail tells you when it is your turn.",
    "ntfy": "Your topic on the server's ntfy tells you when it is your turn.",
}
"""How the player hears of a turn."""

MISSING: Mapping[NoticesBy, str] = {
    "sms": "Nobody tells you when it is your turn: your account has no phone number.",
    "email": "Nobody tells you when it is your turn: your account has no e-mail address.",
    "ntfy": "Nobody tells you when it is your turn: your account has no ntfy topic.",
}
"""Why the player does not hear of a turn, though they chose a way."""


def tells(notices: NoticesBy, address: str | None) -> str:
    """How the player hears of a turn, by what they chose and where that would go."""
    return TELLS[notices] if address or notices not in MISSING else MISSING[notices]


PROBLEMS: Mapping[NoticeProblem, str] = {
    "refused": "The last notice was refused. Check the address, or choose another way.",
    "unreachable": "Notices cannot be sent this way right now.",
    "unconfirmed": "Notices come once you have confirmed the address with the code sent to it.",
}
"""Why notices do not arrive, and what to do."""


@dataclass(frozen=True, slots=True)
class FormText:
    """The words of one form: its title, a note, its pill, and what to say once it is done."""

    title: str
    note: str
    done: str
    sentence: str


_SENT = "A code goes to it where this server can send one. Enter it here to confirm it."

FORMS: Mapping[str, FormText] = {
    "email": FormText("E-mail", _SENT, "Save", "Your e-mail address is saved."),
    "phone": FormText("Phone", _SENT, "Save", "Your phone number is saved."),
    "topic": FormText(
        "ntfy topic",
        "A topic's name on the ntfy server of whoever runs this server. Choose one that nobody"
        " guesses: whoever knows it can read your notices.",
        "Save",
        "Your topic is saved.",
    ),
    "code-email": FormText(
        "Confirm your e-mail", "Type the code that was mailed to you.", "Confirm", "Confirmed."
    ),
    "code-sms": FormText(
        "Confirm your phone", "Type the code that was texted to you.", "Confirm", "Confirmed."
    ),
    "password": FormText(
        "Change your password",
        "Every other session ends; you stay signed in here.",
        "Change",
        "Your password is changed, and every other session has ended.",
    ),
    "forgot": FormText(
        "Forgot your password?",
        "A code goes to the e-mail address and the phone number that you have confirmed.",
        "Send a code",
        "",
    ),
    "reset": FormText(
        "A new password",
        "If the account has a confirmed address, the code is on its way. It lasts 15 minutes.",
        "Save and sign in",
        "",
    ),
    "delete": FormText(
        "Delete this account for good?",
        "Your open games end as resigned, your sessions end, and your name is free for others."
        " This cannot be undone.",
        "Delete",
        "Your account is deleted.",
    ),
}
