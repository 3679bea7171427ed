"""Takes what is private out of texts that are kept or shown: logs, and what `doctor` prints.

Tokens, phone numbers and e-mail addresses are found by their form. A password has none, so those
that this process has met are remembered for as long as it keeps a log.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import quote, quote_plus, unquote, urlsplit

GONE = "[private]"

_FORMS = (
    re.compile(r"\beyJ[\w-]+(?:\.[\w-]*){1,2}"),  # an ID token
    re.compile(r"(?<=://)[^/\s@]+(?=@)"),  # a name and a password in an address
    re.compile(
        r"(?<![\w.+-])[^\s@\"'<>(){},;:=/\\]{1,64}@[\w-]+(?:\.[\w-]+)+"
    ),  # an e-mail address
    re.compile(r"(?<![\d+])(?:\+|%2B)[1-9]\d{7,14}(?!\d)", re.IGNORECASE),  # a phone number
    re.compile(r"(?i)(?<=\bbasic )[\w+/=-]{4,}|(?<=\bbearer )[^\s'\"]+"),
    # What follows a telling name, in JSON, in a URL, in headers and in their tuples of bytes.
    re.compile(
        r"(?i)(?:authorization|password|secret\w*|token|refreshtoken|idtoken|cookie|signature"
        r"|phone\w*|e-?mail)\\?['\"]?\s*[:=,]\s*b?\\?(?P<quote>['\"])(?P<value>.+?)(?=(?P=quote))"
    ),
    re.compile(r"(?i)(?:password|secret\w*|token|signature|credential)=(?P<value>[^\s&'\",;]+)"),
    # A refresh token, a hash; a secret key of AWS. Not the folders of a path.
    re.compile(r"(?<![\w/.-])(?=[\w-]*[\dA-Z])[\w-]{32,}(?![\w./])"),
    re.compile(
        r"(?<![\w+/=.-])(?=[\w+/]*\d)(?=[\w+/]*[A-Z])(?=[\w+/]*[a-z])[\w+/]{40}(?![\w+/=.-])"
    ),
)
_PRIVATE_FIELDS = frozenset(
    {
        "password", "newPassword", "email", "phoneNumber", "code", "invitation", "ntfyTopic",
        "idToken", "refreshToken",
    }
)  # fmt: skip
_PRIVATE_NAMES = re.compile(r"(?i)password|passwd|secret|token|credential|_key\b|access_key")
_LEAST = 4
"""A shorter text would be found everywhere by chance."""


class Secrets:
    """What this process has met and must not tell. Off until somebody keeps a log."""

    def __init__(self) -> None:
        self.on = False
        self._known: set[str] = set()

    def learn(self, value: object) -> None:
        """Remember a secret, in every way that it may be written."""
        if not self.on or not isinstance(value, str) or len(value) < _LEAST:
            return
        written = {value, quote(value, safe=""), quote_plus(value), repr(value)[1:-1]}
        written |= {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
        self._known |= written

    def learn_fields(self, document: object) -> None:
        """Remember the private fields of a request or an answer."""
        if self.on and isinstance(document, Mapping):
            for name in _PRIVATE_FIELDS & document.keys():
                self.learn(document[name])

    def learn_path(self, path: str) -> None:
        """Remember the code of an invitation in a path: whoever has it can take it."""
        match path.split("/"):
            case ["", "invitations", code, *_]:
                self.learn(code)

    def learn_environment(self, environ: Mapping[str, str]) -> None:
        """Remember what the environment says of passwords and keys, those in addresses included."""
        for name, value in environ.items():
            if _PRIVATE_NAMES.search(name):
                self.learn(value)
            elif "@" in value and "://" in value:
                self.learn_address(value)

    def learn_address(self, url: str) -> None:
        """Remember the name and the password in an address."""
        try:
            parts = urlsplit(url)
            found = (parts.username, parts.password)
        except ValueError:
            return
        for part in filter(None, found):
            self.learn(part)
            self.learn(unquote(part))

    def without(self, text: str) -> str:
        """The text without anything private."""
        for known in sorted(self._known, key=len, reverse=True):
            text = text.replace(known, GONE)
        for form in _FORMS:
            text = form.sub(_gone, text)
        return text


def _gone(found: re.Match[str]) -> str:
    """What is left of a private text: the name that it stood under."""
    value = found.groupdict().get("value")
    if value is None:
        return GONE
    whole = found[0]
    return f"{whole[: whole.rindex(value)]}{GONE}"


SECRETS = Secrets()
"""Those of this process."""
