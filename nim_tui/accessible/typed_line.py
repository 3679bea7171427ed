"""A line while it is typed at a terminal: what it holds, and what to echo. Pure."""

from __future__ import annotations

from enum import Enum, auto

from rich.cells import cell_len

MOST_CHARACTERS = 1000

END = "\x04"
"""What ctrl+d sends."""

_ERASE = "\b \b"


class _Escape(Enum):
    """How far a key's escape sequence has been read."""

    NONE = auto()
    BEGUN = auto()
    PARAMETERS = auto()
    ONE_MORE = auto()


class TypedLine:
    """A line as the terminal itself would edit it: backspace, ctrl+u and ctrl+w erase.

    Knowing what has been typed lets the caller keep its own lines out of it. The keys that send
    escape sequences, such as the arrows, do nothing.

    Attributes:
        text: what has been typed so far.
        secret: whether it is a password, which is not echoed.

    """

    def __init__(self) -> None:
        self.text = ""
        self.secret = False
        self._escape = _Escape.NONE

    def key(self, char: str) -> tuple[str, str | None]:
        """Take in one character.

        Returns:
            What to echo, and the line where this character ends it. At the end of input (ctrl+d on
            an empty line) the line is `END`.

        """
        if self._in_escape(char):
            return "", None
        match char:
            case "\r" | "\n":
                line, self.text = self.text, ""
                return "\n", line
            case _ if char == END and not self.text:
                return "", char
            case "\x7f" | "\b":
                return self._erase(len(self.text) - 1), None
            case "\x15":
                return self._erase(0), None
            case "\x17":
                kept = self.text.rstrip()
                return self._erase(kept.rfind(" ") + 1), None
        if not char.isprintable() or len(self.text) >= MOST_CHARACTERS:
            return "", None
        self.text += char
        return ("" if self.secret else char), None

    def _erase(self, keep: int) -> str:
        """Keep only so many characters. Returns what to echo."""
        gone, self.text = self.text[max(0, keep) :], self.text[: max(0, keep)]
        return "" if self.secret else _ERASE * cell_len(gone)

    def _in_escape(self, char: str) -> bool:
        """Whether the character belongs to a key's escape sequence."""
        match self._escape:
            case _Escape.NONE:
                self._escape = _Escape.BEGUN if char == "\x1b" else _Escape.NONE
                return char == "\x1b"
            case _Escape.BEGUN:
                following = {"[": _Escape.PARAMETERS, "O": _Escape.ONE_MORE, "\x1b": _Escape.BEGUN}
                self._escape = following.get(char, _Escape.NONE)
                # Escape alone, and then enter: the line ends all the same.
                return char not in "\r\n"
            case _Escape.PARAMETERS:
                if char in "\r\n":
                    self._escape = _Escape.NONE
                    return False
                self._escape = _Escape.NONE if "@" <= char <= "~" else _Escape.PARAMETERS
            case _Escape.ONE_MORE:
                self._escape = _Escape.NONE
        return True
