"""Paints one heap as rows of cells, for the board, the lobby and the review."""

from __future__ import annotations

from functools import lru_cache
from random import Random

from nim_tui.paint.cells import Rows, put
from nim_tui.paint.fit import PER_ROW, Box, HeapFit, Layout
from nim_tui.paint.ground import Footing, Site, paint_ground
from nim_tui.paint.look import Depth, Look, Ramp, Side, blend, ramp
from nim_tui.paint.marks import BIG_FROM, big_on, bracket, faint, sparks, words_on
from nim_tui.paint.plain import paint_gone, paint_plain
from nim_tui.paint.stones import PEBBLE_POWER, STONE_POWER, Dots, dots, lay, stone
from nim_tui.paint.view import HeapView

_APART_FROM = 12  # columns of a stone
_STEPS = 8  # steps of a fade or of a change of colour: smooth enough, and few enough to cache


def paint_heap(view: HeapView, fit: HeapFit, look: Look) -> Rows:
    """The heap in exactly ``fit.height`` rows of ``fit.width`` cells.

    Pure: the same view, fit and look give the same cells. The row of the label shows only its
    background; ``put`` writes on it.
    """
    rows = paint_ground(_site(fit), look, _lowest(view, fit, look))
    if fit.layout is Layout.COUNT:
        _number(rows, view, fit, look)
        return rows
    for index, box in enumerate(fit.boxes):
        if view.back(index) is not None or index < view.count:
            _object(rows, view, fit, look, index)
        elif view.is_ghost(index):
            paint_gone(rows, box, look, faint(look, view.ghosts_by, _under(rows, box)))
        elif fit.layout is Layout.ROWS:
            x, y = box.x + (box.w - 1) // 2, box.y + box.h // 2
            put(rows, x, y, look.marks.dot if not look.ascii else ".", look.colour("line"))
    if view.cheer:
        sparks(rows, fit.foot, look, view.cheer, fit.heap)
    if view.hint:
        _bracket(rows, view, fit, look, view.hint, hint=True)
    if view.hover:
        _bracket(rows, view, fit, look, view.hover, hint=False)
    return rows


def _site(fit: HeapFit) -> Site:
    foot = fit.foot if fit.boxes else max(0, fit.height - 2)
    rise = min(0.42 * fit.width, 0.85 * foot, 14.0)
    fall = min(rise / 2, (fit.height - foot) * 0.9)
    return Site(
        fit.width, fit.height, foot, fit.ground, fit.mirror,
        (fit.width / 2,), fit.width / 2, max(1.0, rise), max(1.0, fall),
    )  # fmt: skip


def _under(rows: Rows, box: Box) -> str | int | None:
    return rows[min(box.y, len(rows) - 1)][min(box.x, len(rows[0]) - 1)].bg


@lru_cache(maxsize=256)
def _tints(fit: HeapFit) -> tuple[int, ...]:
    """The tint of each object, never that of the object below or before it."""
    random = Random(f"tint:{fit.heap}")  # noqa: S311 - a stone's colour, not a secret
    below = PER_ROW if fit.layout is Layout.ROWS else 1
    tints: list[int] = []
    for index in range(fit.start):
        near = {tints[i] for i in (index - 1, index - below) if i >= 0}
        tints.append(random.choice([tint for tint in range(4) if tint not in near]))
    return tuple(tints)


