"""The line filter between the styles and the terminal, for all screens.

It turns the colours of the palette into those that the terminal has (none under NO_COLOR, its own
16, or 256 chosen by eye), and every character into ASCII where only that is safe.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from math import dist

from rich.cells import cell_len
from rich.color import Color as RichColor
from rich.color import ColorType
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from nim_tui.paint import Depth, Look
from nim_tui.paint.colour import nearest256, readable, rgb
from nim_tui.theme.themes import CSS_TOKENS

GROUNDS = ("bg", "surface", "key", "you", "opp", "good", "bad")
INKS = ("text", "muted", "you", "opp", "good", "bad", "ink_you", "ink_opp")

# Of the 16 colours, those that are readable on black and on white in every usual table, and the
# dark ones, on which otherwise only white is.
_READABLE = {0: frozenset({7, 9, 10, 11, 14, 15}), 15: frozenset({0, 1, 4, 5})}
_DARK = frozenset({0, 1, 4, 5})


class DepthFilter(LineFilter):
    """Replaces colours by those that the terminal has, just before they are written."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        palette = look.palette
        self._known = {
            RichColor.parse(getattr(palette, token)): _rich(look, token) for token in CSS_TOKENS
        }
        self._key = RichColor.parse(palette.key)
        self._tokens = {token: rgb(getattr(palette, token)) for token in (*GROUNDS, *INKS)}
        self._fills = {self._key, *map(RichColor.parse, (palette.you, palette.opp))}

    @property
    def needed(self) -> bool:
        """Whether it changes anything."""
        return self.look.depth is not Depth.TRUE or self.look.ascii

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        change = self._plain if self.look.depth is Depth.NONE else self._changed
        spell = asciified if self.look.ascii else str
        return [
            Segment(spell(text), None if style is None else change(style), control)
            for text, style, control in segments
        ]

    @lru_cache(maxsize=2048)  # noqa: B019 - one filter a theme, and only the current one is kept
    def _changed(self, style: Style) -> Style:
        if self.look.depth is Depth.TRUE:
            return style
        if self.look.depth is Depth.SIXTEEN:
            return _without_brightening(self._sixteen(style))
        return self._replaced(style)

    def _sixteen(self, style: Style) -> Style:
        if style.bgcolor == self._key:
            # None of the 16 colours is a grey on which all the others are readable.
            return style + Style(color=RichColor.from_ansi(0), bgcolor=RichColor.from_ansi(7))
        return self._replaced(style)

    def _replaced(self, style: Style) -> Style:
        fore = self._known.get(style.color) if style.color else None
        back = self._known.get(style.bgcolor) if style.bgcolor else None
        mixed = [colour for colour in (style.color, style.bgcolor) if self._is_mixed(colour)]
        if mixed and style.color and style.bgcolor:
            back = back or self._ground(style.bgcolor)
            fore = self._ink(style.color, back)
        return style + Style(color=fore, bgcolor=back) if fore or back else style

    def _is_mixed(self, colour: RichColor | None) -> bool:
        """Whether it is a colour of no palette, such as a blend of two."""
        return (
            colour is not None and colour.type is ColorType.TRUECOLOR and colour not in self._known
        )

    def _ground(self, colour: RichColor) -> RichColor:
        """The nearest background that the terminal has."""
        if colour.type is not ColorType.TRUECOLOR:
            return colour
        if self.look.depth is Depth.MANY:
            return RichColor.from_ansi(nearest256(colour.get_truecolor().hex))
        return _rich(self.look, self._nearest(colour, GROUNDS))

    def _ink(self, colour: RichColor, ground: RichColor) -> RichColor:
        """The nearest colour of text that is readable on `ground`."""
        if self.look.depth is Depth.MANY:
            under = (ground.get_truecolor().hex,)
            wanted = readable(colour.get_truecolor().hex, under)  # of the same hue
            return RichColor.from_ansi(nearest256(wanted, under))
        number = colour.number
        if colour.type is ColorType.TRUECOLOR:
            number = _rich(self.look, self._nearest(colour, INKS)).number
        for each in (number, _rich(self.look, "muted").number):
            if each in _READABLE.get(ground.number or 0, ()):
                return RichColor.from_ansi(each or 0)
        return RichColor.from_ansi(15 if ground.number in _DARK else 0)

    def _nearest(self, colour: RichColor, tokens: tuple[str, ...]) -> str:
        want = colour.get_truecolor()
        return min(tokens, key=lambda token: dist(self._tokens[token], want))

    @lru_cache(maxsize=2048)  # noqa: B019 - as above
    def _plain(self, style: Style) -> Style:
        """Keep bold, underline, reverse and what the mouse needs; a fill becomes reverse."""
        plain = Style(
            bold=style.bold or None,
            underline=style.underline or None,
            reverse=style.reverse or style.bgcolor in self._fills or None,
        )
        return plain + Style(meta=style.meta) if style.meta else plain


def _without_brightening(style: Style) -> Style:
    """Not bold in one of the first eight colours: many terminals show those brighter in bold."""
    number = style.color.number if style.color is not None else None
    return style + Style(bold=False) if style.bold and number is not None and number < 8 else style


# ASCII for our signs and those of Textual's widgets.
_SPELLED = str.maketrans(
    {
        sign: spelled
        for signs, spelled in (
            ("…", "."), ("–—·─━", "-"), ("›→", ">"), ("←", "<"), ("↑", "^"), ("↓✓", "v"),
            ("•●", "*"), ("◆╭╮╰╯┌┐└┘", "+"), ("✗✕×", "x"), ("│┃▌▐▎▊▏▕", "|"), ("█▀▄", "#"),
            ("▔▁", "_"), ("“”", '"'), ("‘’", "'"),
        )
        for sign in signs
    }
)  # fmt: skip


@lru_cache(maxsize=2048)
def asciified(text: str) -> str:
    """`text` in ASCII, of the same width: letters lose accents, other characters become `?`."""
    if text.isascii():
        return text
    return "".join(map(_spelled, text.translate(_SPELLED)))


def _spelled(char: str) -> str:
    if char.isascii():
        return char
    plain = unicodedata.normalize("NFKD", char)[0]
    return plain if plain.isascii() and cell_len(char) == 1 else "?" * cell_len(char)


def _rich(look: Look, token: str) -> RichColor:
    colour = look.colour(token)
    if isinstance(colour, int):
        return RichColor.from_ansi(colour)
    return RichColor.default() if colour is None else RichColor.parse(colour)
