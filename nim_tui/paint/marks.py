"""Signs on and around objects: numbers, outlines, brackets."""

from __future__ import annotations

from random import Random

from nim_tui.paint.cells import Cell, Colour, Rows, put
from nim_tui.paint.colour import contrast, hex_of, mix
from nim_tui.paint.fit import Box
from nim_tui.paint.look import Depth, Look, Ramp, Side

BIG_FROM = 4  # from so many rows on, the number of a stone is big
_ON_STONE = 5.0  # contrast of a number on its stone

# Three by five dots a digit, a cell wide and half a cell high each.
_DIGITS = {
    "0": "###" "#.#" "#.#" "#.#" "###", "1": "##." ".#." ".#." ".#." "###",
    "2": "###" "..#" "###" "#.." "###", "3": "###" "..#" ".##" "..#" "###",
    "4": "#.#" "#.#" "###" "..#" "..#", "5": "###" "#.." "###" "..#" "###",
    "6": "###" "#.." "###" "#.#" "###", "7": "###" "..#" ".#." ".#." ".#.",
    "8": "###" "#.#" "###" "#.#" "###", "9": "###" "#.#" "###" "..#" "###",
}  # fmt: skip

_SPARKS, _ASCII_SPARKS = "·+·*", ".'"  # in ASCII, * and + are the players
_SOLID = ("╭", "─", "╮", "│", "╰", "╯")
_DASHED = ("╭", "╌", "╮", "╎", "╰", "╯")


