from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from nim_tui.paint import DUSK, OKABE, PAPER, Depth, Glyphs, contrast
from nim_tui.terminal.capabilities import Terminal, no_color
from nim_tui.theme.color_filter import DepthFilter
from nim_tui.theme.themes import OUR_THEMES, css_variables, make_look, palette_of

ALL = [*OUR_THEMES, *BUILTIN_THEMES.values()]


@pytest.mark.parametrize("theme", ALL, ids=lambda theme: theme.name)
def test_all_text_of_every_theme_can_be_read(theme: Theme) -> None:
    palette = palette_of(theme)
    for ink in palette.inks:
        assert contrast(ink, palette.bg) >= 4.5
        assert contrast(ink, palette.key) >= 4.5
    assert contrast(palette.ink_you, palette.you) >= 4.5
    assert contrast(palette.ink_opp, palette.opp) >= 4.5
    assert contrast(palette.line, palette.bg) >= 3.0
    # Cards and fields are filled with `surface`: names, hints and problems stand on it.
    for ink in (palette.text, palette.muted, palette.you, palette.bad):
        assert contrast(ink, palette.surface) >= 4.5


@pytest.mark.parametrize("theme", ALL, ids=lambda theme: theme.name)
def test_every_theme_has_every_variable(theme: Theme) -> None:
    variables = css_variables(palette_of(theme))
    assert all(re.fullmatch(r"#[0-9a-f]{6}", value) for value in variables.values())
    assert {"bg", "ink", "muted", "you", "opp", "key", "good", "bad"} <= variables.keys()


def test_our_themes_are_the_painters_palettes() -> None:
    assert [palette_of(theme) for theme in OUR_THEMES] == [DUSK, PAPER, OKABE]


@pytest.mark.parametrize(
    ("environ", "color_system", "terminal"),
    [
        ({"LANG": "de_DE.UTF-8"}, "truecolor", Terminal(Depth.TRUE)),
        ({"LANG": "C.UTF-8"}, "256", Terminal(Depth.MANY)),
        ({}, "standard", Terminal(Depth.SIXTEEN)),
        ({}, "windows", Terminal(Depth.SIXTEEN)),
        ({"TERM": "dumb"}, None, Terminal(Depth.NONE, unicode=False)),
        ({"NO_COLOR": "1"}, "truecolor", Terminal(Depth.NONE)),
        ({"NO_COLOR": ""}, "truecolor", Terminal(Depth.TRUE)),
        ({"TERM": "linux", "LANG": "en_US.UTF-8"}, "standard", Terminal(Depth.SIXTEEN, False)),
        ({"LC_ALL": "C", "LANG": "en_US.UTF-8"}, "256", Terminal(Depth.MANY, False)),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, "256", Terminal(Depth.MANY, False)),
        ({"LC_CTYPE": "de_DE.ISO-8859-1"}, "256", Terminal(Depth.MANY, False)),
    ],
)
def test_what_a_terminal_can_show(
    environ: Mapping[str, str], color_system: str | None, terminal: Terminal
) -> None:
    assert Terminal.detect(color_system, environ) == terminal


def test_an_empty_no_color_is_none() -> None:
    assert not no_color({"NO_COLOR": ""})
    assert not no_color({})
    assert no_color({"NO_COLOR": "0"})


def test_glyphs_follow_the_wish_where_the_terminal_can() -> None:
    dusk = OUR_THEMES[0]
    assert make_look(dusk, Terminal(), "auto").glyphs is Glyphs.STONES
    assert make_look(dusk, Terminal(), "plain").glyphs is Glyphs.PLAIN
    assert make_look(dusk, Terminal(unicode=False), "stones").glyphs is Glyphs.ASCII


def test_a_theme_of_the_terminals_own_colours_uses_no_others() -> None:
    look = make_look(BUILTIN_THEMES["ansi-dark"], Terminal(Depth.TRUE))
    assert look.depth is Depth.SIXTEEN
    assert all(isinstance(look.colour(token), int) for token in ("bg", "you", "opp", "text"))


def filtered(depth: Depth, style: Style) -> Style:
    """What becomes of a style on its way to a terminal of this depth."""
    look = make_look(OUR_THEMES[0], Terminal(depth))
    (segment,) = DepthFilter(look).apply([Segment("x", style)], Color(0, 0, 0))
    assert segment.style is not None
    return segment.style


def test_without_colours_bold_stays_and_a_fill_becomes_reverse() -> None:
    style = Style(color=DUSK.text, bgcolor=DUSK.bg, bold=True, italic=True, dim=True)
    assert filtered(Depth.NONE, style) == Style(bold=True)
    assert filtered(Depth.NONE, Style(bgcolor=DUSK.key)) == Style(reverse=True)
    assert filtered(Depth.NONE, Style(bgcolor=DUSK.surface)) == Style()
    assert filtered(Depth.NONE, Style(meta={"option": 3})).meta == {"option": 3}


def test_with_few_colours_the_terminals_own_are_named() -> None:
    sixteen = filtered(Depth.SIXTEEN, Style(color=DUSK.you, bgcolor=DUSK.bg))
    assert sixteen.color is not None
    assert sixteen.bgcolor is not None
    assert (sixteen.color.number, sixteen.bgcolor.number) == (11, 0)
    many = filtered(Depth.MANY, Style(bgcolor=DUSK.bg))
    assert many.bgcolor is not None
    assert many.bgcolor.number == 233
