"""The virtual loop: its time, its order, its threads, and processes that are killed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from tests.simulation.loop import Deadlock, OneThread, Process, VirtualLoop, blocked_until


@contextmanager
def looped(seed: int = 0) -> Iterator[VirtualLoop]:
    loop = VirtualLoop(seed)
    try:
        yield loop
    finally:
        loop.finish()


def ran(work: Coroutine[Any, Any, Any], seed: int = 0) -> tuple[Any, str]:
    with looped(seed) as loop:
        return loop.run_until_complete(work), loop.trace


async def _order() -> list[int]:
    done: list[int] = []

    async def one(number: int) -> None:
        await asyncio.sleep(0)
        done.append(number)

    await asyncio.gather(*(one(number) for number in range(6)))
    return done


def test_a_day_passes_at_once() -> None:
    async def day() -> float:
        began = asyncio.get_running_loop().time()
        await asyncio.sleep(86_400)
        return asyncio.get_running_loop().time() - began

    real = time.monotonic()
    assert ran(day())[0] == pytest.approx(86_400)
    assert time.monotonic() - real < 5


def test_the_seed_chooses_the_order_and_the_trace_tells_it() -> None:
    runs = {seed: ran(_order(), seed) for seed in range(20)}
    assert runs == {seed: ran(_order(), seed) for seed in range(20)}
    assert len({tuple(order) for order, _ in runs.values()}) > 10
    assert len({trace for _, trace in runs.values()}) > 10


def test_waiting_for_nothing_is_a_deadlock() -> None:
    with looped() as loop, pytest.raises(Deadlock):
        loop.run_until_complete(asyncio.Event().wait())


def test_a_killed_process_runs_nothing_more() -> None:
    seen: list[str] = []

    async def work() -> None:
        try:
            seen.append("begun")
            await asyncio.sleep(10)
            seen.append("went on")
        finally:
            seen.append("cleaned up")

    with looped() as loop:
        process = Process("doomed")

        async def run() -> None:
            loop.spawn(process, work())
            await asyncio.sleep(5)
            process.alive = False
            await asyncio.sleep(60)

        loop.run_until_complete(run())
        assert seen == ["begun"]


def test_a_process_can_be_killed_after_so_many_steps() -> None:
    steps: list[int] = []

    async def work() -> None:
        for number in range(10):
            steps.append(number)
            await asyncio.sleep(1)

    with looped() as loop:
        process = Process("counted")

        def kill() -> None:
            process.alive = False

        loop.after_steps(process, 3, kill)

        async def run() -> None:
            loop.spawn(process, work())
            await asyncio.sleep(60)

        loop.run_until_complete(run())
    assert 0 < len(steps) <= 3


async def _in_one_thread() -> list[str]:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    done: list[str] = []
    thread = OneThread(loop)
    works = [loop.run_in_executor(thread, done.append, name) for name in "abc"]
    await asyncio.gather(*works)
    await asyncio.to_thread(done.append, "d")
    return done


def test_one_thread_keeps_its_order() -> None:
    assert {tuple(ran(_in_one_thread(), seed)[0]) for seed in range(5)} == {("a", "b", "c", "d")}


async def _blocking() -> list[str]:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    done: list[str] = []

    def block(name: str) -> None:
        for step in range(2):

            def later(resume: Any, step: int = step) -> None:
                loop.call_later(loop.dice.random(), resume, step)

            done.append(f"{name}{blocked_until(later)}")

    await asyncio.gather(*(loop.run_blocking(partial(block, name)) for name in "ab"))
    return done


def test_blocking_threads_interleave_as_the_seed_says() -> None:
    runs = [tuple(ran(_blocking(), seed)[0]) for seed in range(12)]
    assert runs == [tuple(ran(_blocking(), seed)[0]) for seed in range(12)]
    assert len(set(runs)) > 2
