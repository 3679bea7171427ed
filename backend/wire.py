"""The JSON that goes over the wire, as types: one schema for backend, client and OpenAPI.

Requests are decoded strictly: an unknown field, or a string, boolean or fraction in place of a
whole number, is an error that names the field. Field names are the tutorial's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from backend.domain.game import EndedBy, Game, Played, State
from backend.domain.invitations import Invitation, shown_code
from backend.domain.nim import Heaps, Rule
from backend.domain.notices import Kind
from backend.domain.people import NoticeProblem, NoticesBy

HeapName: TypeAlias = Literal["heap1", "heap2", "heap3"]
HEAP_NAMES: tuple[HeapName, ...] = ("heap1", "heap2", "heap3")


Name: TypeAlias = Annotated[str, Meta(max_length=200)]
Secret: TypeAlias = Annotated[str, Meta(max_length=8192)]
# Below 0 is an illegal move, not a malformed one; the bounds keep it storable everywhere.
Objects: TypeAlias = Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]
Code: TypeAlias = Annotated[str, Meta(min_length=1, max_length=20)]
DaysPerMove: TypeAlias = Annotated[int, Meta(ge=1, le=14)]
RequestId: TypeAlias = Annotated[str, Meta(min_length=1, max_length=100)]
Version: TypeAlias = Annotated[int, Meta(ge=0, le=1_000_000_000)]


class _Request(Struct, rename="camel", forbid_unknown_fields=True, kw_only=True, frozen=True):
    pass


class _Answer(Struct, rename="camel", kw_only=True, frozen=True):
    pass


class Register(_Request, frozen=True):
    """`POST /users`. `email` and `phoneNumber` are optional if the store is SQLite.

    Where registration is closed, the code of an `invitation` may let one account be made.
    """

    username: Name
    password: Name
    email: Name | None = None
    phone_number: Name | None = None
    invitation: Name | None = None


class Login(_Request, frozen=True):
    """`POST /login`. `newPassword` replaces a one-time password."""

    username: Name
    password: Name
    new_password: Name | None = None


class RefreshToken(_Request, frozen=True):
    """`POST /login/refresh` and `POST /logout`."""

    refresh_token: Secret


class NewGame(_Request, frozen=True):
    """`POST /games`. The same user gets the same game for the same `requestId`."""

    opponent: Name
    heaps: list[int] | None = None
    rule: Rule = "misere"
    days_per_move: DaysPerMove | None = None
    request_id: RequestId | None = None


class NewInvitation(_Request, frozen=True):
    """`POST /invitations`. The same user gets the same invitation for the same `requestId`."""

    heaps: list[int] | None = None
    rule: Rule = "misere"
    days_per_move: DaysPerMove | None = None
    request_id: RequestId | None = None


class MoveRequest(_Request, frozen=True):
    """`POST /games/{id}`: leave `changedHeapValue` objects in `changedHeap`.

    `seenHeaps` is the board that was seen. Moves of the tutorial's own client leave `version` as it
    was, so on a table that it plays on, too, only both together name a board.
    """

    changed_heap: HeapName
    changed_heap_value: Objects
    version: Version | None = None
    seen_heaps: list[Objects] | None = None


class Nothing(_Request, frozen=True):
    """For routes without fields: an empty body, or `{}`."""


class ProfileChange(_Request, frozen=True):
    """`PATCH /me`. What is left out stays as it is; null removes an address or the topic.

    Another `email` or `phoneNumber` needs the `password`. `ntfyTopic` is a topic's name on the ntfy
    server of this backend's operator.
    """

    email: Name | msgspec.UnsetType | None = msgspec.UNSET
    phone_number: Name | msgspec.UnsetType | None = msgspec.UNSET
    notices: NoticesBy | msgspec.UnsetType = msgspec.UNSET
    ntfy_topic: Name | msgspec.UnsetType | None = msgspec.UNSET
    password: Name | None = None


class Confirm(_Request, frozen=True):
    """`POST /me/confirm`: the code that was sent to the caller's address or number."""

    channel: Literal["email", "sms"]
    code: Code


class PasswordChange(_Request, frozen=True):
    """`POST /me/password`."""

    password: Name
    new_password: Name


class AccountDeletion(_Request, frozen=True):
    """`DELETE /me`."""

    password: Name


class ForgottenPassword(_Request, frozen=True):
    """`POST /password/forgot`."""

    username: Name


class PasswordReset(_Request, frozen=True):
    """`POST /password/reset`: the code that was sent, and the password to use from now on."""

    username: Name
    code: Code
    new_password: Name


class UserAnswer(_Answer, frozen=True):
    """`POST /users`."""

    username: str
    email: str | None
    phone_number: str | None


class ProfileAnswer(_Answer, kw_only=True, frozen=True):
    """`GET /me`, `PATCH /me` and `POST /me/confirm`.

    `noticeProblem` says why notices do not arrive: the address is `unconfirmed`, or the last notice
    to it was `refused`, or what sends them is `unreachable`.
    """

    username: str
    email: str | None
    email_confirmed: bool = False
    phone_number: str | None
    phone_confirmed: bool = False
    notices: NoticesBy
    ntfy_topic: str | None = None
    notice_problem: NoticeProblem | None = None


class SessionAnswer(_Answer, frozen=True):
    """`POST /login` and `POST /login/refresh`; `expiresIn` is in seconds."""

    id_token: str
    refresh_token: str
    expires_in: int


class MoveAnswer(_Answer, frozen=True):
    """One move of a game's history: `left` objects remained in `heap`."""

    user: str
    heap: HeapName
    left: int
    at: datetime


