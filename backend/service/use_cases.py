"""The use cases of the game, over the ports. They know neither JSON nor HTTP nor a database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime

from backend.domain import decisions
from backend.domain.clock import utc_now
from backend.domain.display import quoted
from backend.domain.errors import (
    BadRequest,
    DamagedGame,
    GameOver,
    MoveRefused,
    NimError,
    NoSuchGame,
    NoSuchPlayer,
    NotOver,
    NotSignedIn,
    TooManyGames,
    Unavailable,
    WrongPassword,
)
from backend.domain.game import Game, State
from backend.domain.ids import derived_id, random_id
from backend.domain.nim import Move
from backend.domain.opponents import Opponent
from backend.domain.people import Session
from backend.service.account_ports import Archive, Recovery
from backend.service.accounts import Accounts
from backend.service.commands import Invite, checked_heaps, seen_heaps
from backend.service.confirmations import Confirmations
from backend.service.cursors import read_cursor, write_cursor
from backend.service.invitations import Invitations
from backend.service.newcomers import Newcomers
from backend.service.ports import (
    AccountClosing,
    Courier,
    GameChanged,
    GameStore,
    Identity,
    Written,
)
from backend.service.subscriptions import ChangeHub, game_key, user_key

log = logging.getLogger(__name__)

_NOT_CREATED = "That game could not be created. Try again."
# Each move of a rival may come between a read and our write; a game has at most 60 objects.
ENDING_TRIES = 70
# How many games are read at a time when all games of a player are ended.
DELETE_PAGE = 100


class Service:
    """One backend's use cases; a token has proved the usernames that they are given.

    Attributes:
        accounts: the use cases of the accounts themselves.
        archive: what is kept beside accounts and games; None where nothing is.
        invitations: the use cases of open invitations.
        holds: whether answers may wait for a change (`Prefer: wait`), and work may go on after one.
        check_store: does nothing, quickly, or raises the Unavailable that requests would get.

    """

    def __init__(
        self,
        *,
        games: GameStore,
        people: Identity,
        courier: Courier | None = None,
        holds: bool = True,
        registration_open: bool = True,
        newcomers: Newcomers | None = None,
        confirmations: Confirmations | None = None,
        recovery: Recovery | None = None,
        archive: Archive | None = None,
        check_store: Callable[[], None] = lambda: None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.games = games
        self.people = people
        self.accounts = Accounts(
            people,
            confirmations=confirmations,
            registration_open=registration_open,
            newcomers=newcomers,
            recovery=recovery,
            works_on=holds,
        )
        self.archive = archive
        self.invitations = Invitations(games.invitations, people, self, now=now)
        self.hub = ChangeHub(games)
        self.holds = holds
        self.check_store = check_store
        self._courier = courier
        self._now = now
        self._writes: set[asyncio.Task[Game]] = set()
        self._finishing: asyncio.Task[None] | None = None

    async def sign_in(self, username: str, password: str, new_password: str | None) -> Session:
        """Tokens for a username and password. Raises: WrongPassword, SignInIncomplete."""
        try:
            return await self.people.sign_in(username, password, new_password)
        except AccountClosing as closing:
            await self.delete_player(closing.username)
            raise WrongPassword from closing

    async def create(self, user: str, invite: Invite) -> Game:
        """Invite somebody to a new game.

        Raises:
            BadRequest, NoSuchPlayer, NotSignedIn, TooManyGames.

        """
        heaps = checked_heaps(invite.heaps)
        opponent = await self.people.find(invite.opponent)
        if opponent is None:
            raise NoSuchPlayer
        if opponent.username == user:
            raise BadRequest.of_fields(
                {"opponent": "is yourself. Invite somebody else, or practise against the computer."}
            )
        await self.check_both_stay(user, opponent.username)
        request = invite.request_id
        now = self._now()
        game = Game(
            game_id=random_id() if request is None else derived_id("request", user, request),
            user1=user,
            user2=opponent.username,
            heaps=heaps,
            start=heaps,
            last_move_by=user,
            rule=invite.rule,
            days_per_move=invite.days_per_move,
            created_at=now,
            waiting_since=now,
            request_id=request,
        )
        kept = await self._put(game)
        if not kept.belongs_to(user, await self.people.owned_from(user)):
            raise BadRequest.of_fields({"requestId": "was used before. Choose another."})
        return kept

    async def rematch(self, user: str, game_id: str) -> Game:
        """The same game again with the roles swapped. Both players get the same new game.

        Raises:
            NoSuchGame, NotOver, NoSuchPlayer, NotSignedIn, TooManyGames.

        """
        old = await self.game(user, game_id)
        if old.state != "done":
            raise NotOver(game=old)
        other = old.opponent_of(user)
        same = old.belongs_to(other, await self.people.owned_from(other))
        if not same or await self.people.find(other) is None:
            raise NoSuchPlayer(
                f"{quoted(other)} no longer has an account here. Invite somebody else."
            )
        await self.check_both_stay(user, other)
        now = self._now()
        new = Game(
            game_id=derived_id("rematch", old.game_id),
            user1=old.user2,
            user2=old.user1,
            heaps=old.start,
            start=old.start,
            last_move_by=old.user2,
            rule=old.rule,
            days_per_move=old.days_per_move,
            created_at=now,
            waiting_since=now,
            rematch_of=old.game_id,
            rematch_by=user,
        )
        try:
            return await self._put(new)
        except TooManyGames as error:
            if new.user1 == user:
                raise
            raise TooManyGames(
                f"{quoted(other)} has too many open games right now. Try again later."
            ) from error

    async def game(self, user: str, game_id: str) -> Game:
        """One of the caller's games. Raises: NoSuchGame, also for other people's games."""
        with _damaged_as_missing():
            game = await self.games.get(game_id)
        if game is None or not game.belongs_to(user, await self.people.owned_from(user)):
            raise NoSuchGame
        return game

    async def list_games(
        self, user: str, state: State, limit: int, cursor: str | None
    ) -> tuple[Sequence[Game], str | None]:
        """A page of the caller's games, and the cursor of the next page. Raises: BadRequest."""
        after = read_cursor(cursor, user, state)
        owned_from = await self.people.owned_from(user)
        games: list[Game] = []
        while True:
            page = await self.games.list(user, state, limit - len(games), after)
            games += [game for game in page.games if game.belongs_to(user, owned_from)]
            after = page.next
            if after is None or len(games) >= limit:
                return games, write_cursor(after, user, state)

    async def opponents(self, user: str) -> Sequence[Opponent]:
        """Whom the player has played with, those played last first."""
        owned_from = await self.people.owned_from(user)
        return await self.games.opponents(user, owned_from, self._now())

    async def move(
        self,
        user: str,
        game_id: str,
        move: Move,
        version: int | None,
        seen: Sequence[int] | None = None,
    ) -> Game:
        """Make a move: one conditional write.

        Args:
            version: of the board that the caller saw; None moves on any.
            seen: the heaps of that board; None moves on any.

        Raises:
            NoSuchGame, GameOver, Stale, NotYourTurn, IllegalMove.

        """
        heaps = None if seen is None else seen_heaps(seen)
        if move.left < 0:  # no store can write it, so the game alone says why it is refused
            game = await self.game(user, game_id)
            return decisions.judge_move(game, user, move, version, heaps)
        owned_from = await self.people.owned_from(user)
        now = self._now()
        write = self.games.move(
            game_id, user, move, version=version, now=now, owned_from=owned_from, seen=heaps
        )
        try:
            game = await self._committed(write)
        except MoveRefused as refused:
            if refused.game is not None and not refused.game.belongs_to(user, owned_from):
                raise NoSuchGame from refused
            raise
        if not game.belongs_to(user, owned_from):
            raise NoSuchGame
        return game

    async def resign(self, user: str, game_id: str) -> Game:
        """Resign: the opponent wins. Raises: NoSuchGame, GameOver."""
        return await self._end(user, await self.game(user, game_id), decisions.resigned)

    async def claim(self, user: str, game_id: str) -> Game:
        """Win because the deadline has passed. Raises: NoSuchGame, GameOver, NotExpired."""
        return await self._end(user, await self.game(user, game_id), decisions.claimed)

    async def decline(self, user: str, game_id: str) -> Game:
        """Decline an invitation. Raises: NoSuchGame, GameOver, NotYourTurn."""
        return await self._end(user, await self.game(user, game_id), decisions.declined)

    async def create_taken(self, game: Game) -> Game:
        """Create the game of an invitation that was taken; if it exists already, return it."""
        return await self._put(game)

    async def check_both_stay(self, user: str, opponent: str) -> None:
        """Refuse a new game with an account that is being deleted, here or elsewhere.

        Raises:
            NotSignedIn: `user` is the one.
            NoSuchPlayer: `opponent` is the one, or is gone.

        """
        closing = await self.people.closing((user, opponent))
        if user in closing:
            raise NotSignedIn
        if opponent in closing:
            raise NoSuchPlayer

    async def delete_player(self, username: str) -> None:
        """Delete an account; its open games end as resigned, and its invitations end.

        Once begun, the same call, a sign-in or `finish_deletions` ends it. Raises: NoSuchPlayer.
        """
        player = await self.people.begin_closing(username)
        await self._end_all(player.username)
        await self.accounts.forget(player)
        if player.username not in await self.people.closing([player.username]):
            raise NoSuchPlayer  # another request has finished it; the name may have a new owner
        gone_at = self._now()
        await self.people.delete(player.username)
        await self.accounts.forget_invitation(player.username)
        # Games that somebody was just starting with them; not those of the name's next owner.
        await self._end_all(player.username, created_by=gone_at)

    def finish_deletions(self) -> asyncio.Task[None]:
        """Finish, beside the requests, the deletions that were stopped halfway."""
        if self._finishing is None:
            self._finishing = asyncio.create_task(self._finish_deletions())
        return self._finishing

    async def close(self) -> None:
        """Finish running writes, then release everything."""
        if self._finishing is not None:
            self._finishing.cancel()
            await asyncio.wait([self._finishing])
        if self._writes:
            await asyncio.wait(self._writes)
        if self._courier is not None:
            await self._courier.close()
        await self.accounts.close()
        await self.people.close()
        await self.games.close()

    async def _put(self, game: Game) -> Game:
        try:
            kept = await self._committed(self.games.put(game))
        except NoSuchGame as error:
            raise Unavailable(_NOT_CREATED) from error
        same_origin = _origin(kept) == _origin(game)
        if not same_origin or not kept.has_player(game.user1):
            raise Unavailable(_NOT_CREATED)
        return kept

    async def _finish_deletions(self) -> None:
        try:
            for username in await self.people.all_closing():
                with suppress(NoSuchPlayer):  # finished elsewhere
                    await self.delete_player(username)
        except NimError as error:
            log.warning("a deletion could not be finished: %s", error.message)

    async def _end_all(self, user: str, *, created_by: datetime | None = None) -> None:
        await self.invitations.end_all(user, created_by=created_by)
        await self._resign_all(user, created_by=created_by)

    async def _resign_all(self, user: str, *, created_by: datetime | None = None) -> None:
        """End the open games under this name, those of its earlier owners, too, page by page."""
        page = await self.games.list(user, "open", DELETE_PAGE, None)
        while page.games:
            for game in page.games:
                if created_by and game.created_at and game.created_at > created_by:
                    continue
                # The opponent may have ended it just now. All that matters is that it has ended.
                with suppress(GameOver, NoSuchGame):
                    await self._end(user, game, decisions.resigned)
            if page.next is None:
                break
            page = await self.games.list(user, "open", DELETE_PAGE, page.next)

    async def _end(
        self, user: str, seen: Game, ending: Callable[[Game, str, datetime], Game]
    ) -> Game:
        for _ in range(ENDING_TRIES):
            try:
                new = ending(seen, user, self._now())
                return await self._committed(self.games.replace(seen, new))
            except GameChanged as changed:
                seen = changed.game
        raise Unavailable

    async def _committed(self, write: Awaitable[Written]) -> Game:
        """The game after a write, which is finished even if its request is cancelled."""
        task = asyncio.ensure_future(self._write(write))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
        return await asyncio.shield(task)

    async def _write(self, write: Awaitable[Written]) -> Game:
        with _damaged_as_missing():
            written = await write
        game = written.game
        if written.applied:
            self.hub.wake((game_key(game.game_id), user_key(game.user1), user_key(game.user2)))
            if self._courier is not None:
                self._courier.committed(written.notices)
        return game


@contextmanager
def _damaged_as_missing() -> Iterator[None]:
    """To its players a game that cannot be read is no game, in whichever store; the log says why.

    Some stores cannot tell it from a record of something else.
    """
    try:
        yield
    except DamagedGame as error:
        log.warning("a game cannot be read: %s", error.message)
        raise NoSuchGame from error


def _origin(game: Game) -> tuple[str | None, ...]:
    """What a game was created by."""
    return game.request_id, game.rematch_of, game.invitation
