"""The rules for usernames, passwords, e-mail addresses, phone numbers and ntfy topics. Pure.

E-mail addresses are checked for their syntax and phone numbers for the E.164 form only: no DNS
query is made, and numbers reserved for tests (+1 555 …) are valid.

Passwords follow the OpaqueString profile of RFC 8265: wherever one is set or checked, every space
becomes U+0020 and the text is in NFC, so that keyboards that write an accent in different ways
agree. Characters that the profile disallows (controls, invisible ones, those without a meaning) are
refused when a password is set.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterator

from backend.domain.errors import BadRequest
from backend.domain.people import Registration

USERNAME = re.compile(r"[A-Za-z0-9_-]{4,20}")
# Names that need quotes before the @ are refused: they are markup more often than mail.
EMAIL = re.compile(
    r"[^@\s\x00-\x1f\x7f()<>\[\]:;,\\\"]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+"
)
PHONE = re.compile(r"\+[1-9]\d{7,14}", re.ASCII)
# As the ntfy server itself has it: no slash, so that no topic leads to another of its addresses.
TOPIC = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MOST_EMAIL = 254
PASSWORD_LENGTH = range(8, 100)

# What PRECIS' FreeformClass (RFC 8264, 4.3) disallows: controls, what has no meaning (surrogates,
# private use, unassigned), formats and separators of lines. It allows two formats, the joiners,
# only beside certain letters; they cannot be seen, so none of them is accepted here.
_DISALLOWED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# The rest of what is ignorable by default, and the old Hangul letters (RFC 8264, 9.9 and 9.13).
_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
    "\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]"
)


def username_problem(username: str) -> str | None:
    """What is wrong with a username, in words; None if it is valid."""
    if USERNAME.fullmatch(username):
        return None
    return "must have 4 to 20 characters: letters A to Z, digits, _ and -."


def prepared(password: str) -> str:
    """The password as it is stored and compared (RFC 8265, 4.2.2)."""
    spaced = "".join(" " if unicodedata.category(char) == "Zs" else char for char in password)
    return unicodedata.normalize("NFC", spaced)


def spellings(password: str) -> Iterator[str]:
    """What to compare with a stored password, in this order.

    The second, where it differs, is the password as it was typed: older passwords were stored so.
    """
    ready = prepared(password)
    yield ready
    if ready != password:
        yield password


def password_problem(password: str) -> str | None:
    """What is wrong with a password, in words; None if it is valid."""
    password = prepared(password)
    if _IGNORABLE.search(password) or any(
        unicodedata.category(char) in _DISALLOWED for char in password
    ):
        return "contains a character that cannot be seen, such as a tab. Type it again."
    if len(password) not in PASSWORD_LENGTH:
        return "must have 8 to 99 characters."
    missing = [
        what
        for what, has in (
            ("an upper case letter", any("A" <= c <= "Z" for c in password)),
            ("a lower case letter", any("a" <= c <= "z" for c in password)),
            ("a digit", any("0" <= c <= "9" for c in password)),
        )
        if not has
    ]
    return f"needs {' and '.join(missing)}." if missing else None


def email_problem(email: str) -> str | None:
    """What is wrong with an e-mail address, in words; None if it is valid."""
    if len(email) <= _MOST_EMAIL and email.isprintable() and EMAIL.fullmatch(email):
        return None
    return "must be an e-mail address like ana@example.com."


def phone_problem(phone: str) -> str | None:
    """What is wrong with a phone number, in words; None if it is valid."""
    if PHONE.fullmatch(phone):
        return None
    return "must be + and the country code, then digits only, like +15555555555."


def topic_problem(topic: str) -> str | None:
    """What is wrong with a topic of ntfy, in words; None if it is valid."""
    if TOPIC.fullmatch(topic):
        return None
    if "/" in topic:
        return "must be the topic's name alone, without an address or slashes, like my-nim-turns."
    return "must have 1 to 64 characters: letters A to Z, digits, _ and -."


def check_registration(
    username: str,
    password: str,
    email: str | None,
    phone: str | None,
    *,
    contacts_required: bool,
) -> Registration:
    """The registration, if all of it is valid.

    Args:
        contacts_required: whether an e-mail address and a phone number must be given.

    Raises:
        BadRequest: names every invalid field at once, by its name on the wire.

    """
    problems = {
        "username": username_problem(username),
        "password": password_problem(password),
    }
    if email is not None:
        problems["email"] = email_problem(email)
    elif contacts_required:
        problems["email"] = "is required here. Give it like ana@example.com."
    if phone is not None:
        problems["phoneNumber"] = phone_problem(phone)
    elif contacts_required:
        problems["phoneNumber"] = "is required here, for text messages. Give it like +15555555555."
    invalid = {field: problem for field, problem in problems.items() if problem}
    if invalid:
        raise BadRequest.of_fields(invalid)
    return Registration(username, prepared(password), email, phone)


# Without look-alikes (0 O, 1 l I), because a one-time password is read out and typed.
_LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_GROUPS = 4
_GROUP_LENGTH = 4


def one_time_password() -> str:
    """A password for the first sign-in, like `aB3d-…` (16 characters, about 92 bits)."""
    while True:
        groups = [
            "".join(secrets.choice(_LETTERS) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS)
        ]
        password = "-".join(groups)
        # It has to meet the rules for all passwords: one character of each kind.
        if all(any(kind(c) for c in password) for kind in (str.isupper, str.islower, str.isdigit)):
            return password
