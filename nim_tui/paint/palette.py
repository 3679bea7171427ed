"""Palettes: three of our own, and palettes derived from other themes."""

from __future__ import annotations

from dataclasses import dataclass

from nim_tui.paint.colour import contrast, hue, mix, readable

TEXT_RATIO = 4.5
MARK_RATIO = 3.0


@dataclass(frozen=True, slots=True)
class Palette:
    """Every colour that the program shows, as ``#rrggbb``.

    ``text``, ``muted``, ``you``, ``opp``, ``good`` and ``bad`` are read on ``bg`` and on ``key``;
    ``line`` is for dots and hairlines, never for words. Stones don't have a player's colour.
    """

    name: str
    dark: bool
    bg: str
    surface: str
    key: str
    pool: str
    text: str
    muted: str
    line: str
    you: str
    opp: str
    good: str
    bad: str
    ink_you: str
    ink_opp: str
    stone_hi: str
    stone_mid: str
    stone_lo: str
    tints: tuple[str, ...]

    @property
    def inks(self) -> tuple[str, ...]:
        """The colours of text, which must be readable on ``bg`` and on ``key``."""
        return (self.text, self.muted, self.you, self.opp, self.good, self.bad)


DUSK = Palette(
    name="dusk",
    dark=True,
    bg="#0e131b",
    surface="#19212d",
    key="#333c49",
    pool="#1b2535",
    text="#ece9e1",
    muted="#9daabb",
    line="#66758a",
    you="#f5b95f",
    opp="#7fc7f5",
    good="#9bdb9f",
    bad="#ff9182",
    ink_you="#1a1206",
    ink_opp="#06131d",
    stone_hi="#f1eadc",
    stone_mid="#9c968d",
    stone_lo="#3a3a40",
    tints=("#b8a58c", "#8c9aa8", "#a0988e", "#8fa096"),
)

PAPER = Palette(
    name="paper",
    dark=False,
    bg="#f7f4ec",
    surface="#fffdf7",
    key="#ddddda",
    pool="#e6e1d3",
    text="#23262b",
    muted="#565c64",
    line="#7f8378",
    you="#964500",
    opp="#1b5e9e",
    good="#226b35",
    bad="#b3261e",
    ink_you="#ffffff",
    ink_opp="#ffffff",
    stone_hi="#c9c8c4",
    stone_mid="#787c80",
    stone_lo="#3e4247",
    tints=("#85796b", "#6e7a86", "#7a7876", "#6f7c74"),
)

OKABE = Palette(
    name="okabe",
    dark=True,
    bg="#101010",
    surface="#1e1e1e",
    key="#3c3c3c",
    pool="#222222",
    text="#f5f5f5",
    muted="#b4b4b4",
    line="#7a7a7a",
    you="#e69f00",
    opp="#56b4e9",
    good="#2fc29a",
    bad="#ff8f4a",
    ink_you="#000000",
    ink_opp="#000000",
    stone_hi="#f2f2f2",
    stone_mid="#9a9a9a",
    stone_lo="#3c3c3c",
    tints=("#a2a2a2", "#8e8e8e"),
)

PALETTES = {palette.name: palette for palette in (DUSK, PAPER, OKABE)}


@dataclass(frozen=True, slots=True)
class ThemeColours:
    """The colours of any theme, as ``#rrggbb``, under the names that Textual gives them."""

    background: str
    surface: str
    primary: str
    secondary: str
    foreground: str
    success: str
    error: str
    warning: str | None = None
    accent: str | None = None


def derive(name: str, theme: ThemeColours, *, dark: bool) -> Palette:
    """A palette from a theme's colours.

    Players stay amber and blue: they get the colours of the theme that are nearest to these, or our
    own if there are none. Every text colour is then made readable on ``bg`` and ``key``.
    """
    base = DUSK if dark else PAPER
    strong = (theme.warning, theme.accent, theme.primary, theme.secondary)
    colours = [colour for colour in strong if colour]
    background, foreground = theme.background, theme.foreground
    key = _key(background, foreground)
    grounds = (background, key)
    you = readable(_nearest_hue(colours, base.you, 35.0), grounds)
    opp = readable(_nearest_hue(colours, base.opp, 45.0), grounds)
    return Palette(
        name=name,
        dark=dark,
        bg=background,
        surface=theme.surface,
        key=key,
        pool=mix(background, foreground, 0.08),
        text=readable(foreground, grounds),
        muted=readable(mix(foreground, background, 0.35), grounds),
        line=readable(mix(foreground, background, 0.55), (background,), MARK_RATIO),
        you=you,
        opp=opp,
        good=readable(theme.success, grounds),
        bad=readable(theme.error, grounds),
        ink_you=_ink(you, base.ink_you),
        ink_opp=_ink(opp, base.ink_opp),
        stone_hi=mix(background, base.stone_hi, 0.9),
        stone_mid=mix(background, base.stone_mid, 0.9),
        stone_lo=base.stone_lo,
        tints=base.tints,
    )


def _key(background: str, foreground: str) -> str:
    """A fill that differs from ``background`` while one text colour is readable on both."""
    for share in (0.16, 0.12, 0.08, 0.04, 0.02):
        key = mix(background, foreground, share)
        ink = readable(foreground, (background, key))
        if min(contrast(ink, background), contrast(ink, key)) >= TEXT_RATIO:
            return key
    return background


def _nearest_hue(colours: list[str], wanted: str, within: float) -> str:
    """The saturated one of ``colours`` nearest in hue to ``wanted``, or ``wanted`` itself."""
    target, _ = hue(wanted)

    def away(colour: str) -> float:
        degrees, saturation = hue(colour)
        turn = abs(degrees - target) % 360
        return min(turn, 360 - turn) if saturation >= 0.25 else 360.0

    best = min(colours, key=away, default=wanted)
    return best if away(best) <= within else wanted


def _ink(fill: str, wanted: str) -> str:
    """The text colour on a player's colour."""
    return readable(wanted, (fill,))
