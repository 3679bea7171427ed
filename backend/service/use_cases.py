"""The use cases of the game, over the ports. They know neither JSON nor HTTP nor a database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime

from backend.domain import decisions
from backend.domain.clock import utc_now
from backend.domain.credentials import check_registration, phone_problem
from backend.domain.display import quoted
from backend.domain.errors import (
    BadRequest,
    DamagedGame,
    GameOver,
    NoSuchGame,
    NoSuchPlayer,
    NotOver,
    RegistrationClosed,
    TooManyGames,
    TooManyRequests,
    Unavailable,
    UserExists,
    WrongCode,
)
from backend.domain.game import Game, State
from backend.domain.ids import derived_id, random_id
from backend.domain.nim import HEAP_NUMBERS, MOST_OBJECTS, Heaps, Move, valid_heaps
from backend.domain.people import Player, Profile, Session
from backend.service.commands import KEEP, Invite, ProfileEdit, SignUp
from backend.service.confirmations import Confirmations
from backend.service.cursors import read_cursor, write_cursor
from backend.service.ports import Courier, GameChanged, GameStore, Identity, Written
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
        holds: whether answers may be held back until something changes (`Prefer: wait`).

    """

    def __init__(
        self,
        *,
        games: GameStore,
        people: Identity,
        courier: Courier | None = None,
        holds: bool = True,
        registration_open: bool = True,
        confirmations: Confirmations | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.games = games
        self.people = people
        self.hub = ChangeHub(games)
        self.holds = holds
        self._courier = courier
        self._confirmations = confirmations
        self._registration_open = registration_open
        self._now = now
        self._writes: set[asyncio.Task[Game]] = set()

    async def register(self, form: SignUp) -> Player:
        """Create an account. Raises: RegistrationClosed, BadRequest, UserExists."""
        if not self._registration_open:
            raise RegistrationClosed
        checked = check_registration(
            form.username,
            form.password,
            form.email,
            form.phone,
            phone_required=self.people.phone_required,
        )
        if self._confirmations is None or checked.phone is None:
            return await self.people.register(checked)
        if await self.people.find(checked.username) is not None:
            raise UserExists
        await self._confirmations.before_registration(checked.username, checked.phone)
        player = await self.people.register(checked)
        with suppress(TooManyRequests):  # the account is there: it can ask for a code later
            await self._confirmations.count_code(player.username, checked.phone)
            await self._confirmations.send_code(player.username, checked.phone)
        return player

    async def sign_in(self, username: str, password: str, new_password: str | None) -> Session:
        """Tokens for a username and password. Raises: WrongPassword, SignInIncomplete."""
        return await self.people.sign_in(username, password, new_password)

    async def profile(self, user: str) -> Player:
        """The caller's own account. Raises: NoSuchPlayer."""
        player = await self.people.find(user)
        if player is None:
            raise NoSuchPlayer("This account no longer exists. Register again.")
        return player

    async def with_contacts(self, player: Player) -> Profile:
        """An account, and what is known of the way to its owner."""
        if self._confirmations is None:
            return Profile(player, phone_confirmed=player.phone is not None)
        return await self._confirmations.profile(player)

    async def check_password(self, user: str, password: str) -> None:
        """Check the caller's own password once more. Raises: WrongPassword, SignInIncomplete."""
        session = await self.people.sign_in(user, password)
        await self.people.revoke(session.refresh_token)

    async def change_profile(self, user: str, edit: ProfileEdit) -> Player:
        """Change the caller's own phone number or notices.

        If numbers are confirmed here, another number is sent a code; the same one again, too, as
        long as it is not confirmed.

        Raises:
            BadRequest, NoSuchPlayer, TooManyRequests.

        """
        player = await self.profile(user)
        phone = player.phone if edit.phone is KEEP else edit.phone
        if isinstance(edit.phone, str) and (problem := phone_problem(edit.phone)):
            raise BadRequest.of_fields({"phoneNumber": problem})
        code_to = None
        if isinstance(edit.phone, str) and self._confirmations is not None:
            code_to = await self._confirmations.before_number(player, edit.phone)
        changed = await self.people.update(
            player.username,
            phone=phone,
            notices=player.notices if edit.notices is KEEP else edit.notices,
        )
        if code_to is not None and self._confirmations is not None:
            await self._confirmations.send_code(player.username, code_to)
        return changed

    async def confirm_phone(self, user: str, code: str) -> Player:
        """Confirm the caller's number with the code that was texted to it. Raises: WrongCode."""
        player = await self.profile(user)
        if self._confirmations is None:
            raise WrongCode
        await self._confirmations.confirm(player, code)
        return player

    async def create(self, user: str, invite: Invite) -> Game:
        """Invite somebody to a new game. Raises: BadRequest, NoSuchPlayer, TooManyGames."""
        heaps = _checked_heaps(invite.heaps)
        opponent = await self.people.find(invite.opponent)
        if opponent is None:
            raise NoSuchPlayer
        if opponent.username == user:
            raise BadRequest.of_fields(
                {"opponent": "is yourself. Invite somebody else, or practise against the computer."}
            )
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
        return await self._put(game)

    async def rematch(self, user: str, game_id: str) -> Game:
        """The same game again with the roles swapped. Both players get the same new game.

        Raises:
            NoSuchGame, NotOver, NoSuchPlayer, TooManyGames.

        """
        old = await self.game(user, game_id)
        if old.state != "done":
            raise NotOver(game=old)
        other = old.opponent_of(user)
        if await self.people.find(other) is None:
            raise NoSuchPlayer(
                f"{quoted(other)} no longer has an account here. Invite somebody else."
            )
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
        if game is None or not game.has_player(user):
            raise NoSuchGame
        return game

    async def list_games(
        self, user: str, state: State, limit: int, cursor: str | None
    ) -> tuple[Sequence[Game], str | None]:
        """A page of the caller's games, and the cursor of the next page. Raises: BadRequest."""
        page = await self.games.list(user, state, limit, read_cursor(cursor, user, state))
        return page.games, write_cursor(page.next, user, state)

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
        heaps = None if seen is None else _three(seen)
        if move.left < 0:  # no store can write it, so the game alone says why it is refused
            game = await self.game(user, game_id)
            return decisions.judge_move(game, user, move, version, heaps)
        write = self.games.move(game_id, user, move, version=version, now=self._now(), seen=heaps)
        return await self._committed(write)

    async def resign(self, user: str, game_id: str) -> Game:
        """Resign: the opponent wins. Raises: NoSuchGame, GameOver."""
        return await self._end(user, game_id, decisions.resigned)

    async def claim(self, user: str, game_id: str) -> Game:
        """Win because the deadline has passed. Raises: NoSuchGame, GameOver, NotExpired."""
        return await self._end(user, game_id, decisions.claimed)

    async def decline(self, user: str, game_id: str) -> Game:
        """Decline an invitation. Raises: NoSuchGame, GameOver, NotYourTurn."""
        return await self._end(user, game_id, decisions.declined)

    async def delete_player(self, username: str) -> None:
        """Delete an account; its open games end as resigned. Raises: NoSuchPlayer."""
        player = await self.people.find(username)
        if player is None:
            raise NoSuchPlayer
        await self._resign_all(player.username)
        await self.people.delete(player.username)
        await self._resign_all(player.username)  # games that somebody started with them meanwhile

    async def close(self) -> None:
        """Finish running writes, then release everything."""
        if self._writes:
            await asyncio.wait(self._writes)
        if self._courier is not None:
            await self._courier.close()
        await self.people.close()
        await self.games.close()

    async def _put(self, game: Game) -> Game:
        try:
            kept = await self._committed(self.games.put(game))
        except NoSuchGame as error:
            raise Unavailable(_NOT_CREATED) from error
        same_origin = (kept.request_id, kept.rematch_of) == (
            game.request_id,
            game.rematch_of,
        )
        if not same_origin or not kept.has_player(game.user1):
            raise Unavailable(_NOT_CREATED)
        return kept

    async def _resign_all(self, user: str) -> None:
        page = await self.games.list(user, "open", DELETE_PAGE, None)
        while page.games:
            for game in page.games:
                # The opponent may have ended it just now. All that matters is that it has ended.
                with suppress(GameOver, NoSuchGame):
                    await self.resign(user, game.game_id)
            if page.next is None:
                break
            page = await self.games.list(user, "open", DELETE_PAGE, page.next)

    async def _end(
        self, user: str, game_id: str, ending: Callable[[Game, str, datetime], Game]
    ) -> Game:
        seen = await self.game(user, game_id)
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


def _three(heaps: Sequence[int]) -> Heaps:
    if len(heaps) != len(HEAP_NUMBERS):
        raise BadRequest.of_fields({"seenHeaps": "must be the three heaps that you saw."})
    return (heaps[0], heaps[1], heaps[2])


def _checked_heaps(heaps: Sequence[int]) -> Heaps:
    if not valid_heaps(list(heaps)):
        raise BadRequest.of_fields(
            {"heaps": f"must be three heaps of 0 to {MOST_OBJECTS} objects, at least two in total."}
        )
    return (heaps[0], heaps[1], heaps[2])
