"""Arithmetic of colours: mixing, contrast, and the terminal's 256."""

from __future__ import annotations

import colorsys
from functools import lru_cache

from nim_tui.paint.cells import Colour

Rgb = tuple[float, float, float]

_CUBE = (0, 95, 135, 175, 215, 255)
# The first sixteen as in xterm. Terminals differ, so they are only for pictures.
_SIXTEEN = (
    "#000000", "#cd0000", "#00cd00", "#cdcd00", "#3b78ff", "#cd00cd", "#00cdcd", "#e5e5e5",
    "#7f7f7f", "#ff0000", "#00ff00", "#ffff00", "#5c9dff", "#ff00ff", "#00ffff", "#ffffff",
)  # fmt: skip


@lru_cache(maxsize=4096)
def rgb(colour: str) -> Rgb:
    """``#rrggbb`` as three numbers from 0 to 255. Raises ValueError for anything else."""
    if len(colour) != 7 or colour[0] != "#":
        raise ValueError(f"not a colour: {colour!r}")
    value = int(colour[1:], 16)
    return float(value >> 16), float(value >> 8 & 255), float(value & 255)


def to_hex(colour: Rgb) -> str:
    """Three numbers from 0 to 255 as ``#rrggbb``."""
    red, green, blue = [0 if c < 0 else 255 if c > 255 else round(c) for c in colour]
    return f"#{red:02x}{green:02x}{blue:02x}"


@lru_cache(maxsize=4096)
def mix(under: str, over: str, share: float) -> str:
    """``over`` on top of ``under``: a share of 0 gives ``under``, a share of 1 ``over``."""
    a, b = rgb(under), rgb(over)
    return to_hex(
        (
            a[0] + (b[0] - a[0]) * share,
            a[1] + (b[1] - a[1]) * share,
            a[2] + (b[2] - a[2]) * share,
        )
    )


def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    channels = [channel / 255 for channel in rgb(colour)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@lru_cache(maxsize=4096)
def contrast(one: str, other: str) -> float:
    """Contrast ratio, 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def readable(colour: str, grounds: tuple[str, ...], ratio: float = 4.5) -> str:
    """``colour``, moved towards white or black just enough to reach ``ratio`` on every ground.

    If no colour can reach it on all of them, the better of white and black.
    """
    ends = ("#ffffff", "#000000")
    end = max(ends, key=lambda ink: min(contrast(ink, ground) for ground in grounds))
    for step in range(21):
        moved = mix(colour, end, step / 20)
        if all(contrast(moved, ground) >= ratio for ground in grounds):
            return moved
    return end


def hue(colour: str) -> tuple[float, float]:
    """Hue in degrees, and saturation from 0 to 1."""
    red, green, blue = (channel / 255 for channel in rgb(colour))
    degrees, _, saturation = colorsys.rgb_to_hls(red, green, blue)
    return degrees * 360, saturation


@lru_cache(maxsize=256)
def xterm_hex(number: int) -> str:
    """The usual look of one of the terminal's 256 colours."""
    if not 0 <= number <= 255:
        raise ValueError(f"not one of 256 colours: {number}")
    if number < 16:
        return _SIXTEEN[number]
    if number >= 232:
        grey = float(8 + 10 * (number - 232))
        return to_hex((grey, grey, grey))
    number -= 16
    return to_hex((_CUBE[number // 36], _CUBE[number // 6 % 6], _CUBE[number % 6]))


@lru_cache(maxsize=1024)
def nearest256(colour: str, grounds: tuple[str, ...] = (), ratio: float = 4.5) -> int:
    """The nearest of the colours 16 to 255, which look the same in all terminals.

    Only those count that reach ``ratio`` on every ground, if any does.
    """
    want = rgb(colour)

    def distance(number: int) -> float:
        have = rgb(xterm_hex(number))
        mean = (want[0] + have[0]) / 2
        red, green, blue = (w - h for w, h in zip(want, have, strict=True))
        # "Redmean", https://www.compuphase.com/cmetric.htm: close to perception, and cheap.
        return (2 + mean / 256) * red**2 + 4 * green**2 + (2 + (255 - mean) / 256) * blue**2

    every = range(16, 256)
    good = [
        number
        for number in every
        if all(contrast(xterm_hex(number), ground) >= ratio for ground in grounds)
    ]
    return min(good or every, key=distance)


def hex_of(colour: Colour, default: str) -> str:
    """Any cell's colour as ``#rrggbb``; ``default`` stands for the terminal's own."""
    if colour is None:
        return default
    return xterm_hex(colour) if isinstance(colour, int) else colour