def _number(rows: Rows, view: HeapView, fit: HeapFit, look: Look) -> None:
    text = str(view.count)
    colour = look.colour(view.chosen_by if view.chosen else "text")
    y = max(0, (fit.height - 2) // 2)
    put(rows, fit.centred(len(text)), y, text, colour, bold=True)


def _ramp(view: HeapView, fit: HeapFit, look: Look, index: int) -> Ramp:
    """The colours of an object now."""
    back = view.back(index)
    tint = _tints(fit)[index]
    if back is not None:
        return ramp(look, back.by, tint)
    lit = index >= view.count - view.hover
    plain = ramp(look, None, tint, lit=lit)
    if not view.is_chosen(index):
        return plain
    share = round(min(1.0, max(0.0, view.colour)) * _STEPS) / _STEPS
    return blend(plain, ramp(look, view.chosen_by, tint, lit=lit), share)


def _place(view: HeapView, fit: HeapFit, index: int) -> tuple[Box, bool]:
    """The place of an object now, and whether it is half a cell further to the right."""
    box = fit.boxes[index]
    if not view.is_chosen(index) or view.back(index) is not None:
        return box, False
    halves = round(max(0.0, min(2.0, view.slide)) * fit.slide * 2)
    return Box(box.x + halves // 2, box.y, box.w, box.h), bool(halves % 2)


def _shape(fit: HeapFit, box: Box, look: Look, *, half: bool = False) -> Dots:
    soft = look.depth is Depth.TRUE
    if fit.layout is Layout.ROWS:
        return dots(box.w, box.h, fit.stone, PEBBLE_POWER, soft=soft)
    return dots(box.w + half, box.h, float(box.w), STONE_POWER, soft=soft)


def _lowest(view: HeapView, fit: HeapFit, look: Look) -> tuple[Footing, ...]:
    """The stones that are mirrored: those that touch the ground and are not being taken."""
    if not fit.mirror or not look.shaded or look.depth is not Depth.TRUE:
        return ()
    found = []
    for index, box in enumerate(fit.boxes[: PER_ROW if fit.layout is Layout.ROWS else 1]):
        here = view.back(index) is not None or index < view.count
        if here and not (view.is_chosen(index) and view.fade > 0):
            place, half = _place(view, fit, index)
            shape = _shape(fit, box, look, half=half)
            found.append(Footing(place.x, shape, _ramp(view, fit, look, index)))
    return tuple(found)


def _object(rows: Rows, view: HeapView, fit: HeapFit, look: Look, index: int) -> None:
    """Paint an object that is there: plain, chosen, on its way out, or returned at the end."""
    home = fit.boxes[index]
    back = view.back(index)
    chosen = back is None and view.is_chosen(index)
    fade = round(min(1.0, max(0.0, view.fade)) * _STEPS) / _STEPS if chosen else 0.0
    soft = look.depth is Depth.TRUE
    if fade and (soft or fade >= 0.5):
        edge = faint(look, view.chosen_by, _under(rows, home), fade)
        paint_gone(rows, home, look, edge)
        if fade >= (1 if soft and look.shaded else 0.5):
            return
    place, half = _place(view, fit, index)
    who: Side | None = back.by if back else view.chosen_by if chosen else None
    if chosen and view.colour < 0.5:
        who = None
    if not look.shaded:
        text = _words(view, look, index, place.w - 2 if look.ascii else place.w)
        paint_plain(rows, place, look, who, text, open_=chosen and who is not None)
        return
    colours = _ramp(view, fit, look, index)
    shape = _shape(fit, home, look, half=half)
    lay(rows, place.x, place.y, stone(shape, colours, look.colour("bg")), 1 - fade)
    if who is None or fade >= 0.5:
        return
    ink = look.ink_on(who)
    big = fit.size >= BIG_FROM and fit.layout is Layout.CAIRN
    if big and back is not None:
        big_on(rows, place, back.move, colours, ink, look.marks.of(who))
    elif big:
        big_on(rows, place, view.number(index), colours, ink)
    else:
        words_on(rows, place, _words(view, look, index, place.w), colours, ink)
    if back is not None and back.last and place.w >= _APART_FROM:
        at = Box(place.x + place.w // 8, place.y, 1, place.h)
        words_on(rows, at, look.marks.last, colours, ink)


def _words(view: HeapView, look: Look, index: int, room: int) -> str:
    """The text on an object: its number, or who took it and when, in the form that fits.

    A shaded stone that is wide enough has the sign of the last object apart, at its left edge.
    """
    back = view.back(index)
    if back is None:
        return str(view.number(index)) if view.is_chosen(index) and view.colour >= 0.5 else ""
    sign, number = look.marks.of(back.by), str(back.move)
    if back.last and not (look.shaded and room >= _APART_FROM):
        last = look.marks.last
        forms = [f"{last} {sign} {number}", f"{last}{sign}{number}", f"{last}{sign}", last]
    else:
        forms = [f"{sign} {number}", f"{sign}{number}", sign]
    return next((form for form in forms if len(form) <= max(1, room)), sign)


def _bracket(
    rows: Rows, view: HeapView, fit: HeapFit, look: Look, count: int, *, hint: bool
) -> None:
    first = max(0, view.count - count)
    marked = [
        (_place(view, fit, index)[0], fit.boxes[index])
        for index in range(first, min(view.count, len(fit.boxes)))
    ]
    if not marked:
        return
    if fit.layout is Layout.ROWS:
        right = max(box.right for box in fit.boxes[:PER_ROW])
        gap = 0
    else:
        gap = 1 if fit.size < 5 else 2
        right = max(place.right for place, _ in marked)
    top = min(box.y for _, box in marked)
    bottom = max(box.y + box.h - 1 for _, box in marked)
    colour = look.colour("good" if hint else view.hover_by)
    bracket(rows, (right, gap), (top, bottom), len(marked), colour, look, hint=hint)
