"""Objects without light and shadow: solid blocks and outlines, and ASCII."""

from __future__ import annotations

from nim_tui.paint.cells import Cell, Colour, Rows, put
from nim_tui.paint.fit import Box
from nim_tui.paint.look import Depth, Look, Side
from nim_tui.paint.marks import outline


def paint_plain(
    rows: Rows, box: Box, look: Look, who: Side | None, text: str = "", *, open_: bool = False
) -> None:
    """An object in one colour: a stone's, or that of ``who``, with ``text`` in its middle.

    ``open_`` marks an object that is chosen: without colours, and in ASCII, it is hollow.
    """
    if look.ascii:
        _ascii(rows, box, look, who, text, open_=open_)
    elif look.depth is Depth.NONE:
        _monochrome(rows, box, text, open_=open_)
    else:
        fill = look.colour("stone_mid" if who is None else who)
        _solid(rows, box, fill)
        ink = look.ink_on(who) if who else look.colour("bg")
        _middle(rows, box, text, ink, fill)


def paint_gone(rows: Rows, box: Box, look: Look, fg: Colour) -> None:
    """The dashed outline where an object was."""
    if look.ascii:
        # Neighbours in a row of pebbles stay apart.
        line = ".." if box.w <= 4 else (". " * box.w)[: (box.w - 1) // 2 * 2 - 1]
        put(rows, box.x + (box.w - len(line)) // 2, box.y + box.h // 2, line, fg)
    else:
        outline(rows, box, fg, dashed=True)


def _solid(rows: Rows, box: Box, fg: Colour) -> None:
    inner = box.w - 2
    if box.h == 1:
        put(rows, box.x, box.y, "▐" + "█" * inner + "▌", fg)
        return
    put(rows, box.x, box.y, "▗" + "▄" * inner + "▖", fg)
    for y in range(box.y + 1, box.y + box.h - 1):
        put(rows, box.x, y, "█" * box.w, fg)
    put(rows, box.x, box.y + box.h - 1, "▝" + "▀" * inner + "▘", fg)


def _middle(rows: Rows, box: Box, text: str, fg: Colour, bg: Colour) -> None:
    """Words in the middle of a solid object."""
    text = text[: box.w]
    put(rows, box.x + (box.w - len(text)) // 2, _line(box), text, fg, bg, bold=True)


def _monochrome(rows: Rows, box: Box, text: str, *, open_: bool) -> None:
    """With only bold and reverse: what stays is solid, what is chosen is hollow."""
    padded = f" {text} " if text and box.w > len(text) + 3 else text[: box.w]
    if box.w <= 2 and open_:
        padded = text.rjust(2)[:2]
    elif open_:
        outline(rows, box, None, dashed=False)
    else:
        _solid(rows, box, None)
    x, y = box.x + (box.w - len(padded)) // 2, _line(box)
    for column, char in enumerate(padded, x):
        if 0 <= y < len(rows) and 0 <= column < len(rows[y]):
            rows[y][column] = Cell(char, None, None, bold=True, reverse=True)


def _line(box: Box) -> int:
    return box.y + (box.h - 1) // 2


def _ascii(rows: Rows, box: Box, look: Look, who: Side | None, text: str, *, open_: bool) -> None:
    fg = look.colour("stone_hi" if who is None else who)
    inner = box.w - 2
    left, fill, right = "[ ]" if open_ else "(#)"
    rim = ("-" if open_ else "#") * (inner - 2)
    middle = box.y + box.h // 2
    body = range(box.y + 1, max(box.y + 2, box.y + box.h - 1)) if box.h > 1 else (box.y,)
    for y in body:
        put(rows, box.x, y, left + fill * inner + right, fg, bold=open_)
    if box.h > 1 and rim:
        put(rows, box.x + 1, box.y, f".{rim}.", fg)
    if box.h > 2:
        put(rows, box.x + 1, box.y + box.h - 1, f"'{rim}'", fg)
    if not text:
        return
    if inner < len(text):
        put(rows, box.x, middle, text.rjust(box.w)[: box.w], fg, bold=True)
        return
    padded = f" {text} " if inner > len(text) + 1 else text
    put(rows, box.x + (box.w - len(padded)) // 2, middle, padded, fg, bold=True)
