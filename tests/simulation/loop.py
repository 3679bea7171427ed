"""An asyncio event loop with a virtual clock, in which a seed chooses the next ready callback.

- Time stands still while code runs, and jumps to the next timer when nothing is ready.
- Of the callbacks that are ready, the seed's dice choose one; asyncio would take the oldest.
- Work for threads runs in the loop, one piece after another, after a short virtual delay. Code that
  blocks inside a thread (`run_blocking`) has a real thread, which runs only while the loop waits.
- Each callback belongs to a `Process`, found through its context. A process that is killed never
  runs again: no `finally` and no `except` of it, as after a kill -9.
- Every callback that runs goes into a hash, so that two runs can be compared to the byte.
"""

from __future__ import annotations

import asyncio
import hashlib
import heapq
import random
import threading
from asyncio import base_events
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future
from contextlib import suppress
from contextvars import Context, ContextVar, copy_context
from typing import Any, TypeVar, TypeVarTuple, Unpack

T = TypeVar("T")
Arguments = TypeVarTuple("Arguments")

STEPS = 400_000
"""A run that takes more callbacks than this is stuck."""

_THREAD_SECONDS = (0.0002, 0.02)


class Deadlock(AssertionError):
    """Nothing is ready and no timer is set, yet the main task has not ended."""


class ProcessKilled(BaseException):
    """Ends blocking code in a thread whose process was killed."""


