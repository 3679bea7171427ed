"""How to draw: a palette, the terminal's colour depth, and the kind of glyphs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from functools import lru_cache
from typing import Literal

from nim_tui.paint.cells import Colour
from nim_tui.paint.colour import hex_of, mix, nearest256
from nim_tui.paint.palette import DUSK, Palette

Side = Literal["you", "opp"]
"""A player: the person at this terminal (in hotseat the first named), or the opponent."""

Ramp = tuple[Colour, ...]
"""Colours from shadow to light."""

LEVELS = 10


class Depth(IntEnum):
    """How many colours the terminal shows. NONE is for NO_COLOR: bold and reverse only."""

    NONE = 0
    SIXTEEN = 16
    MANY = 256
    TRUE = 1 << 24


class Glyphs(Enum):
    """What objects are drawn with: shaded stones, plain blocks, or ASCII alone."""

    STONES = "stones"
    PLAIN = "plain"
    ASCII = "ascii"


@dataclass(frozen=True, slots=True)
class Marks:
    """The small signs beside words. Each is one column wide if ambiguous characters are."""

    you: str = "●"
    opp: str = "◆"
    good: str = "✓"
    bad: str = "✗"
    already_lost: str = "–"
    left: str = "●"
    taken: str = "·"
    focus: str = "▌"
    offline: str = "◌"
    last: str = "✕"
    arrow: str = "→"
    dot: str = "·"
    place: str = "›"

    def of(self, side: Side) -> str:
        """The sign of a player."""
        return self.you if side == "you" else self.opp


MARKS = Marks()
ASCII_MARKS = Marks("*", "+", "v", "x", "-", "o", ".", ">", "o", "x", ">", "-", ">")

# Colours of the 256, from shadow to light, on a dark and on a light background: chosen by eye,
# because the hue of the numerically nearest ones changes from step to step.
_MANY: dict[bool, dict[Side | None, Ramp]] = {
    True: {
        None: (239, 242, 245, 248, 251, 254),
        "you": (94, 172, 215, 222),
        "opp": (24, 67, 117, 153),
    },
    False: {
        None: (238, 240, 243, 245, 248, 251),
        "you": (94, 130, 137),
        "opp": (24, 25, 67),
    },
}
_INKS = frozenset({"text", "muted", "you", "opp", "good", "bad"})
_MANY_DUSK = {"bg": 233, "key": 237, "text": 255, "muted": 248}

_SIXTEEN: dict[bool, dict[Side | None, Ramp]] = {
    True: {None: (8, 8, 7, 7, 15), "you": (3, 11), "opp": (6, 14)},
    False: {None: (0, 8, 7), "you": (5,), "opp": (4,)},
}
_SIXTEEN_DARK = {
    "bg": 0, "surface": 0, "key": 7, "pool": 0, "text": 15, "muted": 7, "line": 8,
    "you": 11, "opp": 14, "good": 10, "bad": 9, "ink_you": 0, "ink_opp": 0,
}  # fmt: skip
# On white only black, red, blue and magenta are readable: xterm's yellow, green, cyan and even its
# grey are not. What is good has its sign and its word.
_SIXTEEN_LIGHT = {
    "bg": 15, "surface": 15, "key": 7, "pool": 15, "text": 0, "muted": 0, "line": 8,
    "you": 5, "opp": 4, "good": 0, "bad": 1, "ink_you": 15, "ink_opp": 15,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that a painter needs besides the heap and its place."""

    palette: Palette = DUSK
    depth: Depth = Depth.TRUE
    glyphs: Glyphs = Glyphs.STONES

    @property
    def shaded(self) -> bool:
        """Whether objects have light and shadow, which needs colours."""
        return self.glyphs is Glyphs.STONES and self.depth is not Depth.NONE

    @property
    def ascii(self) -> bool:
        return self.glyphs is Glyphs.ASCII

    @property
    def marks(self) -> Marks:
        return ASCII_MARKS if self.ascii else MARKS

    def colour(self, name: str) -> Colour:
        """A palette's colour (``bg``, ``you``, ``stone_mid``, …) as this terminal can show it.

        Raises AttributeError for an unknown name.
        """
        return _colour(self.palette, self.depth, name)

    def ink_on(self, side: Side | Literal["key"]) -> Colour:
        """The text colour on a player's colour, or on a key cap."""
        if side == "key":
            # None of the 16 colours is a grey on which bright ones are readable.
            return 0 if self.depth is Depth.SIXTEEN else self.colour("text")
        return self.colour("ink_you" if side == "you" else "ink_opp")


@lru_cache(maxsize=512)
def _colour(palette: Palette, depth: Depth, name: str) -> Colour:
    exact: str = getattr(palette, name)
    if depth is Depth.TRUE:
        return exact
    if depth is Depth.NONE:
        return None
    if depth is Depth.MANY:
        if palette.name == "dusk" and name in _MANY_DUSK:
            return _MANY_DUSK[name]
        return nearest256(exact, _grounds(palette) if name in _INKS else ())
    table = _SIXTEEN_DARK if palette.dark else _SIXTEEN_LIGHT
    return table.get(name, table["muted"])


@lru_cache(maxsize=64)
def _grounds(palette: Palette) -> tuple[str, ...]:
    """What words are written on in 256 colours."""
    grounds = (_colour(palette, Depth.MANY, name) for name in ("bg", "surface", "key"))
    return tuple(hex_of(ground, palette.bg) for ground in grounds)


@lru_cache(maxsize=256)
def ramp(look: Look, who: Side | None, tint: int = 0, *, lit: bool = False) -> Ramp:
    """Ten colours from shadow to light: of a stone (``who`` None) or in a player's colour.

    ``tint`` picks one of the palette's stone tints; ``lit`` is a stone under the pointer.
    """
    if look.depth is Depth.TRUE:
        return _true_ramp(look.palette, who, tint, lit=lit)
    if look.depth is Depth.NONE:
        return (None,) * LEVELS
    dark = look.palette.dark
    steps = _MANY[dark][who] if look.depth is Depth.MANY else _SIXTEEN[dark][who]
    last = len(steps) - 1
    return tuple(
        steps[min(last, round(level * last / (LEVELS - 1)) + lit)] for level in range(LEVELS)
    )


def blend(one: Ramp, other: Ramp, share: float) -> Ramp:
    """A ramp between ``one`` and ``other``; without truecolor it changes at the half."""
    if share <= 0 or one == other:
        return one
    if share >= 1:
        return other
    pairs = zip(one, other, strict=True)
    mixed = [mix(a, b, share) for a, b in pairs if isinstance(a, str) and isinstance(b, str)]
    if len(mixed) == len(one):
        return tuple(mixed)
    return other if share >= 0.5 else one


def _true_ramp(palette: Palette, who: Side | None, tint: int, *, lit: bool) -> Ramp:
    if who is None:
        tinted = palette.tints[tint % len(palette.tints)]
        hi, mid, lo = palette.stone_hi, mix(tinted, palette.stone_mid, 0.35), palette.stone_lo
    else:
        mid = palette.you if who == "you" else palette.opp
        hi = mix(mid, "#ffffff", 0.44 if palette.dark else 0.3)
        lo = mix(mid, "#000000", 0.5)
    colours = []
    for level in range(LEVELS):
        t = (level + 0.5) / LEVELS * 2 - 1
        # Light tones come late: a stone is dull, and only its edge towards the light shines.
        colours.append(mix(mid, hi, t**1.4) if t > 0 else mix(mid, lo, -t))
    if lit:
        colours = [*colours[2:], hi, mix(hi, "#ffffff", 0.5)]
    return tuple(colours)
