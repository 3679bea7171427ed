"""What a terminal sends, as events. Any bytes may come, and none of them ends the app.

Textual's own parser decodes strictly as UTF-8, raises on some sequences, types out the letters of
those it does not know, and waits for ever for the end of a paste. Here the bytes are cut into
characters and whole sequences first (ECMA-48, section 5.4); Textual's parser only says what one of
them means.
"""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Callable
from time import monotonic

from textual import constants, events, messages
from textual._xterm_parser import XTermParser
from textual.message import Message

# The rest of a sequence, of a character or of a paste that does not come within so many seconds
# never will. A lone escape has Textual's own, much shorter delay: it may be the key.
REST_SECONDS = 0.5
PASTE_SECONDS = 1.0
# No terminal's answer is longer, nobody pastes more into a field, and no screen is larger.
MOST_IN_A_SEQUENCE = 256
MOST_PASTED = 100_000
MOST_CELLS = 1_000
# Textual's parser gives up on what is longer.
LONGEST_KNOWN = 32

_ESC = b"\x1b"
_CTRL_Q = b"\x11"
_PASTE_BEGINS, _PASTE_ENDS = b"\x1b[200~", b"\x1b[201~"
# A mouse report in the oldest way: button, column and row in a byte each, of any value.
_X10 = re.compile(rb"\x1b\[M(.)(.)(.)", re.DOTALL)
# CSI (and the Linux console's F1 to F5), SS3, the strings (OSC, DCS, SOS, PM, APC), alt and a key.
_SEQUENCE = re.compile(
    rb"\x1b(?:\[(?:\[[ -~]|M[\x00-\xff]{3}|(?![\[M])[0-?]*[ -/]*[@-~])"
    rb"|O[0-?]*[@-~]"
    rb"|[\]PX^_][^\x07\x11\x18\x1a\x1b]*(?:\x07|\x1b\\)"
    rb"|[^\[O\]PX^_\x1b\x80-\xff]|[\xc2-\xf4][\x80-\xbf]{1,3})"
)
_UNFINISHED = re.compile(
    rb"\x1b(?:\[(?:\[?|M[\x00-\xff]{0,2}|[0-?]*[ -/]*)"
    rb"|O[0-?]*"
    rb"|[\]PX^_][^\x07\x11\x18\x1a\x1b]*\x1b?"
    rb"|[\xc2-\xf4]?)\Z"
)
# A sequence up to the byte that cannot belong to it.
_BROKEN = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|O[0-?]*|[\]PX^_][^\x07\x11\x18\x1a\x1b]*)?")


