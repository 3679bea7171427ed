"""Open invitations as items of the table of games.

Their keys (`invitation#code`) are not game ids, and they have neither heaps nor `version`, so that
the tutorial's client, the lists and the table's stream pass over them. As long as an invitation has
no game, it is in the index of its maker under a `state` of its own, which sorts just before the
open games: one query counts both. Making one costs 2 write units, looking at one 1 read unit, and
taking one 1 write unit, the game, and 2 more to leave the index. DynamoDB removes it by `expires`.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from backend.adapters.aws_sdk import Aws, condition_failure_item, is_condition_failure
from backend.adapters.dynamodb.game_items import Item, stamp
from backend.adapters.dynamodb.game_lists import LAST_OPEN, GameLists
from backend.adapters.dynamodb.tutorial_items import STATE, new_id
from backend.domain.errors import TooManyGames, TooManyInvitations, Unavailable
from backend.domain.invitations import KEEP, LIFE, Invitation
from backend.domain.nim import RULES, Heaps, valid_heaps
from backend.service.invitation_store import MOST_OPEN_INVITATIONS
from backend.service.ports import MOST_OPEN_GAMES

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

log = logging.getLogger(__name__)

_PREFIX = "invitation#"
_SECRET = "secret#invitations"  # noqa: S105 (the key of the item, not what is in it)
_SECRET_BYTES = 32
_STATE = "invited#"
_LAST = "invited#~"
_THERE = "attribute_exists(gameId) AND attribute_not_exists(withdrawn)"
# The same request again may make one anew that was withdrawn.
_NEW = "attribute_not_exists(gameId) OR attribute_exists(withdrawn)"
_FREE = f"{_THERE} AND attribute_not_exists(takenBy) AND createdAt > :oldest"


class DynamoInvitations:
    """The open invitations of one table; an `InvitationStore`.

    Args:
        in_words: turns AWS's errors into ours.
    """

    def __init__(
        self,
        aws: Aws,
        table: str,
        lists: GameLists,
        in_words: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._transport = aws.transport_to("dynamodb")
        self._table = table
        self._lists = lists
        self._in_words = in_words
        self._secret: bytes | None = None

    async def put(self, invitation: Invitation) -> Invitation:
        """See `InvitationStore.put`: one PutItem, after two counts in an index.

        Both may lag a little, and requests in flight may exceed the limits by their number.
        """
        with self._in_words():
            try:
                await self._check_counts(invitation)
            except (TooManyGames, TooManyInvitations):
                # The limits do not stop a repeated request.
                if (kept := await self._get(invitation.code)) is not None:
                    return kept
                raise
            return await self._put(invitation)

    async def get(self, code: str) -> Invitation | None:
        """See `InvitationStore.get`: one consistent GetItem."""
        with self._in_words():
            return await self._get(code)

    async def unfinished(self, user: str, now: datetime) -> Sequence[Invitation]:
        """See `InvitationStore.unfinished`: one query, then a consistent BatchGet."""
        with self._in_words():
            keys = await self._lists.keys_between(user, oldest_state(now), _LAST)
            found = [to_invitation(item) async for item in self._lists.items(keys)]
        unfinished = [one for one in found if one and not one.made and now < one.expires_at]
        return sorted(unfinished, key=lambda one: (one.created_at, one.code))

    async def take(self, code: str, user: str, now: datetime) -> Invitation | None:
        """See `InvitationStore.take`: one UpdateItem."""
        item, _ = await self._update(
            code,
            "SET takenBy = :user, takenAt = :now",
            f"{_FREE} AND (attribute_not_exists(reservedFor) OR reservedFor = :name)",
            {
                ":user": {"S": user},
                ":now": {"S": stamp(now)},
                ":name": {"S": user.casefold()},
                ":oldest": {"S": stamp(now - LIFE)},
            },
        )
        return to_invitation(item) if item else None

    async def reserve(self, code: str, name: str, now: datetime) -> tuple[Invitation | None, bool]:
        """See `InvitationStore.reserve`: one UpdateItem."""
        item, applied = await self._update(
            code,
            "SET reservedFor = :name",
            f"{_FREE} AND attribute_not_exists(reservedFor)",
            {":name": {"S": name}, ":oldest": {"S": stamp(now - LIFE)}},
        )
        return to_invitation(item) if item else None, applied

    async def release(self, code: str, name: str) -> None:
        """See `InvitationStore.release`: one UpdateItem."""
        condition = "reservedFor = :name AND attribute_not_exists(takenBy)"
        await self._update(code, "REMOVE reservedFor", condition, {":name": {"S": name}})

    async def remove(self, code: str) -> bool:
        """See `InvitationStore.remove`: one UpdateItem, by which it counts as gone."""
        item, _ = await self._update(
            code,
            "SET withdrawn = :yes REMOVE #state",
            f"{_THERE} AND attribute_not_exists(takenBy)",
            {":yes": {"S": (by := new_id())}},
            names=STATE,
        )
        return item is not None and item.get("withdrawn", {}).get("S") == by

    async def discard(self, code: str) -> None:
        """See `InvitationStore.discard`: one UpdateItem."""
        update = "SET withdrawn = :yes REMOVE #state"
        values = {":yes": {"S": new_id()}}
        await self._update(code, update, "attribute_exists(#state)", values, names=STATE)

    async def game_made(self, code: str) -> None:
        """See `InvitationStore.game_made`: one UpdateItem, which takes it out of the index."""
        condition = "attribute_exists(takenBy)"
        await self._update(code, "REMOVE #state", condition, names=STATE)

    async def secret(self) -> bytes:
        """One GetItem a process, and one PutItem a table."""
        if self._secret is None:
            with self._in_words():
                item = await self._item(_SECRET)
                if item is None:
                    item = await self._new_secret()
            self._secret = bytes.fromhex(item["hex"]["S"])
        return self._secret

    async def _check_counts(self, invitation: Invitation) -> None:
        user, first = invitation.created_by, oldest_state(invitation.created_at)
        count = self._lists.count_between
        if await count(user, first, _LAST, MOST_OPEN_INVITATIONS) >= MOST_OPEN_INVITATIONS:
            raise TooManyInvitations
        if await count(user, first, LAST_OPEN, MOST_OPEN_GAMES) >= MOST_OPEN_GAMES:
            raise TooManyGames

    async def _put(self, invitation: Invitation) -> Invitation:
        item = _to_item(invitation)
        try:
            await self._put_new(item)
        except ClientError as refused:
            if not is_condition_failure(refused):
                raise
            old = condition_failure_item(refused) or await self._item(item["gameId"]["S"])
            kept = to_invitation(old) if old else None
            if kept is None:
                raise Unavailable("That invitation could not be made. Try again.") from refused
            return kept
        return invitation

    async def _put_new(self, item: dict[str, AttributeValueTypeDef]) -> None:
        await self._transport.send(
            "PutItem",
            {
                "TableName": self._table,
                "Item": item,
                "ConditionExpression": _NEW,
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            },
        )

    async def _new_secret(self) -> Item:
        item: dict[str, Any] = {
            "gameId": {"S": _SECRET},
            "hex": {"S": secrets.token_hex(_SECRET_BYTES)},
        }
        try:
            await self._put_new(item)
        except ClientError as refused:
            # Another process was faster, or this one's first answer was lost.
            if not is_condition_failure(refused) or (kept := await self._item(_SECRET)) is None:
                raise
            return kept
        return item

    async def _get(self, code: str) -> Invitation | None:
        item = await self._item(_PREFIX + code)
        return to_invitation(item) if item else None

    async def _item(self, key: str) -> Item | None:
        request: Any = {"TableName": self._table, "Key": {"gameId": {"S": key}}}
        answer = await self._transport.send("GetItem", request | {"ConsistentRead": True})
        item: Item | None = answer.get("Item")
        return item

    async def _update(
        self,
        code: str,
        update: str,
        condition: str,
        values: dict[str, Any] | None = None,
        *,
        names: dict[str, str] | None = None,
    ) -> tuple[Item | None, bool]:
        """One conditional write: the item as it stands after it, and whether it was written.

        A write that was repeated because its first answer was lost counts as not written.
        """
        request: Any = {
            "TableName": self._table,
            "Key": {"gameId": {"S": _PREFIX + code}},
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ReturnValues": "ALL_NEW",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if values:
            request["ExpressionAttributeValues"] = values
        if names:
            request["ExpressionAttributeNames"] = names
        with self._in_words():
            try:
                answer = await self._transport.send("UpdateItem", request)
            except ClientError as refused:
                if not is_condition_failure(refused):
                    raise
                # Some engines do not return it; then whether there is one takes a read.
                kept = condition_failure_item(refused) or await self._item(_PREFIX + code)
                return kept, False
            item: Item | None = answer.get("Attributes")
            return item, True


def oldest_state(now: datetime) -> str:
    """The index key just after those of all invitations that have expired."""
    return f"{_STATE}{stamp(now - LIFE)}~"


def _to_item(invitation: Invitation) -> dict[str, AttributeValueTypeDef]:
    forget = invitation.expires_at + KEEP
    item: dict[str, AttributeValueTypeDef] = {
        "gameId": {"S": _PREFIX + invitation.code},
        "user1": {"S": invitation.created_by},
        "state": {"S": f"{_STATE}{stamp(invitation.created_at)}"},
        "start": {"S": " ".join(map(str, invitation.heaps))},
        "rule": {"S": invitation.rule},
        "createdAt": {"S": stamp(invitation.created_at)},
        "expires": {"N": str(int(forget.timestamp()))},
    }
    if invitation.days_per_move is not None:
        item["daysPerMove"] = {"N": str(invitation.days_per_move)}
    if invitation.request_id is not None:
        item["requestId"] = {"S": invitation.request_id}
    return item


def to_invitation(item: Item) -> Invitation | None:
    """The invitation in an item; None if it was withdrawn, or is not one."""
    if "withdrawn" in item:
        return None
    try:
        return _to_invitation(item)
    except (KeyError, ValueError, TypeError) as error:
        # A table that others write to may hold anything; a list must survive it.
        log.warning("an item of the table is not an invitation: %s", type(error).__name__)
        return None


def _to_invitation(item: Item) -> Invitation:
    days = item.get("daysPerMove", {}).get("N")
    taken_at = _text(item, "takenAt")
    return Invitation(
        code=item["gameId"]["S"].removeprefix(_PREFIX),
        created_by=item["user1"]["S"],
        heaps=_heaps(item["start"]["S"]),
        rule=next((rule for rule in RULES if rule == _text(item, "rule")), "misere"),
        days_per_move=None if days is None else int(days),
        created_at=_time(item["createdAt"]["S"]),
        request_id=_text(item, "requestId"),
        reserved_for=_text(item, "reservedFor"),
        taken_by=_text(item, "takenBy"),
        taken_at=None if taken_at is None else _time(taken_at),
        made="state" not in item,
    )


def _heaps(text: str) -> Heaps:
    one, two, three = (int(word) for word in text.split())
    if not valid_heaps([one, two, three]):
        raise ValueError("no game begins with these heaps")
    return one, two, three


def _text(item: Item, name: str) -> str | None:
    value: Any = item.get(name, {}).get("S")
    return value if isinstance(value, str) else None


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
