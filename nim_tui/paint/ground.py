"""What is under a heap: a pool of light, half a row of ground, and the reflection in it."""

from __future__ import annotations

from functools import lru_cache
from math import inf, sqrt
from typing import NamedTuple

from nim_tui.paint.cells import Cell, Rows, blank
from nim_tui.paint.colour import mix
from nim_tui.paint.look import Depth, Look, Ramp
from nim_tui.paint.stones import ClearCell, Dots, Ink, Stone, lay, stone

_MIRROR = 0.45


class Footing(NamedTuple):
    """A stone on the ground, to be mirrored: its left edge, its shape, its colours."""

    x: int
    shape: Dots
    ramp: Ramp


class Site(NamedTuple):
    """The place of a heap: the row of its ground (None: no ground), and the rows of reflection.

    There is light around each of the ``middles`` (columns), ``reach`` columns to either side; it
    goes ``rise`` rows up from the ``foot`` and ``fall`` rows down.
    """

    width: int
    height: int
    foot: int
    ground: int | None
    mirror: int
    middles: tuple[float, ...]
    reach: float
    rise: float
    fall: float


def _away(site: Site, x: int) -> float:
    """Columns to the nearest centre of a light."""
    return min((abs(x + 0.5 - middle) for middle in site.middles), default=inf)


@lru_cache(maxsize=64)
def _pool(site: Site, look: Look) -> tuple[tuple[Cell, ...], ...]:
    """The light alone. It ends before the site's edges, so that sites join without a seam."""
    palette = look.palette
    rows = []
    across = [_away(site, x) / site.reach for x in range(site.width)]
    for y in range(site.height):
        row = []
        far_y = (y + 0.5 - site.foot) / (site.rise if y < site.foot else site.fall)
        for far_x in across:
            near = max(0.0, 1 - sqrt(far_x * far_x + far_y * far_y))
            # Flat at both ends: an edge in the light would show the cells that it is made of.
            share = near * near * (3 - 2 * near)
            row.append(Cell(bg=mix(palette.bg, palette.pool, share)))
        rows.append(tuple(row))
    return tuple(rows)


def paint_ground(site: Site, look: Look, lowest: tuple[Footing, ...] = ()) -> Rows:
    """Everything under the stones. ``lowest`` are the stones that touch the ground.

    Only truecolor allows light and reflection; with fewer colours there is only a line.
    """
    if look.depth is not Depth.TRUE or look.ascii:
        rows = blank(site.width, site.height, look.colour("bg"))
        if site.ground is not None and look.shaded and site.ground < site.height:
            _flat_ground(rows, site, look)
        return rows
    rows = [list(row) for row in _pool(site, look)]
    if look.shaded and site.ground is not None and site.ground < site.height:
        if site.mirror:
            for foot in lowest:
                _mirror(rows, site, look, foot)
        _soft_ground(rows, site, look)
    return rows


def _soft_ground(rows: Rows, site: Site, look: Look) -> None:
    assert site.ground is not None
    row = rows[site.ground]
    palette = look.palette
    colour = mix(palette.stone_lo, palette.stone_mid, 0.45 if palette.dark else 0.75)
    # Neighbours share one ground: the line continues from one light to the next.
    reach = site.reach * (1.2 if len(site.middles) > 1 else 1)
    most = 0.85 if palette.dark else 0.5
    for x, cell in enumerate(row):
        near = max(0.0, 1 - _away(site, x) / reach)
        share = round(min(most, near * 1.15) * 12) / 12
        if share <= 0 or not isinstance(cell.bg, str):
            continue
        top = mix(cell.bg, colour, share)
        below = cell.fg if cell.char == "▄" else cell.bg
        row[x] = Cell("▀", top, below)


def _flat_ground(rows: Rows, site: Site, look: Look) -> None:
    assert site.ground is not None
    row = rows[site.ground]
    colour = 236 if look.depth is Depth.MANY and look.palette.dark else look.colour("key")
    if look.depth is Depth.SIXTEEN and look.palette.dark:
        colour = look.colour("line")
    for x in range(len(row)):
        if _away(site, x) <= site.reach * 0.85:
            row[x] = Cell("▀", colour, row[x].bg)


def _mirror(rows: Rows, site: Site, look: Look, foot: Footing) -> None:
    """The stone upside down, starting in the lower half of the ground, fading row by row."""
    assert site.ground is not None
    for down, line in enumerate(_upside_down(foot.shape, foot.ramp, look.palette.bg)):
        if down > site.mirror:
            break
        strength = _MIRROR * (1 - down / (site.mirror + 1))
        lay(rows, foot.x, site.ground + down, (line,), strength)


@lru_cache(maxsize=256)
def _upside_down(shape: Dots, ramp: Ramp, ground: str) -> Stone:
    """The mirrored stone, half a row lower; its first row has only a lower half.

    That first row is made of lower half blocks, so that the line of the ground can be laid over it.
    """
    empty = ((0, 0.0),) * len(shape[0])
    turned = (empty, *reversed(shape), empty)
    first, *rest = stone(turned, ramp, ground)
    halves: list[ClearCell | None] = []
    for cell in first:
        if cell is None:
            halves.append(None)
            continue
        inks = [ink for ink in (cell.fg, cell.bg) if isinstance(ink, Ink) and ink.share]
        halves.append(ClearCell("▄", inks[0], Ink(None, 0.0)) if inks else None)
    return (tuple(halves), *rest)