class Process:
    """Something that can be killed: a server, a client."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.alive = True
        self.context = copy_context()
        self.context.run(PROCESS.set, self)

    def __repr__(self) -> str:
        return f"<Process {self.name}>"


PROCESS: ContextVar[Process | None] = ContextVar("PROCESS", default=None)


class VirtualLoop(base_events.BaseEventLoop):
    """The loop of one run. `dice` order what is ready; `trace` is the hash of what ran."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.dice = random.Random(f"order {seed}")
        self.steps = 0
        self._now = 0.0
        self._hash = hashlib.blake2b(digest_size=16)
        self._ready: deque[asyncio.Handle]
        self._scheduled: list[asyncio.TimerHandle]
        self._doomed: dict[Process, tuple[int, Callable[[], None]]] = {}
        self._discarding = False
        self._kept: list[tuple[asyncio.Task[Any], Process | None]] = []
        self._threads: list[_Thread] = []
        self._idle: list[_Thread] = []
        self.set_task_factory(_task)

    @property
    def trace(self) -> str:
        """The hash of every callback that ran, when, and of what was `noted`."""
        return self._hash.hexdigest()

    def note(self, text: str | bytes) -> None:
        """Put something into the trace."""
        self._hash.update(text.encode() if isinstance(text, str) else text)

    def time(self) -> float:
        return self._now

    def keep(self, task: asyncio.Task[Any], process: Process | None) -> None:
        """Hold a task, so that no garbage collection runs the `finally` of a killed process."""
        self._kept.append((task, process))

    def spawn(self, process: Process, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """A task that belongs to `process`."""
        return self.create_task(work, context=process.context.copy())

    def after_steps(self, process: Process, steps: int, callback: Callable[[], None]) -> None:
        """Call `callback` once `process` has run so many more callbacks: to kill it there."""
        self._doomed[process] = (steps, callback)

    def spare(self, process: Process) -> None:
        """Forget what `after_steps` was to do."""
        self._doomed.pop(process, None)

    def call_soon(
        self,
        callback: Callable[[Unpack[Arguments]], object],
        *args: *Arguments,
        context: Context | None = None,
    ) -> asyncio.Handle:
        handle = super().call_soon(callback, *args, context=context)
        if self._discarding:
            self._ready.clear()
        return handle

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Arguments]], object],
        *args: *Arguments,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        timer = super().call_at(when, callback, *args, context=context)
        if self._discarding:
            self._scheduled.clear()
        return timer

    def call_soon_threadsafe(
        self,
        callback: Callable[[Unpack[Arguments]], object],
        *args: *Arguments,
        context: Context | None = None,
    ) -> asyncio.Handle:
        # No other thread runs while the loop does.
        return self.call_soon(callback, *args, context=context)

    def run_in_executor(
        self,
        executor: Executor | None,
        func: Callable[[Unpack[Arguments]], T],
        *args: *Arguments,
    ) -> asyncio.Future[T]:
        if not isinstance(executor, OneThread):
            executor = OneThread(self)
        return asyncio.wrap_future(executor.submit(func, *args), loop=self)

    async def run_blocking(self, work: Callable[[], T]) -> T:
        """What `work` returns, which may block by `blocked_until`."""
        thread = self._idle.pop() if self._idle else _Thread(self)
        done: asyncio.Future[T] = self.create_future()
        thread.begin(work, done)
        return await done

    def thread_is_free(self, thread: _Thread) -> None:
        """Reuse `thread` for the next blocking work."""
        self._idle.append(thread)

    def thread_is_new(self, thread: _Thread) -> None:
        """End `thread` with the run."""
        self._threads.append(thread)

    def unheard(self) -> list[BaseException]:
        """The errors that ended tasks of living processes, and that nobody has looked at."""
        found = []
        for task, process in self._kept:
            lives = process is None or process.alive
            if lives and task.done() and getattr(task, "_log_traceback", False):
                error = task.exception()
                if error is not None:
                    found.append(error)
        return found

    def finish(self) -> None:
        """Let go of everything; what killed processes left is thrown away."""
        self._discarding = True
        for thread in self._threads:
            thread.end()
        for task, _ in self._kept:
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            if not task.done():
                # A `finally` that awaits refuses to be closed: it was killed, so nobody minds.
                with suppress(RuntimeError, GeneratorExit, asyncio.CancelledError):
                    getattr(task.get_coro(), "close")()  # noqa: B009 - typed as an awaitable only
        self._kept.clear()
        self._ready.clear()
        self._scheduled.clear()
        self.close()

    def _run_once(self) -> None:
        self._collect_due()
        while not self._ready:
            if not self._scheduled:
                raise Deadlock("nothing is ready and no timer is set")
            self._now = max(self._now, self._scheduled[0].when())
            self._collect_due()
        handle = self._choose()
        if not _lives(handle):
            return
        self.steps += 1
        if self.steps > STEPS:
            raise Deadlock(f"more than {STEPS} callbacks")
        self._hash.update(f"{self._now:.6f} {_label(handle)}\n".encode())
        handle._run()
        if self._doomed:
            self._count_down(handle._context.get(PROCESS))  # type: ignore[attr-defined]

    def _count_down(self, process: Process | None) -> None:
        if process is None or process not in self._doomed:
            return
        steps, callback = self._doomed.pop(process)
        if steps > 1:
            self._doomed[process] = (steps - 1, callback)
        else:
            callback()

    def _choose(self) -> asyncio.Handle:
        place = self.dice.randrange(len(self._ready))
        self._ready.rotate(-place)
        handle = self._ready.popleft()
        self._ready.rotate(place)
        return handle

    def _collect_due(self) -> None:
        while self._scheduled and (
            self._scheduled[0].when() <= self._now or self._scheduled[0].cancelled()
        ):
            timer = heapq.heappop(self._scheduled)
            timer._scheduled = False  # type: ignore[attr-defined]
            self._ready.append(timer)

    def _check_closed(self) -> None:
        # What the garbage collector unwinds after the run may still call; it is thrown away.
        if not self._discarding:
            super()._check_closed()  # type: ignore[misc]

    def _process_events(self, event_list: Any) -> None:
        raise NotImplementedError("nothing real is waited for")

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Cancelled timers are dropped when their time comes."""

    def _write_to_self(self) -> None:
        """Nothing sleeps in a selector."""


class OneThread(Executor):
    """A thread pool of one, whose work runs in the loop, in its order."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._busy = False

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        done: Future[T] = Future()
        self._waiting.append((done, lambda: fn(*args, **kwargs)))
        if not self._busy:
            self._busy = True
            self._later()
        return done

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - as Executor has it
        """What waits still runs, as in a thread."""

    def _later(self) -> None:
        self._loop.call_later(self._loop.dice.uniform(*_THREAD_SECONDS), self._next)

    def _next(self) -> None:
        done, work = self._waiting.popleft()
        if done.set_running_or_notify_cancel():
            give: Callable[[Any], None] = done.set_result
            try:
                result: Any = work()
            except BaseException as error:  # noqa: BLE001 - the caller gets it
                give, result = done.set_exception, error
            # A thread may be put aside between what it has seen and its caller's hearing of it.
            self._loop.call_later(self._loop.dice.uniform(*_THREAD_SECONDS), give, result)
        self._busy = bool(self._waiting)
        if self._busy:
            self._later()


