"""The table's stream as Lambda reads it: in batches, again after a failure, sometimes twice."""

from __future__ import annotations

import asyncio
import random
from typing import Any, Protocol

from backend.adapters.dynamodb.notice_leases import NoticeLeases
from backend.adapters.dynamodb.stream_courier import StreamCourier
from backend.adapters.sqlite.identity import SqliteIdentity
from backend.service.delivery import Messenger
from tests.simulation.boto_client import SimulatedAws
from tests.simulation.dynamodb_engine import Change
from tests.simulation.loop import Process
from tests.simulation.machines import CHEAP, Machine, Shared

_MOST = 5
_PAUSE_SECONDS = 0.5
# Lambda gives a failed batch again after a pause that grows; a lease must have time to run out.
_AGAIN_SECONDS = 10.0


class Stopping(Shared, Protocol):
    at_rest: bool
    seed: int


class StreamReader:
    """Lambda's side of the stream: `crashed_at` says when an invocation was killed."""

    def __init__(self, shared: Stopping) -> None:
        self.crashed_at: list[float] = []
        self._shared = shared
        self._dice = random.Random(f"stream {shared.seed}")

    def start(self) -> None:
        self._shared.loop.spawn(Process("lambda service"), self._read())

    async def _read(self) -> None:
        engine = self._shared.engine
        assert engine is not None
        place = 0
        while True:
            await asyncio.sleep(_PAUSE_SECONDS)
            batch = engine.stream[place : place + _MOST]
            if not batch:
                continue
            if not self._shared.at_rest and self._dice.random() < 0.1:
                await asyncio.gather(self._invoke(batch), self._invoke(batch))
            failed = await self._invoke(batch)
            if failed is None or failed:
                await asyncio.sleep(_AGAIN_SECONDS)
            place = batch[-1].number + 1 if failed == [] else _first(failed, batch)

    async def _invoke(self, batch: list[Change]) -> list[str] | None:
        """The numbers that must come again; None where the function died."""
        machine = Machine("lambda", self._shared)
        process = machine.process
        work = self._shared.loop.spawn(process, self._function(machine, batch))
        dead = asyncio.Event()

        def kill() -> None:
            self.crashed_at.append(self._shared.loop.time())
            machine.kill()
            dead.set()

        if not self._shared.at_rest and self._dice.random() < 0.15:
            self._shared.loop.after_steps(process, self._dice.randrange(1, 90), kill)
        while not work.done():
            await asyncio.sleep(0.05)
            if dead.is_set():
                return None
        self._shared.loop.spare(process)
        machine.kill()
        return work.result()

    async def _function(self, machine: Machine, batch: list[Change]) -> list[str]:
        shared = self._shared
        assert shared.engine is not None
        aws: Any = SimulatedAws(shared.loop, shared.engine, shared.network)
        people = SqliteIdentity(machine.database("accounts.db"), cost=CHEAP, now=shared.clock.now)
        leases = NoticeLeases(aws, "games", clock=shared.clock.seconds)
        return await StreamCourier(Messenger(people, {"sms": shared.sender}), leases).send_all(
            [_record(change) for change in batch]
        )


def _first(failed: list[str] | None, batch: list[Change]) -> int:
    """From which change on it must come again: the first that failed, or all of a killed one's."""
    return int(failed[0]) if failed else batch[0].number


def _record(change: Change) -> dict[str, Any]:
    images: dict[str, Any] = {"SequenceNumber": str(change.number)}
    if change.old is not None:
        images["OldImage"] = change.old
    if change.new is not None:
        images["NewImage"] = change.new
    return {"dynamodb": images}
