"""Cells as an SVG picture, with blocks and lines as shapes: fonts leave seams between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from html import escape
from itertools import pairwise
from unicodedata import east_asian_width

from nim_tui.paint.cells import Cell, Row, Rows
from nim_tui.paint.colour import hex_of

_FONT = "ui-monospace, 'DejaVu Sans Mono', 'Cascadia Mono', Menlo, Consolas, monospace"

# Sub-pixels of the quadrant blocks: 1 upper left, 2 upper right, 4 lower left, 8 lower right.
_QUADRANTS = {
    "▀": 3, "▄": 12, "█": 15, "▌": 5, "▐": 10, "▘": 1, "▝": 2, "▖": 4, "▗": 8,
    "▚": 9, "▞": 6, "▙": 13, "▛": 7, "▜": 11, "▟": 14,
}  # fmt: skip
_LOWER = "▁▂▃▄▅▆▇"  # eighths from below
_LEFT = "▉▊▋▌▍▎▏"  # eighths from the left, 7 down to 1
# Arms of a line from a cell's middle: left, up, right, down.
_LINES = {
    "─": "lr", "│": "ud", "╌": "lr", "╎": "ud", "┄": "lr", "┆": "ud", "━": "lr", "┃": "ud",
    "┌": "rd", "┐": "ld", "└": "ur", "┘": "lu", "├": "urd", "┤": "lud", "┬": "lrd", "┴": "lur",
    "┼": "lurd", "╴": "l", "╵": "u", "╶": "r", "╷": "d",
}  # fmt: skip
_GAP = 3  # cells that need not be drawn again, so few that a new group costs more
_DASHES = "╌╎┄┆"
_HEAVY = "━┃"
_ROUND = {"╭": (1, 1), "╮": (-1, 1), "╰": (1, -1), "╯": (-1, -1)}  # towards right, towards below
_DOUBLE = {"═": "lr", "║": "ud", "╔": "rd", "╗": "ld", "╚": "ur", "╝": "lu"}


def to_svg(
    rows: Rows, *, fg: str, bg: str, title: str = "", cell: tuple[int, int] = (10, 20)
) -> str:
    """A whole picture of ``rows`` with a rounded border of ``bg`` around it.

    ``fg`` and ``bg`` (``#rrggbb``) stand for the terminal's own two colours. ``cell`` is the size
    of a character in pixels. A character that is two columns wide takes the place of the empty
    cell (``char`` "") that follows it.
    """
    wide, high = cell
    pad = round(wide * 1.4)
    columns = max((len(row) for row in rows), default=0)
    width, height = columns * wide + 2 * pad, len(rows) * high + 2 * pad
    name = f"<title>{escape(title, quote=False)}</title>" if title else ""
    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg" role="img"',
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">{name}',
        f'<rect width="{width}" height="{height}" rx="{pad * 0.7:g}" fill="{bg}"/>',
        f'<g transform="translate({pad} {pad})" font-size="{high * 0.82:g}"',
        f'font-family="{_FONT}" shape-rendering="crispEdges">',
    ]
    lines.extend(_drawn(rows, cell, fg, bg))
    lines.append("</g></svg>\n")
    return "\n".join(lines)


def to_film(
    frames: Sequence[tuple[float, Rows]],
    *,
    fg: str,
    bg: str,
    title: str,
    cell: tuple[int, int] = (10, 20),
) -> str:
    """An endless film: frames of one size, each with the seconds that it is shown.

    Every frame draws only the cells that differ from the one before, over it.
    """
    whole = sum(seconds for seconds, _ in frames)
    begins, styles, layers = frames[0][0], [], []
    for number, ((_, before), (seconds, rows)) in enumerate(pairwise(frames), 1):
        at = f"{100 * begins / whole:.3f}"
        styles.append(
            f"@keyframes f{number}{{0%{{visibility:hidden}}{at}%,100%{{visibility:visible}}}}"
            f"#f{number}{{animation:f{number} {whole:g}s step-end infinite}}"
        )
        changes = "\n".join(_changes(before, rows, cell, fg, bg))
        layers.append(f'<g id="f{number}" visibility="hidden">\n{changes}\n</g>')
        begins += seconds
    still = to_svg(frames[0][1], fg=fg, bg=bg, title=title, cell=cell)
    end = "</g></svg>\n"
    style = f"<style>{''.join(styles)}</style>"
    return "\n".join([still.removesuffix(end).rstrip("\n"), style, *layers, end])


def _changes(before: Rows, after: Rows, size: tuple[int, int], fg: str, bg: str) -> Iterator[str]:
    """The cells that differ, with their backgrounds; gaps of a few cells are drawn as well."""
    wide, high = size
    for y, (old, new) in enumerate(zip(before, after, strict=True)):
        differ = [x for x, (one, two) in enumerate(zip(old, new, strict=True)) if one != two]
        while differ:
            last = next(
                (i for i, (x, then) in enumerate(pairwise(differ)) if then - x > _GAP),
                len(differ) - 1,
            )
            start, stop = differ[0], differ[last] + 1
            differ = differ[last + 1 :]
            part = new[start:stop]
            drawn = "".join(_drawn([part], size, fg, bg))
            yield (
                f'<g transform="translate({start * wide} {y * high})">'
                f'<rect width="{len(part) * wide}" height="{high}" fill="{bg}"/>{drawn}</g>'
            )


def _drawn(rows: Rows, size: tuple[int, int], fg: str, bg: str) -> Iterator[str]:
    for y, row in enumerate(rows):
        yield from _grounds(row, y, size, fg, bg)
    for y, row in enumerate(rows):
        yield from _signs(row, y, size, fg, bg)


def _colours(cell: Cell, fg: str, bg: str) -> tuple[str, str]:
    fore, back = hex_of(cell.fg, fg), hex_of(cell.bg, bg)
    return (back, fore) if cell.reverse else (fore, back)


def _grounds(row: Row, y: int, size: tuple[int, int], fg: str, bg: str) -> Iterator[str]:
    """The backgrounds of a row, neighbours of one colour in one rectangle."""
    wide, high = size
    start = 0
    while start < len(row):
        fill = _colours(row[start], fg, bg)[1]
        end = start + 1
        while end < len(row) and _colours(row[end], fg, bg)[1] == fill:
            end += 1
        if fill != bg:
            yield (
                f'<rect x="{start * wide}" y="{y * high}" width="{(end - start) * wide}" '
                f'height="{high}" fill="{fill}"/>'
            )
        start = end


def _signs(row: Row, y: int, size: tuple[int, int], fg: str, bg: str) -> Iterator[str]:
    """Blocks and lines as shapes; everything else as text, words of one style together."""
    wide, high = size
    x = 0
    while x < len(row):
        here = row[x]
        ink = _colours(here, fg, bg)[0]
        shape = _shape(here.char, wide, high)
        if shape is not None:
            if shape:
                yield (
                    f'<g transform="translate({x * wide} {y * high})" fill="{ink}" '
                    f'stroke="{ink}">{shape}</g>'
                )
            x += 1
            continue
        end = x + 1
        while end < len(row) and _joins(here, row[end]):
            end += 1
        text = "".join(cell.char for cell in row[x:end])
        weight = ' font-weight="bold"' if here.bold else ""
        yield (
            f'<text x="{x * wide}" y="{y * high + high * 0.75:g}" textLength="{(end - x) * wide}" '
            f'lengthAdjust="spacingAndGlyphs" xml:space="preserve" fill="{ink}"{weight}>'
            f"{escape(text, quote=False)}</text>"
        )
        x = end


def _joins(first: Cell, other: Cell) -> bool:
    """Whether a cell goes on with the word that ``first`` began."""
    if first[1:] != other[1:]:
        return False
    wide = first.char != "" and east_asian_width(first.char[0]) in "WF"
    return other.char == "" if wide else _shape(other.char, 10, 20) is None


@lru_cache(maxsize=512)
def _shape(char: str, wide: int, high: int) -> str | None:
    """The shape of a character at the origin; "" draws nothing, None is a letter."""
    if char in (" ", "\N{NO-BREAK SPACE}", ""):
        return ""
    if char in _QUADRANTS:
        return _quadrants(_QUADRANTS[char], wide, high)
    if char in _LOWER:
        part = high * (_LOWER.index(char) + 1) / 8
        return _rect(0, high - part, wide, part)
    if char in _LEFT:
        return _rect(0, 0, wide * (7 - _LEFT.index(char)) / 8, high)
    if char in "▔▕":
        return (
            _rect(0, 0, wide, high / 8) if char == "▔" else _rect(wide * 7 / 8, 0, wide / 8, high)
        )
    return _line(char, wide, high) or _mark(char, wide, high)


def _rect(x: float, y: float, w: float, h: float) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" stroke="none"/>'


def _quadrants(mask: int, wide: int, high: int) -> str:
    w, h = wide / 2, high / 2
    if mask in (3, 12, 15):
        return _rect(0, h if mask == 12 else 0, wide, high if mask == 15 else h)
    if mask in (5, 10):
        return _rect(w if mask == 10 else 0, 0, w, high)
    places = [(0, 0, 1), (1, 0, 2), (0, 1, 4), (1, 1, 8)]
    return "".join(_rect(x * w, y * h, w, h) for x, y, bit in places if mask & bit)


def _path(d: str, width: float, dash: str = "", *, smooth: bool = False) -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    soft = ' shape-rendering="geometricPrecision"' if smooth else ""
    return f'<path d="{d}" fill="none" stroke-width="{width:g}"{dashed}{soft}/>'


def _line(char: str, wide: int, high: int) -> str | None:
    mx, my, pen = wide / 2, high / 2, max(1.0, wide / 10)
    ends = {"l": f"M{mx:g} {my:g}H0", "r": f"M{mx:g} {my:g}H{wide}",
            "u": f"M{mx:g} {my:g}V0", "d": f"M{mx:g} {my:g}V{high}"}  # fmt: skip
    if char in _LINES:
        if char in _DASHES:
            across = char in "╌┄"
            dash = (wide if across else high) / 4
            d = f"M{dash / 2:g} {my:g}H{wide}" if across else f"M{mx:g} {dash / 2:g}V{high}"
            return _path(d, pen, f"{dash:g}")
        return _path("".join(ends[arm] for arm in _LINES[char]), pen * (2 if char in _HEAVY else 1))
    if char in _ROUND:
        right, below = _ROUND[char]
        r = wide / 2
        ex, ey = (wide if right > 0 else 0), (high if below > 0 else 0)
        d = f"M{ex} {my:g}H{mx + right * r:g}Q{mx:g} {my:g} {mx:g} {my + below * r:g}V{ey}"
        return _path(d, pen, smooth=True)
    if char in _DOUBLE:
        return _double(_DOUBLE[char], wide, high)
    return None


def _double(arms: str, wide: int, high: int) -> str:
    """Two lines beside each other; at a corner the outer one goes round the inner one."""
    mx, my, off, pen = wide / 2, high / 2, wide * 0.18, max(1.0, wide / 9)
    if arms == "lr":
        return _path(f"M0 {my - off:g}H{wide}M0 {my + off:g}H{wide}", pen)
    if arms == "ud":
        return _path(f"M{mx - off:g} 0V{high}M{mx + off:g} 0V{high}", pen)
    side, edge_x = (1, wide) if "r" in arms else (-1, 0)
    down, edge_y = (1, high) if "d" in arms else (-1, 0)
    paths = ""
    for way in (1, -1):  # the inner line, then the outer one
        x, y = mx + way * side * off, my + way * down * off
        paths += f"M{edge_x} {y:g}H{x:g}V{edge_y}"
    return _path(paths, pen)


def _mark(char: str, wide: int, high: int) -> str | None:
    mx, my = wide / 2, high / 2
    if char == "●":
        return _disc(mx, my, wide * 0.46)
    if char in "·∙":
        return _disc(mx, my, wide * 0.12)
    if char == "•":
        return _disc(mx, my, wide * 0.24)
    if char in "○◌":
        dash = ' stroke-dasharray="1.6 1.8"' if char == "◌" else ""
        return (
            f'<circle cx="{mx:g}" cy="{my:g}" r="{wide * 0.4:g}" fill="none" '
            f'stroke-width="1.2"{dash} shape-rendering="geometricPrecision"/>'
        )
    if char == "◆":
        r = wide * 0.46
        return (
            f'<path d="M{mx - r:g} {my:g}L{mx:g} {my - r * 1.15:g}L{mx + r:g} {my:g}'
            f'L{mx:g} {my + r * 1.15:g}Z" stroke="none" shape-rendering="geometricPrecision"/>'
        )
    return None


def _disc(x: float, y: float, r: float) -> str:
    return (
        f'<circle cx="{x:g}" cy="{y:g}" r="{r:g}" stroke="none" '
        'shape-rendering="geometricPrecision"/>'
    )
