"""Colours: our three themes, and Textual's.

A theme here is a `Palette`, whose tokens are CSS variables (`$you`, `$key`, …) in every theme.
`nim_tui.theme.color_filter` adapts them to the terminal.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from textual.app import App
from textual.color import Color, ColorParseError
from textual.theme import Theme

from nim_tui.paint import DUSK, PALETTES, PAPER, Depth, Glyphs, Look, Palette, ThemeColours, derive
from nim_tui.terminal.capabilities import Terminal

DEFAULT_THEME = DUSK.name

# The palette's token -> the CSS variable. `$surface` is Textual's own word for the same.
CSS_TOKENS = {
    "bg": "bg",
    "surface": "surface",
    "key": "key",
    "pool": "pool",
    "text": "ink",
    "muted": "muted",
    "line": "line",
    "you": "you",
    "opp": "opp",
    "good": "good",
    "bad": "bad",
    "ink_you": "ink-you",
    "ink_opp": "ink-opp",
}


def textual_theme(palette: Palette) -> Theme:
    """One of our palettes as a theme, so that Textual's own widgets have its colours, too."""
    return Theme(
        name=palette.name,
        dark=palette.dark,
        primary=palette.you,
        secondary=palette.opp,
        accent=palette.you,
        warning=palette.you,
        error=palette.bad,
        success=palette.good,
        foreground=palette.text,
        background=palette.bg,
        surface=palette.surface,
        panel=palette.key,
        variables={
            "block-cursor-background": palette.key,
            "block-cursor-foreground": palette.text,
            "block-cursor-text-style": "none",
            "border": palette.key,
            "border-blurred": palette.surface,
            "footer-key-foreground": palette.you,
            "input-cursor-background": palette.you,
            "input-cursor-foreground": palette.ink_you,
            "input-cursor-text-style": "none",
            "input-selection-background": f"{palette.you} 40%",
            "scrollbar": palette.line,
            "scrollbar-background": palette.bg,
            "scrollbar-hover": palette.muted,
            "scrollbar-active": palette.you,
        },
    )


OUR_THEMES = tuple(textual_theme(palette) for palette in PALETTES.values())


def palette_of(theme: Theme) -> Palette:
    """The palette of any theme: our own, or one made from the theme's colours.

    A theme in the terminal's own colours has none to derive from, so that it gets ours.
    """
    if theme.name in PALETTES:
        return PALETTES[theme.name]
    base = DUSK if theme.dark else PAPER
    if theme.ansi:
        return base
    made = theme.to_color_system().generate()

    def colour(token: str, default: str) -> str:
        try:
            return Color.parse(made.get(token, default)).hex6.lower()
        except ColorParseError:
            return default

    colours = ThemeColours(
        background=colour("background", base.bg),
        surface=colour("surface", base.surface),
        primary=colour("primary", base.you),
        secondary=colour("secondary", base.opp),
        foreground=colour("foreground", base.text),
        success=colour("success", base.good),
        error=colour("error", base.bad),
        warning=colour("warning", base.you),
        accent=colour("accent", base.you),
    )
    return derive(theme.name, colours, dark=theme.dark)


def css_variables(palette: Palette) -> dict[str, str]:
    """The palette as variables for style sheets: `bg`, `ink`, `you`, `ink-you` and so on."""
    return {css: getattr(palette, token) for token, css in CSS_TOKENS.items()}


@runtime_checkable
class HasLook(Protocol):
    """An app that knows how to draw."""

    @property
    def look(self) -> Look: ...


def look_of(app: App[object]) -> Look:
    """How to draw in `app`: its look or, in an app without one, the look of its theme."""
    return app.look if isinstance(app, HasLook) else Look(palette_of(app.current_theme))


def make_look(theme: Theme, terminal: Terminal, glyphs: str = "stones") -> Look:
    """The look of a theme on a terminal; `glyphs` is the setting: stones, plain or ascii."""
    depth = min(terminal.depth, Depth.SIXTEEN) if theme.ansi else terminal.depth
    wanted = Glyphs(glyphs) if glyphs in {kind.value for kind in Glyphs} else Glyphs.STONES
    return Look(palette_of(theme), depth, wanted if terminal.unicode else Glyphs.ASCII)
