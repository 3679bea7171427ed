"""Fixtures for every test of a screen: the same app and the same waiting in less time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from textual.screen import Screen

_ROUNDS = 5
"""Of a screen that asks to be drawn again: one that moves does so without end."""
_QUIET = 3
"""Rounds of the event loop without work after which nothing is on its way in it."""


async def _idle(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
    """Wait until the event loop has nothing more to do, as long as no thread brings it something.

    Textual looks at the processor's time instead: it sleeps for 20 ms, and what did not get a core
    meanwhile seems idle.
    """
    loop: Any = asyncio.get_running_loop()
    quiet, deadline = 0, loop.time() + max_sleep
    while quiet < _QUIET and loop.time() < deadline:
        await asyncio.sleep(0 if quiet else min_sleep)
        quiet = 0 if loop._ready else quiet + 1
        if quiet == _QUIET and _at_work(loop._default_executor):
            await asyncio.sleep(0.001)
            quiet = 0


def _at_work(executor: Any) -> bool:
    """Whether any of its threads has something to do."""
    return executor is not None and executor._idle_semaphore._value < len(executor._threads)


@pytest.fixture(autouse=True)
def _quick_pilot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Textual's pilot wait for events alone: until all is handled that was pressed, too."""
    import textual.app
    import textual.pilot
    from textual.pilot import Pilot

    from nim_tui.terminal.typeahead import TypeaheadApp

    for module in (textual.app, textual.pilot):
        monkeypatch.setattr(module, "wait_for_idle", _idle)
    wait_for_screen = Pilot._wait_for_screen

    async def wait_for_input_too(pilot: Pilot[None], timeout: float = 30.0) -> bool:
        done = await wait_for_screen(pilot, timeout)
        app = pilot.app
        # Textual keeps a new size back for a moment, too: another one may follow.
        while app._resize_event is not None or (
            isinstance(app, TypeaheadApp) and not app.input_handled.is_set()
        ):
            if not (done and app.is_running):
                return False
            await asyncio.sleep(0.001)
            done = await wait_for_screen(pilot, timeout)
        return done

    monkeypatch.setattr(Pilot, "_wait_for_screen", wait_for_input_too)


@pytest.fixture(autouse=True)
def _drawn_after_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do what Textual's timers would do while a slower pilot slept: draw anew, and resize."""
    from textual.pilot import Pilot

    resize, pause = Pilot.resize_terminal, Pilot.pause

    async def pause_until_drawn(pilot: Pilot[None], delay: float | None = None) -> None:
        for _ in range(_ROUNDS):
            await pause(pilot, delay)
            screen = pilot.app.screen
            if not (screen._callbacks or screen._layout_required or screen._dirty_widgets):
                break

    async def resize_and_wait(pilot: Pilot[None], width: int, height: int) -> None:
        await resize(pilot, width, height)
        # Sizes that come together are one; Textual has no event for that.
        while pilot.app._resize_timer is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        await pilot.pause()

    monkeypatch.setattr(Pilot, "pause", pause_until_drawn)
    monkeypatch.setattr(Pilot, "resize_terminal", resize_and_wait)


@pytest.fixture(autouse=True)
def _painted_when_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paint a screen when a test looks at it, acts on it or leaves it, and not each frame before.

    Nothing is sent to a terminal in these tests, and half of what they cost is painting. What has
    to be painted adds up meanwhile.
    """
    from textual._compositor import Compositor
    from textual.screen import Screen

    paint, look = Screen._compositor_refresh, Compositor.render_strips

    def later(screen: Screen[Any]) -> None:
        app = screen.app
        if app.is_headless and screen is app.screen:
            screen._dirty_widgets.clear()
            app._update_mouse_over(screen)
        else:
            paint(screen)

    def paint_and_look(compositor: Compositor, size: Any = None) -> Any:
        screen = compositor.root
        if isinstance(screen, Screen) and screen.is_current:
            paint(screen)
        return look(compositor, size)

    monkeypatch.setattr(Screen, "_compositor_refresh", later)
    monkeypatch.setattr(Compositor, "render_strips", paint_and_look)
    _paint_before(monkeypatch, paint)


def _paint_before(monkeypatch: pytest.MonkeyPatch, paint: Callable[[Screen[Any]], None]) -> None:
    """Paint before whatever a pilot does, and at the end."""
    from textual.app import App
    from textual.pilot import Pilot

    press, use_mouse, run_test = Pilot.press, Pilot._post_mouse_events, App.run_test

    async def paint_and_press(pilot: Pilot[Any], *keys: str) -> None:
        paint(pilot.app.screen)
        await press(pilot, *keys)

    async def paint_and_use_mouse(pilot: Pilot[Any], *args: Any, **options: Any) -> bool:
        paint(pilot.app.screen)
        return await use_mouse(pilot, *args, **options)

    @asynccontextmanager
    async def run_and_paint(app: App[Any], **options: Any) -> AsyncIterator[Pilot[Any]]:
        async with run_test(app, **options) as pilot:
            yield pilot
            if app.is_running and app._screen_stack:
                paint(app.screen)

    monkeypatch.setattr(Pilot, "press", paint_and_press)
    monkeypatch.setattr(Pilot, "_post_mouse_events", paint_and_use_mouse)
    monkeypatch.setattr(App, "run_test", run_and_paint)


@pytest.fixture(autouse=True, scope="session")
def _styles_parsed_once() -> Generator[None]:
    """Parse each style sheet once, and not once for each app: nothing changes its rules."""
    from textual.css.stylesheet import Stylesheet

    parse = Stylesheet._parse_rules
    known: dict[tuple[object, ...], Any] = {}

    def remembered(sheet: Stylesheet, *args: Any, **options: Any) -> Any:
        key = (frozenset(sheet._variables.items()), *args, *options.items())
        if key not in known:
            known[key] = parse(sheet, *args, **options)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", remembered)
        yield


@pytest.fixture(autouse=True)
def _lasting_toasts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep toasts: they expire by the wall clock, so a busy machine loses them before a test looks.

    A test that is about their end shortens this for itself.
    """
    from textual.app import App

    monkeypatch.setattr(App, "NOTIFICATION_TIMEOUT", 3600.0)
