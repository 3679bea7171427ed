"""What is emitted is readable, also where a terminal has few colours and brightens bold ones."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from nim_tui.paint import PALETTES, Depth, Look, Palette
from nim_tui.theme.color_filter import DepthFilter
from nim_tui.theme.themes import CSS_TOKENS, palette_of

INKS = {
    "bg": ("text", "muted", "you", "opp", "good", "bad"),
    "surface": ("text", "muted", "you", "opp", "good", "bad"),
    "key": ("text", "you", "opp", "good", "bad"),
    "you": ("ink_you",),
    "opp": ("ink_opp",),
}
COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
PAIRS = [(ink, ground) for ground, inks in INKS.items() for ink in inks]

XTERM = [
    "#000000",
    "#cd0000",
    "#00cd00",
    "#cdcd00",
    "#0000ee",
    "#cd00cd",
    "#00cdcd",
    "#e5e5e5",
    "#7f7f7f",
    "#ff0000",
    "#00ff00",
    "#ffff00",
    "#5c5cff",
    "#ff00ff",
    "#00ffff",
    "#ffffff",
]
VGA = [
    "#000000",
    "#aa0000",
    "#00aa00",
    "#aa5500",
    "#0000aa",
    "#aa00aa",
    "#00aaaa",
    "#aaaaaa",
    "#555555",
    "#ff5555",
    "#55ff55",
    "#ffff55",
    "#5555ff",
    "#ff55ff",
    "#55ffff",
    "#ffffff",
]


def emitted(palette: Palette, depth: Depth, ink: str, ground: str, *, bold: bool) -> Style:
    style = Style(color=getattr(palette, ink), bgcolor=getattr(palette, ground), bold=bold)
    return changed(style, Look(palette, depth))


def changed(style: Style, look: Look) -> Style:
    (segment,) = DepthFilter(look).apply([Segment("x", style)], Color(0, 0, 0))
    assert segment.style is not None
    return segment.style


def contrast_of(style: Style, table: list[str]) -> float:
    """The contrast of a style on the screen of a terminal that brightens what is bold."""
    fore = shown(style.color, table, bold=bool(style.bold))
    return _contrast(fore, shown(style.bgcolor, table, bold=False))


def shown(color: RichColor | None, table: list[str], *, bold: bool) -> Color:
    """The colour on the screen of a terminal that brightens what is bold."""
    assert color is not None
    number = color.number
    if number is not None and number < 16:
        return Color.parse(table[number + 8 if bold and number < 8 else number])
    red, green, blue = color.get_truecolor()
    return Color(red, green, blue)


@pytest.mark.parametrize("name", PALETTES)
@pytest.mark.parametrize("depth", [Depth.SIXTEEN, Depth.MANY], ids=["16", "256"])
@pytest.mark.parametrize("table", [XTERM, VGA], ids=["xterm", "vga"])
def test_what_is_emitted_is_readable(name: str, depth: Depth, table: list[str]) -> None:
    poor = {}
    for (ink, ground), bold in itertools.product(PAIRS, (False, True)):
        style = emitted(PALETTES[name], depth, ink, ground, bold=bold)
        contrast = contrast_of(style, table)
        if contrast < 4.5:
            poor[ink, ground, bold] = round(contrast, 2)
    assert poor == {}


@pytest.mark.parametrize("depth", [Depth.SIXTEEN, Depth.MANY], ids=["16", "256"])
@pytest.mark.parametrize("table", [XTERM, VGA], ids=["xterm", "vga"])
@pytest.mark.parametrize("theme", BUILTIN_THEMES.values(), ids=BUILTIN_THEMES)
def test_textuals_own_themes_are_readable(theme: Theme, depth: Depth, table: list[str]) -> None:
    palette = palette_of(theme)
    for (ink, ground), bold in itertools.product(PAIRS, (False, True)):
        style = emitted(palette, depth, ink, ground, bold=bold)
        assert contrast_of(style, table) >= 4.5, (ink, ground, bold)


@pytest.mark.parametrize("depth", [Depth.SIXTEEN, Depth.MANY], ids=["16", "256"])
@pytest.mark.parametrize("name", PALETTES)
@given(ink=COLOURS, ground=COLOURS, bold=st.booleans())
def test_colours_that_are_in_no_palette_stay_readable(
    name: str, depth: Depth, ink: str, ground: str, *, bold: bool
) -> None:
    palette = PALETTES[name]
    assume(not {ink, ground} & {getattr(palette, token) for token in CSS_TOKENS})
    for fore, back in ((ink, ground), (palette.text, ground), (ink, palette.bg)):
        style = changed(Style(color=fore, bgcolor=back, bold=bold), Look(palette, depth))
        for table in (XTERM, VGA):
            assert contrast_of(style, table) >= 4.5


@pytest.mark.parametrize("name", PALETTES)
@pytest.mark.parametrize("depth", [Depth.SIXTEEN, Depth.MANY], ids=["16", "256"])
def test_key_caps_are_readable(name: str, depth: Depth) -> None:
    look = Look(PALETTES[name], depth)
    ink, cap = look.ink_on("key"), look.colour("key")
    assert isinstance(ink, int)
    assert isinstance(cap, int)
    style = Style(color=RichColor.from_ansi(ink), bgcolor=RichColor.from_ansi(cap), bold=True)
    for table in (XTERM, VGA):
        assert contrast_of(changed(style, look), table) >= 4.5


def _contrast(one: Color, other: Color) -> float:
    """The contrast of WCAG 2.2."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: Color) -> float:
    parts = [part / 255 for part in (color.r, color.g, color.b)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
