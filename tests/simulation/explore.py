"""Every state of a small world, breadth first: `python -m tests.simulation.explore`.

Two players, anna and bert, on one small board. Each looks at the game, moves on what they saw last,
also out of turn and more than there is, resigns, claims or declines. Between two requests of one
operation anybody else may act. A fault may come at any point: an answer of the engine is lost, so
that boto3 repeats the request; an answer of the backend is lost or its server dies, so that the
client sends again; a client gives up waiting and sends again while the first request goes on. On
DynamoDB somebody also moves with the tutorial's own client, for either player.

The rules are `backend.domain.decisions`; the conditions are those that the real stores send, and
SQLite and the model of DynamoDB's engine carry them out. What is found is a shortest story.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.simulation.small_rules import brief, by_the_rules

if TYPE_CHECKING:
    from backend.domain.nim import Heaps
    from tests.simulation.small_world import Done, Op, Store

PLAYERS = ("anna", "bert")
FAULTS = 1
MOST_STATES = 3_000_000
BESIDE_A_GHOST = 3
"""The attempt's number of what is asked while a late request goes on."""


@dataclass(frozen=True, slots=True)
class Doing:
    """An operation under way, and the answers that it has had so far (a number of theirs)."""

    op: Op
    answers: int = 0


@dataclass(frozen=True, slots=True)
class Client:
    """What a player saw last, and what they wait for."""

    seen: int
    doing: Doing | None = None


@dataclass(frozen=True, slots=True)
class State:
    """The whole world: `ghost` is a request whose client no longer waits for it.

    What the store keeps, what clients have seen and what they were answered are numbers of
    `_Values`, so that states are quickly compared.
    """

    kept: int
    late: bool
    clients: tuple[Client, Client]
    ghost: Doing | None
    faults: int


@dataclass(frozen=True, slots=True)
class Found:
    """What an exploration came to: `story` is empty where every invariant held.

    `all_seen` is False where there were more states than it was to keep in memory.
    """

    states: int
    steps: int
    story: tuple[str, ...] = ()
    all_seen: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """A step by numbers: what is kept and was answered after it, and the end if it came to one."""

    kept: int
    answers: int
    done: Done | None