class GameAnswer(_Answer, frozen=True):
    """A game, as every route returns it."""

    game_id: str
    user1: str
    user2: str
    heap1: int
    heap2: int
    heap3: int
    last_move_by: str
    version: int
    state: State
    turn: str | None
    winner: str | None
    ended_by: EndedBy | None
    rule: Rule
    start: tuple[int, int, int]
    moves: list[MoveAnswer]
    created_at: datetime | None
    deadline: datetime | None
    waiting_since: datetime | None = None
    ended_at: datetime | None = None
    days_per_move: int | None = None
    rematch_of: str | None = None
    rematch_by: str | None = None


class GamesAnswer(_Answer, frozen=True):
    """`GET /games`: one page, and the cursor of the next."""

    games: list[GameAnswer]
    cursor: str | None


class SessionRecord(_Answer, frozen=True):
    """A session that can be renewed."""

    created_at: datetime
    expires_at: datetime


class NoticeRecord(_Answer, frozen=True):
    """A notice about a game; `outcome` is null until it is final."""

    game_id: str
    version: int
    kind: Kind
    created_at: datetime
    outcome: str | None


class InvitationAnswer(_Answer, frozen=True):
    """An open invitation. `url` is null unless the server knows its public address."""

    code: str
    created_by: str
    heaps: Annotated[list[int], Meta(min_length=3, max_length=3)]
    rule: Rule
    days_per_move: int | None
    created_at: datetime
    expires_at: datetime
    url: str | None


class InvitationsAnswer(_Answer, frozen=True):
    """`GET /invitations`."""

    invitations: list[InvitationAnswer]


class ExportAnswer(_Answer, frozen=True):
    """`GET /me/export`: everything that is kept about the caller.

    The password is kept as a hash, and addresses in counts and codes as hashes; none of these are
    included. `ownedFrom` is the first moment of this account's games.
    """

    account: ProfileAnswer
    owned_from: datetime | None
    games: list[GameAnswer]
    sessions: list[SessionRecord]
    notices: list[NoticeRecord]
    invitations: list[InvitationAnswer]


class OpponentAnswer(_Answer, frozen=True):
    """Somebody the caller has played with. `open` counts games that are not over."""

    username: str
    won: int
    lost: int
    open: int
    last_played: datetime | None


class OpponentsAnswer(_Answer, frozen=True):
    """`GET /opponents`: at most 100, those played last first."""

    opponents: list[OpponentAnswer]


class HealthAnswer(_Answer, frozen=True, omit_defaults=True):
    """`GET /health`. `reasons` says why it is `degraded`."""

    status: Literal["ok", "degraded"]
    store: str
    reasons: list[str] = []


class ErrorAnswer(_Answer, frozen=True, omit_defaults=True):
    """Every error. `fields`: what is wrong, by field; `game`: the current game."""

    message: str
    code: str
    fields: dict[str, str] = {}
    game: GameAnswer | None = None
    request_id: str | None = None


def from_game(game: Game) -> GameAnswer:
    """A game for the wire."""
    return GameAnswer(
        game_id=game.game_id,
        user1=game.user1,
        user2=game.user2,
        heap1=game.heaps[0],
        heap2=game.heaps[1],
        heap3=game.heaps[2],
        last_move_by=game.last_move_by,
        version=game.version,
        state=game.state,
        turn=game.turn,
        winner=game.winner,
        ended_by=game.ended_by,
        rule=game.rule,
        start=game.start,
        moves=[
            MoveAnswer(user=made.user, heap=HEAP_NAMES[made.heap - 1], left=made.left, at=made.at)
            for made in game.moves
        ],
        created_at=game.created_at,
        deadline=game.deadline,
        waiting_since=game.waiting_since,
        ended_at=game.ended_at,
        days_per_move=game.days_per_move,
        rematch_of=game.rematch_of,
        rematch_by=game.rematch_by,
    )


def from_invitation(invitation: Invitation, public_url: str | None) -> InvitationAnswer:
    """An invitation for the wire; `public_url` is the server's own, without a slash at its end."""
    code = shown_code(invitation.code)
    return InvitationAnswer(
        code=code,
        created_by=invitation.created_by,
        heaps=list(invitation.heaps),
        rule=invitation.rule,
        days_per_move=invitation.days_per_move,
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
        url=None if public_url is None else f"{public_url}/{code}",
    )


def to_game(answer: GameAnswer) -> Game:
    """A game from the wire; its deadline follows from `waiting_since` and `days_per_move`."""
    heaps: Heaps = (answer.heap1, answer.heap2, answer.heap3)
    return Game(
        game_id=answer.game_id,
        user1=answer.user1,
        user2=answer.user2,
        heaps=heaps,
        last_move_by=answer.last_move_by,
        rule=answer.rule,
        start=answer.start,
        version=answer.version,
        moves=tuple(
            Played(made.user, HEAP_NAMES.index(made.heap) + 1, made.left, made.at)
            for made in answer.moves
        ),
        created_at=answer.created_at,
        waiting_since=answer.waiting_since,
        days_per_move=answer.days_per_move,
        winner=answer.winner,
        ended_by=answer.ended_by,
        ended_at=answer.ended_at,
        rematch_of=answer.rematch_of,
        rematch_by=answer.rematch_by,
    )


def encode(answer: Struct | Mapping[str, Any]) -> bytes:
    """An answer as JSON, times in UTC with `Z`."""
    return msgspec.json.encode(answer)