class Keyboard:
    """Bytes to events: give it what was read, and a `tick` while nothing comes.

    Args:
        now: a clock in seconds.

    """

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._parser = XTermParser()
        # Whether the terminal has answered that it can report its size in this way.
        self._reports_size = False
        self._rest = b""
        self._pasted: bytearray | None = None
        self._last = now()
        self._found: list[Message] = []

    @property
    def pending(self) -> bool:
        """Whether something has begun whose rest may come; without it, a `tick` has no effect."""
        unfinished_character = bool(self._decoder.getstate()[0])
        return bool(self._rest) or self._pasted is not None or unfinished_character

    def feed(self, data: bytes) -> list[Message]:
        """The events of what has been read."""
        self._last = self._now()
        self._rest += data
        while self._rest and self._take():
            pass
        return self._taken()

    def tick(self) -> list[Message]:
        """What has become clear because nothing has come for a while."""
        waited = self._now() - self._last
        if self._pasted is not None:
            if waited >= PASTE_SECONDS:
                rest, self._rest = self._rest, b""
                self._paste(rest)
        elif self._rest == _ESC:
            if waited >= constants.ESCAPE_DELAY:
                self._rest = b""
                self._escape()
        elif waited >= REST_SECONDS:
            self._decoder.reset()
            # Some keys look unfinished: `ESC [ 7 $` is rxvt's shift+home.
            rest, self._rest = self._rest, b""
            if rest:
                self._ask(rest.decode(errors="replace"))
        return self._taken()

    def _taken(self) -> list[Message]:
        found, self._found = self._found, []
        return [event for event in found if _usable(event)]

    def _take(self) -> bool:
        """Take something off the front of the rest; False where more must come first."""
        if self._pasted is not None:
            return self._take_pasted(self._pasted)
        text, escape, after = self._rest.partition(_ESC)
        for character in self._decoder.decode(text, final=bool(escape)):
            self._ask(character)
        self._rest = escape + after
        return bool(escape) and self._take_sequence()

    def _take_sequence(self) -> bool:
        rest = self._rest
        if whole := _SEQUENCE.match(rest):
            self._rest = rest[whole.end() :]
            self._means(whole[0])
            return True
        if len(rest) <= MOST_IN_A_SEQUENCE and _UNFINISHED.match(rest):
            return False
        broken = _BROKEN.match(rest)
        self._rest = rest[broken.end() if broken else 1 :]
        if rest.startswith(_ESC * 2):
            self._escape()
        return True

    def _take_pasted(self, pasted: bytearray) -> bool:
        text, end, after = self._rest.partition(_PASTE_ENDS)
        if (quit_at := text.find(_CTRL_Q)) >= 0:
            # No text has it. The end of the paste has been lost, and the person wants to leave.
            self._rest = text[quit_at:] + end + after
            self._paste(text[:quit_at])
            return True
        if end:
            self._rest = after
            self._paste(text)
            return True
        # The end may be on its way.
        keep = next((n for n in range(5, 0, -1) if text.endswith(_PASTE_ENDS[:n])), 0)
        pasted += text[: len(text) - keep]
        del pasted[MOST_PASTED:]
        self._rest = text[len(text) - keep :]
        return False

    def _paste(self, text: bytes) -> None:
        pasted, self._pasted = bytes(self._pasted or b"") + text, None
        words = pasted[:MOST_PASTED].decode(errors="replace").replace("\x00", "")
        if words:
            self._found.append(events.Paste(words))

    def _escape(self) -> None:
        self._found.append(events.Key("escape", "\x1b"))

    def _means(self, sequence: bytes) -> None:
        """Add the events that a sequence stands for; none where it is unknown."""
        if sequence == _PASTE_BEGINS:
            self._pasted = bytearray()
            return
        text = _modern(sequence).decode(errors="replace")
        if not self._ask(text) and len(text) == 2:
            self._ask(text[1], alt=True)

    def _ask(self, text: str, *, alt: bool = False) -> bool:
        """Ask Textual's parser what a character or a sequence means; whether it knows."""
        if len(text) > LONGEST_KNOWN or "\x1b" in text[1:]:
            return False  # it would be typed out, letter by letter
        try:
            found = [*self._parser.feed(text)]
        except Exception:  # noqa: BLE001 (whatever it raises, it was not a key of this keyboard)
            found = []
        if any(isinstance(event, events.Resize) for event in found) and not self._reports_size:
            found = []
        if not found:
            # It may wait for more, or have ended with its error.
            self._parser = self._another_parser()
        for event in found:
            if isinstance(event, messages.InBandWindowResize):
                self._reports_size = event.supported
            self._found.append(_with_alt(event) if alt and isinstance(event, events.Key) else event)
        return bool(found)

    def _another_parser(self) -> XTermParser:
        old, new = self._parser, XTermParser()
        new.last_x, new.last_y = old.last_x, old.last_y
        if self._reports_size and old.terminal_pixel_size and all(old.terminal_pixel_size):
            new.mouse_pixels = old.mouse_pixels
            new.terminal_size = old.terminal_size
            new.terminal_pixel_size = old.terminal_pixel_size
        return new


def _modern(sequence: bytes) -> bytes:
    """A mouse report of the oldest kind in the words of the newest (SGR); else as it is."""
    report = _X10.fullmatch(sequence)
    if report is None:
        return sequence
    button, column, row = (part[0] - 32 for part in report.groups())
    # It does not say which button was released; the first one is what we use.
    released = button & 0b11 == 0b11 and not button & 0b1100000
    return f"\x1b[<{0 if released else button};{column};{row}{'m' if released else 'M'}".encode()


def _with_alt(key: events.Key) -> events.Key:
    """As Textual names it: only keys of one letter show their alt."""
    if len(key.key) != 1:
        return key
    name = f"shift+{key.key.lower()}" if key.key.isupper() else key.key
    return events.Key(f"alt+{name}", key.character)


def _usable(event: Message) -> bool:
    """Whether an event says something that the app can work with, and the terminal can show."""
    match event:
        case events.Key():
            return not any("\ud800" <= char <= "\udfff" for char in event.character or "")
        case events.MouseEvent():
            return 0 <= event.x < MOST_CELLS and 0 <= event.y < MOST_CELLS
        case events.Resize():
            sides = (*event.size, *(event.pixel_size or ()))
            return all(sides) and max(event.size) <= MOST_CELLS
    return True