class _Values:
    """Values by number, each once; number 0 is the empty tuple."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}
        self._values: list[Any] = []
        self.number(())

    def number(self, value: Any) -> int:
        known = self._numbers.setdefault(value, len(self._values))
        if known == len(self._values):
            self._values.append(value)
        return known

    def value(self, number: int) -> Any:
        return self._values[number]


class Broken(AssertionError):
    """An invariant does not hold after a step."""


class Explorer:
    """All that can happen on one board with one store."""

    def __init__(
        self,
        store: Store,
        heaps: Heaps,
        rule: str,
        *,
        faults: int,
        tutorial: bool,
        most: int = MOST_STATES,
    ) -> None:
        from tests.simulation import small_world
        from tests.simulation.linearizability import bare

        self._small = small_world
        self._bare = bare
        self._store = store
        self._most = most
        self._is_table = isinstance(store, small_world.TableStore)
        self._with_tutorial = tutorial and self._is_table
        self._values = _Values()
        self._steps: dict[tuple[int, Doing, bool], Step] = {}
        self._tutorials: dict[int, list[tuple[str, int]]] = {}
        game = small_world.new_game(heaps, rule)
        begin = Client(self._values.number(bare(game)))
        kept = self._values.number(store.first(game))
        self._first = State(kept, False, (begin, begin), None, faults)

    def run(self) -> Found:
        """Visit every state; stops at the first that breaks an invariant."""
        before: dict[State, tuple[State, str] | None] = {self._first: None}
        frontier, steps = [self._first], 0
        while frontier:
            following: list[State] = []
            for state in frontier:
                try:
                    for event, after in self._events(state):
                        steps += 1
                        if after not in before:
                            before[after] = (state, event)
                            following.append(after)
                except Broken as broken:
                    return Found(len(before), steps, (*_story(before, state), str(broken)))
                if len(before) > self._most:
                    return Found(len(before), steps, all_seen=False)
            frontier = following
        return Found(len(before), steps)

    def _events(self, state: State) -> Iterator[tuple[str, State]]:
        if not state.late:
            yield "two days pass", replace(state, late=True)
        for place, client in enumerate(state.clients):
            if client.doing is None:
                seen, ghost = self._values.value(client.seen), state.ghost is not None
                for op in self._wishes(PLAYERS[place], seen, beside_a_ghost=ghost):
                    yield from self._go_on(state, place, Doing(op))
            else:
                yield from self._go_on(state, place, client.doing)
        if state.ghost is not None:
            stepped = self._stepped(state, state.ghost)
            left = None if stepped.done else replace(state.ghost, answers=stepped.answers)
            yield (
                f"the late request goes on: {state.ghost.op}",
                replace(state, kept=stepped.kept, ghost=left),
            )
        if self._with_tutorial:
            yield from self._tutorial(state)

    def _wishes(self, who: str, seen: Any, *, beside_a_ghost: bool) -> Iterator[Op]:
        # Each write has an id of its own (`moveId`), also next to a late request for the same.
        make = partial(self._small.Op, attempt=BESIDE_A_GHOST if beside_a_ghost else 1)
        yield make(who, "game", seen.version)
        if seen.state == "done":
            return
        for move in seen.board.moves():
            yield make(who, "move", seen.version, move.heap, move.left)
        yield make(who, "move", seen.version, 1, seen.heaps[0])
        for kind in ("resign", "claim", "decline"):
            yield make(who, kind, seen.version)

    def _go_on(self, state: State, place: int, doing: Doing) -> Iterator[tuple[str, State]]:
        stepped = self._stepped(state, doing)
        op = doing.op
        if stepped.done is None:
            further = replace(doing, answers=stepped.answers)
            yield f"{op}: a request is answered", self._with(state, place, stepped.kept, further)
        else:
            self._check_answer(stepped, op)
            seen = self._seen(state.clients[place].seen, stepped.done)
            told = stepped.done.code or "done"
            yield f"{op}: {told}", self._with(state, place, stepped.kept, None, seen)
        if state.faults:
            yield from self._faults(replace(state, faults=state.faults - 1), place, doing, stepped)

    def _faults(
        self, state: State, place: int, doing: Doing, stepped: Step
    ) -> Iterator[tuple[str, State]]:
        op = doing.op
        again = Doing(replace(op, attempt=op.attempt + 1)) if op.attempt == 1 else None
        if self._is_table:
            yield (
                f"{op}: the engine's answer is lost, boto3 asks again",
                self._with(state, place, stepped.kept, doing),
            )
        yield (
            f"{op}: the server dies after its request, the client sends again",
            self._with(state, place, stepped.kept, again),
        )
        if state.ghost is None and stepped.done is None:
            waiting = self._with(state, place, stepped.kept, again)
            ghost = replace(doing, answers=stepped.answers)
            yield f"{op}: the client gives up and sends again", replace(waiting, ghost=ghost)
        if state.ghost is None and not doing.answers:
            waiting = self._with(state, place, state.kept, again)
            yield f"{op}: it is late, and the client sends again", replace(waiting, ghost=doing)

    def _with(
        self, state: State, place: int, kept: int, doing: Doing | None, seen: int | None = None
    ) -> State:
        clients = list(state.clients)
        clients[place] = Client(clients[place].seen if seen is None else seen, doing)
        return replace(state, kept=kept, clients=(clients[0], clients[1]))

    def _seen(self, seen: int, done: Done) -> int:
        return seen if done.game is None else self._values.number(self._bare(done.game))

    def _stepped(self, state: State, doing: Doing) -> Step:
        """A step, which is the same for the same store, operation and time."""
        key = (state.kept, doing, state.late)
        if key not in self._steps:
            now = self._small.LATE if state.late else self._small.NOON
            kept, answers = self._values.value(state.kept), self._values.value(doing.answers)
            stepped = self._store.step(kept, doing.op, answers, now)
            self._check_change(kept, stepped.kept, doing.op, now)
            number = self._values.number
            self._steps[key] = Step(number(stepped.kept), number(stepped.answers), stepped.done)
        return self._steps[key]

    def _check_change(self, old: Any, new: Any, op: Op, now: datetime) -> None:
        """Whatever an operation wrote is what the rules make of the game that it met."""
        before, after = self._bare(self._store.game(old)), self._bare(self._store.game(new))
        if before == after:
            if self._store.notices(old) != self._store.notices(new):
                raise Broken(f"{op}: notices without a change")
            return
        expected = by_the_rules(self._store.game(old), op, now)
        if expected is None:
            raise Broken(f"{op}: it was carried out on {brief(before)}, which forbids it")
        if self._bare(expected) != after:
            raise Broken(f"{op}: {brief(before)} became {brief(after)}")
        owed = self._store.notices(new)
        if owed is not None:
            from backend.domain.notices import owed as owed_by

            mine = [one for one in owed if one[0] == after.version]
            wanted = [(one.version, one.to, one.kind) for one in owed_by(after)]
            if mine != wanted:
                raise Broken(f"{op}: it owes {wanted}, and {mine} is in the outbox")

    def _check_answer(self, stepped: Step, op: Op) -> None:
        """A success has happened; what was refused has not."""
        done, game = stepped.done, self._store.game(self._values.value(stepped.kept))
        assert done is not None
        if op.kind == "move":
            made = op.version < len(game.moves) and (
                game.moves[op.version].user,
                game.moves[op.version].heap,
                game.moves[op.version].left,
            ) == (op.who, op.heap, op.left)
            if made == bool(done.code):
                said = f"refused ({done.code})" if done.code else "acknowledged"
                raise Broken(f"{op}: {said}, and the game is {brief(game)}")
        elif not done.code and op.kind in ("resign", "claim", "decline"):
            wanted = {"resign": "resign", "claim": "timeout", "decline": "decline"}[op.kind]
            won = {"resign": game.opponent_of(op.who), "claim": op.who, "decline": None}[op.kind]
            if (game.ended_by, game.winner) != (wanted, won):
                raise Broken(f"{op}: acknowledged, and the game is {brief(game)}")
        if done.game is not None and done.game.version > game.version:
            raise Broken(f"{op}: the answer shows {brief(done.game)}, which never was")

    def _tutorial(self, state: State) -> Iterator[tuple[str, State]]:
        if state.kept not in self._tutorials:
            self._tutorials[state.kept] = list(self._tutorial_moves(state.kept))
        for event, kept in self._tutorials[state.kept]:
            yield event, replace(state, kept=kept)

    def _tutorial_moves(self, number: int) -> Iterator[tuple[str, int]]:
        old = self._values.value(number)
        for who in PLAYERS:
            for heap in (1, 2, 3):
                for left in range(2):
                    kept = self._small.tutorial_move(old, who, heap, left)
                    if kept is not None:
                        event = f"the tutorial's client leaves {left} in heap{heap} for {who}"
                        self._check_tutorial(old, kept, event)
                        yield event, self._values.number(kept)

    def _check_tutorial(self, old: Any, new: Any, event: str) -> None:
        before, after = self._store.game(old), self._store.game(new)
        if before.ended_by and (before.ended_by, before.winner) != (after.ended_by, after.winner):
            raise Broken(f"{event}: a game that had ended ended anew")


def _story(before: dict[State, tuple[State, str] | None], state: State) -> Sequence[str]:
    story: list[str] = []
    while (step := before[state]) is not None:
        state, event = step
        story.append(event)
    return story[::-1]


BOARDS = ((1, 1, 1), (2, 1, 1))
RULES = ("misere", "normal")


def explored(
    store: str,
    heaps: Heaps,
    rule: str,
    *,
    faults: int = FAULTS,
    tutorial: bool = True,
    most: int = MOST_STATES,
) -> Found:
    """Explore one board with one store, as far as memory is given for so many states."""
    from tests.simulation.small_world import FileStore, TableStore

    kept: Store = TableStore() if store == "dynamodb" else FileStore()
    try:
        return Explorer(kept, heaps, rule, faults=faults, tutorial=tutorial, most=most).run()
    finally:
        kept.close()


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.explore")
    parser.add_argument("--mutant", help="take this protection out first")
    parser.add_argument("--store", choices=("sqlite", "dynamodb"))
    parser.add_argument("--board", help="one board, as in 1-1-1")
    parser.add_argument("--faults", type=int, default=FAULTS, help="how many faults in one story")
    parser.add_argument(
        "--no-tutorial", dest="tutorial", action="store_false", help="without the tutorial's client"
    )
    parser.add_argument(
        "--most", type=int, default=MOST_STATES, help="states to keep in memory, of 1 KB each"
    )
    return parser


def main() -> int:
    asked = _arguments().parse_args()
    if asked.mutant:
        from tests.simulation.mutants import install

        install(asked.mutant)
    chosen: Sequence[Heaps] = BOARDS
    if asked.board:
        one, two, three = (int(count) for count in asked.board.split("-"))
        chosen = ((one, two, three),)
    for store in [asked.store] if asked.store else ["sqlite", "dynamodb"]:
        for heaps in chosen:
            for rule in RULES:
                found = explored(
                    store,
                    heaps,
                    rule,
                    faults=asked.faults,
                    tutorial=asked.tutorial,
                    most=asked.most,
                )
                board, rest = "-".join(map(str, heaps)), "" if found.all_seen else ", not all"
                print(
                    f"{store:8} {board} {rule:6}: {found.states} states, {found.steps} steps{rest}",
                    flush=True,
                )
                for number, event in enumerate(found.story, 1):
                    print(f"  {number}. {event}")
                if found.story:
                    return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