def backing(cell: Cell, ramp: Ramp, ink: Colour) -> Colour:
    """The background of a sign on a stone: the colour of the stone there, or a lighter one.

    A cell of two colours becomes their mix or, if that makes the ink unreadable, the middle of the
    ramp.
    """
    middle = ramp[len(ramp) // 2]
    if not (isinstance(cell.bg, str) and isinstance(ink, str) and isinstance(middle, str)):
        return middle
    here = _shade(cell)
    return here if isinstance(here, str) and contrast(ink, here) >= _ON_STONE else middle


def _shade(cell: Cell) -> Colour:
    """A cell's two colours as one."""
    if isinstance(cell.fg, str) and isinstance(cell.bg, str):
        return mix(cell.bg, cell.fg, 0.5)
    return cell.bg


def words_on(rows: Rows, box: Box, text: str, ramp: Ramp, ink: Colour) -> None:
    """A short text in the middle of a stone, on the upper row of two."""
    y = box.y + (box.h - 1) // 2
    x = box.x + (box.w - len(text)) // 2
    if not 0 <= y < len(rows):
        return
    for column, char in enumerate(text, x):
        if 0 <= column < len(rows[y]):
            ground = backing(rows[y][column], ramp, ink)
            rows[y][column] = Cell(char, ink, ground, bold=True)


def big_on(rows: Rows, box: Box, number: int, ramp: Ramp, ink: Colour, sign: str = "") -> None:
    """A number of two and a half rows in the middle of a stone, with a sign before it."""
    digits = str(number)
    width = 4 * len(digits) - 1 + (len(sign) + 1 if sign else 0)
    x = box.x + (box.w - width) // 2
    y = box.y + max(1, round((2 * box.h - 5) / 4))
    if sign:
        words_on(rows, Box(x, y, len(sign), 3), sign, ramp, ink)
        x += len(sign) + 1
    for digit in digits:
        shape = _DIGITS[digit]
        for down in range(3):
            for right in range(3):
                upper = shape[down * 6 + right] == "#"
                lower = down < 2 and shape[down * 6 + 3 + right] == "#"
                _big_dot(rows, x + right, y + down, ramp, ink, upper=upper, lower=lower)
        x += 4


def _big_dot(
    rows: Rows, x: int, y: int, ramp: Ramp, ink: Colour, *, upper: bool, lower: bool
) -> None:
    if not (upper or lower) or not (0 <= y < len(rows) and 0 <= x < len(rows[y])):
        return
    if upper and lower:
        rows[y][x] = Cell(" ", None, ink)
    else:
        # The half without ink keeps the shade of the stone: a lighter one would look like a patch.
        ground = _shade(rows[y][x])
        rows[y][x] = Cell("▀" if upper else "▄", ink, ramp[-1] if ground is None else ground)


def outline(rows: Rows, box: Box, fg: Colour, *, dashed: bool, bold: bool = False) -> None:
    """A rounded outline just inside ``box``; in a single row, only its edge."""
    left, across, right, upright, lower_left, lower_right = _DASHED if dashed else _SOLID
    inner = box.w - 2
    if box.h == 1:
        line = across * box.w if dashed else "(" + across * inner + ")"
        put(rows, box.x, box.y, line, fg, bold=bold)
        return
    put(rows, box.x, box.y, left + across * inner + right, fg, bold=bold)
    put(rows, box.x, box.y + box.h - 1, lower_left + across * inner + lower_right, fg, bold=bold)
    for y in range(box.y + 1, box.y + box.h - 1):
        put(rows, box.x, y, upright, fg, bold=bold)
        put(rows, box.right - 1, y, upright, fg, bold=bold)


def faint(look: Look, side: Side, ground: Colour, share: float = 1.0) -> Colour:
    """A player's colour for outlines, mixed with the background; ``share`` fades it in."""
    colour = look.colour(side)
    if look.depth is not Depth.TRUE:
        return colour
    ground = hex_of(ground, look.palette.bg)
    return mix(ground, hex_of(colour, look.palette.text), 0.78 * share)


def sparks(rows: Rows, foot: int, look: Look, side: Side, seed: int) -> None:
    """Small lights in the sky around the stones, thinner towards the ground; for a win.

    Only where nothing has been painted. Each has free cells beside it.
    """
    random = Random(f"sparks:{seed}")  # noqa: S311 - a picture, no secret
    glyphs = _ASCII_SPARKS if look.ascii else _SPARKS
    free = [[cell.char == " " and not cell.reverse for cell in row] for row in rows[:foot]]
    for y, row in enumerate(free):
        for x in range(1, len(row) - 1):
            chance, glyph = random.random(), random.choice(glyphs)
            if chance < 0.1 * (1 - y / (foot + 3)) and all(row[x - 1 : x + 2]):
                bold = look.depth is Depth.NONE
                rows[y][x] = Cell(glyph, look.colour(side), rows[y][x].bg, bold=bold)
                row[x] = False


def bracket(
    rows: Rows,
    edge: tuple[int, int],
    span: tuple[int, int],
    count: int,
    fg: Colour,
    look: Look,
    *,
    hint: bool,
) -> None:
    """A bracket beside the objects in the rows of ``span``, with their number.

    ``edge`` is the first column to the right of them, and how many columns should stay free
    before the bracket. If room is short, the bracket is closer, or over their edge.
    """
    width = len(rows[0]) if rows else 0
    top, bottom = span
    beside, gap = edge
    number = str(count)
    # Two columns of bracket, a blank if there is room for one, then the number.
    tries = [(beside + free, 2 + far) for far in (1, 0) for free in range(gap, -1, -1)]
    fits = [(x, to) for x, to in tries if x + to + len(number) <= width]
    x, to = fits[0] if fits else (max(0, width - 2 - len(number)), 2)
    if look.ascii:
        upper, upright, lower = ("=.", ":", "='") if hint else ("-.", "|", "-'")
    else:
        upper, upright, lower = ("═╗", "║", "═╝") if hint else ("─╮", "│", "─╯")
    bold = look.depth is Depth.NONE
    if top == bottom:
        put(rows, x, top, upper[0] * 2, fg, bold=bold)
    else:
        put(rows, x, top, upper, fg, bold=bold)
        put(rows, x, bottom, lower, fg, bold=bold)
        for y in range(top + 1, bottom):
            put(rows, x + 1, y, upright, fg, bold=bold)
    put(rows, x + to, (top + bottom) // 2, number, fg, bold=True)