_HERE = threading.local()


def blocked_until(start: Callable[[Callable[[Any], None]], None]) -> Any:
    """Block this thread: `start` gets a function to call, in the loop, with what is waited for.

    An exception that is handed over is raised here.
    """
    thread: _Thread | None = getattr(_HERE, "thread", None)
    if thread is None:
        raise AssertionError("only code under run_blocking may block")
    return thread.wait(start)


class _Thread:
    """A real thread that takes turns with the loop: one of the two always waits."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._turn = threading.Semaphore(0)
        self._back = threading.Semaphore(0)
        self._work: Callable[[], Any] | None = None
        self._blocks: Callable[[Callable[[Any], None]], None] = lambda resume: resume(None)
        self._begun = False
        self._answer: Any = None
        self._outcome: tuple[Any, BaseException | None] | None = None
        self._done: asyncio.Future[Any] | None = None
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()
        loop.thread_is_new(self)

    def begin(self, work: Callable[[], Any], done: asyncio.Future[Any]) -> None:
        self._work, self._done, self._outcome, self._begun = work, done, None, False
        self._loop.call_later(self._loop.dice.uniform(*_THREAD_SECONDS), self._switch)

    def wait(self, start: Callable[[Callable[[Any], None]], None]) -> Any:
        self._blocks = start
        self._back.release()
        self._turn.acquire()
        answer = self._answer
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def end(self) -> None:
        """Unwind what still blocks, and end the thread."""
        if self._work is not None and self._begun:
            for _ in range(20):
                if self._outcome is not None:
                    break
                self._answer = ProcessKilled()
                self._turn.release()
                self._back.acquire()
        self._work = None
        self._turn.release()
        self._thread.join(5)

    def _switch(self) -> None:
        self._begun = True
        self._turn.release()
        self._back.acquire()
        if self._outcome is None:
            self._blocks(self._resume)
            return
        self._end_work(*self._outcome)

    def _end_work(self, result: Any, error: BaseException | None) -> None:
        self._work = None
        done = self._done
        assert done is not None
        self._loop.thread_is_free(self)
        if done.cancelled():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)

    def _resume(self, answer: Any) -> None:
        self._answer = answer
        self._switch()

    def _live(self) -> None:
        _HERE.thread = self
        while True:
            self._turn.acquire()
            if self._work is None:
                return
            try:
                self._outcome = (self._work(), None)
            except BaseException as error:  # noqa: BLE001 - the caller gets it
                self._outcome = (None, error)
            self._back.release()


def _task(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
    assert isinstance(loop, VirtualLoop)
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **options)
    context: Context | None = options.get("context")
    loop.keep(task, PROCESS.get() if context is None else context.get(PROCESS))
    return task


def _lives(handle: asyncio.Handle) -> bool:
    process = handle._context.get(PROCESS)  # type: ignore[attr-defined]
    return not handle.cancelled() and (process is None or process.alive)


def _label(handle: asyncio.Handle) -> str:
    """What a callback is, in words that do not change from run to run."""
    callback: Any = handle._callback  # type: ignore[attr-defined]
    owner = getattr(callback, "__self__", None)
    process = handle._context.get(PROCESS)  # type: ignore[attr-defined]
    where = process.name if process is not None else "-"
    if isinstance(owner, asyncio.Task):
        return f"{where} {getattr(owner.get_coro(), '__qualname__', '')}"
    return f"{where} {getattr(callback, '__qualname__', type(callback).__name__)}"
