"""Palettes are readable, whatever theme they come from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nim_tui.paint import (
    DUSK,
    OKABE,
    PALETTES,
    PAPER,
    Depth,
    Look,
    Palette,
    ThemeColours,
    contrast,
    derive,
    mix,
)
from nim_tui.paint.colour import hex_of, hue, nearest256, readable, rgb, to_hex, xterm_hex

OURS = pytest.mark.parametrize("palette", [DUSK, PAPER, OKABE], ids=lambda p: p.name)
COLOURS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


@OURS
def test_every_word_can_be_read_on_the_ground_and_on_a_key(palette: Palette) -> None:
    for ink in palette.inks:
        assert contrast(ink, palette.bg) >= 4.5
        assert contrast(ink, palette.key) >= 4.5
        assert contrast(ink, palette.surface) >= 4.5
        assert contrast(ink, palette.pool) >= 4.5
    assert contrast(palette.ink_you, palette.you) >= 4.5
    assert contrast(palette.ink_opp, palette.opp) >= 4.5


@OURS
def test_marks_stand_out(palette: Palette) -> None:
    for mark in (palette.line, palette.stone_mid, *palette.tints):
        assert contrast(mark, palette.bg) >= 3


@pytest.mark.parametrize(
    ("palette", "ink", "on_bg", "on_key"),
    [(DUSK, "text", 15.3, 9.2), (PAPER, "muted", 6.1, 5.0), (OKABE, "you", 8.4, 4.9)],
)
def test_contrast_is_the_ratio_of_wcag(
    palette: Palette, ink: str, on_bg: float, on_key: float
) -> None:
    assert contrast(getattr(palette, ink), palette.bg) == pytest.approx(on_bg, abs=0.06)
    assert contrast(getattr(palette, ink), palette.key) == pytest.approx(on_key, abs=0.06)
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_palettes_are_found_by_name() -> None:
    assert {name: palette.name for name, palette in PALETTES.items()} == {
        "dusk": "dusk",
        "paper": "paper",
        "okabe": "okabe",
    }


THEMES = st.builds(
    ThemeColours,
    background=COLOURS,
    surface=COLOURS,
    primary=COLOURS,
    secondary=COLOURS,
    foreground=COLOURS,
    success=COLOURS,
    error=COLOURS,
    warning=st.none() | COLOURS,
)


@given(dark=st.booleans(), theme=THEMES)
def test_any_theme_gives_a_readable_palette(dark: bool, theme: ThemeColours) -> None:  # noqa: FBT001 - hypothesis gives it
    palette = derive("theirs", theme, dark=dark)
    for ink in palette.inks:
        assert contrast(ink, palette.bg) >= 4.5
        assert contrast(ink, palette.key) >= 4.5
    assert contrast(palette.line, palette.bg) >= 3
    assert contrast(palette.ink_you, palette.you) >= 4.5
    assert contrast(palette.ink_opp, palette.opp) >= 4.5


def test_people_keep_their_hues_in_any_theme() -> None:
    # Colours of Textual's own "nord".
    nord = derive(
        "nord",
        ThemeColours(
            background="#2e3440",
            surface="#3b4252",
            primary="#88c0d0",
            secondary="#81a1c1",
            foreground="#d8dee9",
            success="#a3be8c",
            error="#bf616a",
            warning="#ebcb8b",
        ),
        dark=True,
    )
    assert hue(nord.you)[0] == pytest.approx(hue(DUSK.you)[0], abs=36)
    assert hue(nord.opp)[0] == pytest.approx(hue(DUSK.opp)[0], abs=46)
    # A theme without amber or blue gets ours.
    red = derive(
        "red",
        ThemeColours(
            background="#000000",
            surface="#110000",
            primary="#ff0000",
            secondary="#ff2222",
            foreground="#ffdddd",
            success="#00ff00",
            error="#ff0000",
        ),
        dark=True,
    )
    assert (red.you, red.opp) == (DUSK.you, DUSK.opp)


def test_readable_leaves_a_good_colour_alone_and_moves_a_bad_one() -> None:
    assert readable("#ffffff", ("#000000",)) == "#ffffff"
    assert contrast(readable("#111111", ("#000000",)), "#000000") >= 4.5


@given(COLOURS, COLOURS, st.floats(0, 1))
def test_mixing_stays_between_the_two(one: str, other: str, share: float) -> None:
    mixed = rgb(mix(one, other, share))
    for low, middle, high in zip(rgb(one), mixed, rgb(other), strict=True):
        assert min(low, high) - 0.5 <= middle <= max(low, high) + 0.5
    assert mix(one, other, 0) == one
    assert mix(one, other, 1) == other


@given(st.integers(16, 255))
def test_a_colour_of_the_terminal_is_nearest_to_itself(number: int) -> None:
    assert xterm_hex(nearest256(xterm_hex(number))) == xterm_hex(number)


@pytest.mark.parametrize("wrong", ["", "red", "#12345", "123456#"])
def test_what_is_no_colour_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a colour"):
        rgb(wrong)


@pytest.mark.parametrize("number", [-1, 256])
def test_there_are_256_colours(number: int) -> None:
    with pytest.raises(ValueError, match="256"):
        xterm_hex(number)


def test_hex_of_serves_pictures() -> None:
    assert hex_of(None, "#010203") == "#010203"
    assert hex_of(233, "#010203") == "#121212"
    assert hex_of("#0a0b0c", "#010203") == "#0a0b0c"
    assert to_hex((0, 300, -4)) == "#00ff00"


@OURS
@pytest.mark.parametrize("depth", [Depth.MANY, Depth.SIXTEEN])
def test_fewer_colours_stay_readable(palette: Palette, depth: Depth) -> None:
    look = Look(palette, depth)
    bg = hex_of(look.colour("bg"), "")
    for name in ("text", "muted", "you", "opp", "good", "bad"):
        colour = look.colour(name)
        assert isinstance(colour, int)
        if depth is Depth.MANY:  # the sixteen are the terminal's own
            assert contrast(hex_of(colour, ""), bg) >= 4.5
    for side in ("you", "opp"):
        assert look.ink_on("you" if side == "you" else "opp") != look.colour(side)


def test_no_color_has_no_colours() -> None:
    assert Look(depth=Depth.NONE).colour("you") is None
    with pytest.raises(AttributeError):
        Look().colour("mauve")
