"""The protections, and how each is taken out: one change of a source text as its module is loaded.

A protection that nothing misses is either not needed or not tested. `NOT_MISSED` names those that
are known not to be missed, with the reason.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

from tests.simulation.taking_out import Mutant, take_out


def listed(name: str) -> Sequence[dict[str, str]]:
    """The protections in one of the lists beside this file."""
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    found: list[dict[str, str]] = tomllib.loads(text)["protection"]
    return found


_SQLITE = "backend.adapters.sqlite"
_DYNAMO = "backend.adapters.dynamodb"

MUTANTS: Sequence[Mutant] = (
    # A move in SQLite.
    Mutant("sqlite-turn", f"{_SQLITE}.game_store", "    AND turn = :user\n", ""),
    Mutant(
        "sqlite-version",
        f"{_SQLITE}.game_store",
        "    AND (:version IS NULL OR version = :version)\n"
        "    AND (:seen1 IS NULL OR (heap1, heap2, heap3) = (:seen1, :seen2, :seen3))\n",
        "",
    ),
    Mutant("sqlite-legal", f"{_SQLITE}.game_store", ":left BETWEEN 0 AND CASE", "99 > CASE"),
    Mutant(
        "sqlite-ending-seen",
        f"{_SQLITE}.game_store",
        "    AND version = :seen_version\n    AND last_move_by = :seen_last_move_by\n"
        "    AND (heap1, heap2, heap3) = (:seen_heap1, :seen_heap2, :seen_heap3)\n",
        "",
    ),
    Mutant(
        "sqlite-create-once",
        f"{_SQLITE}.game_store",
        "ON CONFLICT (game_id) DO NOTHING RETURNING",
        "ON CONFLICT (game_id) DO UPDATE SET heap1 = excluded.heap1, heap2 = excluded.heap2,"
        " heap3 = excluded.heap3, version = 0, moves = '', last_move_by = excluded.last_move_by,"
        " ended_by = NULL, winner = NULL RETURNING",
    ),
    Mutant(
        "sqlite-immediate-commit",
        f"{_SQLITE}.group_commit",
        '        connection.execute("COMMIT")\n',
        '        connection.execute("ROLLBACK" if begin == "BEGIN IMMEDIATE" else "COMMIT")\n',
    ),
    # Notices of SQLite.
    Mutant(
        "outbox-same-transaction",
        f"{_SQLITE}.game_store",
        "            return _with_notices(connection, Written(_game(rows[0])), now)\n\n"
        "        return await self._database.run(work)\n",
        "            return Written(_game(rows[0]))\n\n"
        "        written = await self._database.run(work)\n"
        "        if written.applied:\n"
        "            await self._database.run(lambda one: _with_notices(one, written, now))\n"
        "        return written\n",
    ),
    Mutant(
        "outbox-lease",
        f"{_SQLITE}.outbox",
        "UPDATE outbox SET tries = tries + 1, try_at = :until WHERE",
        "UPDATE outbox SET tries = tries + 1, try_at = try_at + 0 * :until WHERE",
    ),
    Mutant(
        "outbox-record",
        f"{_SQLITE}.outbox",
        '_RECORD = "UPDATE outbox SET outcome = ? WHERE id = ?"',
        '_RECORD = "UPDATE outbox SET outcome = substr(?, 99) || NULL WHERE id = ?"',
    ),
    Mutant("outbox-again", f"{_SQLITE}.outbox", 'if result == "later":', "if False:"),
    # A move in DynamoDB.
    Mutant("dynamo-turn", f"{_DYNAMO}.game_store", " AND lastMoveBy <> :user AND", " AND"),
    Mutant("dynamo-legal", f"{_DYNAMO}.game_store", " AND {heap} > :left", ""),
    Mutant(
        "dynamo-open", f"{_DYNAMO}.game_store", '\n    " AND attribute_not_exists(endedBy)"', ""
    ),
    Mutant(
        "dynamo-version",
        f"{_DYNAMO}.game_store",
        "board, board_values = made.on_its_board()",
        'board, board_values = "", {}',
    ),
    Mutant(
        "dynamo-ending-form",
        f"{_DYNAMO}.game_store",
        '_OTHERS_LEFT = " AND ({other} > :zero OR {another} > :zero)"',
        '_OTHERS_LEFT = ""',
    ),
    Mutant(
        "dynamo-move-id",
        f"{_DYNAMO}.game_store",
        'applied = item is not None and item.get("moveId") == values[":id"]',
        "applied = False",
    ),
    Mutant(
        "dynamo-create-once",
        f"{_DYNAMO}.game_store",
        '"ConditionExpression": "attribute_not_exists(gameId)"',
        '"ConditionExpression": "attribute_not_exists(neverThere)"',
    ),
    Mutant(
        "dynamo-ending-heaps",
        f"{_DYNAMO}.game_store",
        '            condition += f" AND heap{heap} = :heap{heap}"\n',
        '            condition += f" AND heap{heap} <= :heap{heap}"\n',
    ),
    Mutant(
        "dynamo-ending-seen",
        f"{_DYNAMO}.game_store",
        "condition += _SEEN if seen.version else _SEEN_NONE\n"
        "        for heap in HEAP_NUMBERS:\n"
        '            condition += f" AND heap{heap} = :heap{heap}"\n',
        'condition = "lastMoveBy <> :id AND :by = :by AND :last = :last AND :seen = :seen"\n'
        '        if ":was" in values:\n            condition += " AND :was = :was"\n'
        "        for heap in HEAP_NUMBERS:\n"
        '            condition += f" AND :heap{heap} = :heap{heap}"\n',
    ),
    Mutant(
        "dynamo-read",
        f"{_DYNAMO}.game_store",
        '"ConsistentRead": True',
        '"ConsistentRead": False',
    ),
    Mutant(
        "dynamo-lists-read",
        f"{_DYNAMO}.batch",
        '{"Keys": asked, "ConsistentRead": True}',
        '{"Keys": asked, "ConsistentRead": False}',
    ),
    Mutant(
        "dynamo-unprocessed",
        f"{_DYNAMO}.batch",
        'wanted = answer.get("UnprocessedKeys")',
        "wanted = None",
    ),
    # Notices of DynamoDB.
    Mutant(
        "lease-holds",
        f"{_DYNAMO}.notice_leases",
        " AND (attribute_not_exists(leased) OR leased < :now)",
        " AND :now = :now",
    ),
    Mutant(
        "lease-done",
        f"{_DYNAMO}.notice_leases",
        "attribute_not_exists(done) AND",
        ":now = :now AND",
    ),
    Mutant(
        "stream-version",
        f"{_DYNAMO}.stream_courier",
        "game.version > before.version else []",
        "game.version >= before.version else []",
    ),
    Mutant(
        "direct-again",
        "backend.service.direct_courier",
        "for pause in (*self._pauses, None)",
        "for pause in (None,)",
    ),
    # The service and the waiting.
    Mutant("shield", "backend.service.use_cases", "await asyncio.shield(task)", "await task"),
    Mutant("wake", "backend.service.use_cases", "self.hub.wake((", "tuple(("),
    Mutant(
        "watch-others",
        f"{_SQLITE}.change_feed",
        "        hub.wake(keys)",
        "        hub.waited_for()",
    ),
    Mutant(
        "unheard-bell", f"{_SQLITE}.change_feed", "UNHEARD_SECONDS = 1.0", "UNHEARD_SECONDS = 1e9"
    ),
    Mutant(
        "request-id",
        "backend.service.use_cases",
        'random_id() if request is None else derived_id("request", user, request)',
        "random_id()",
    ),
    Mutant(
        "rematch-once",
        "backend.service.use_cases",
        'derived_id("rematch", old.game_id)',
        "random_id()",
    ),
    Mutant(
        "repeat",
        "backend.domain.decisions",
        "    made = game.moves[version]\n",
        "    return False\n    made = game.moves[version]\n",
    ),
    Mutant("deadline", "backend.domain.game", "now > self.deadline", "now is not None"),
    # Open invitations.
    Mutant(
        "sqlite-take",
        f"{_SQLITE}.invitations",
        "taken_at = :now\nWHERE code = :code AND taken_by IS NULL AND",
        "taken_at = :now\nWHERE code = :code AND",
    ),
    Mutant(
        "dynamo-take",
        f"{_DYNAMO}.invitation_items",
        "{_THERE} AND attribute_not_exists(takenBy) AND createdAt",
        "{_THERE} AND createdAt",
    ),
    Mutant(
        "invitation-finished",
        "backend.service.invitations",
        "        if taken.made or taken.taken_by is None:\n            return\n",
        "        if taken is not None:\n            return\n",
    ),
    # Sessions.
    Mutant(
        "rotation",
        f"{_SQLITE}.refresh_tokens",
        '    if row["parent"] is not None:\n',
        '    connection.execute("DELETE FROM refresh_tokens WHERE token_hash = ?", (kept,))\n'
        '    if row["parent"] is not None:\n',
    ),
    Mutant(
        "sign-out",
        f"{_SQLITE}.refresh_tokens",
        '"DELETE FROM refresh_tokens WHERE family ="',
        "\"DELETE FROM refresh_tokens WHERE username || '-' =\"",
    ),
    Mutant(
        "reset-ends-sessions",
        f"{_SQLITE}.identity",
        "account_rows.set_password(connection, username, password_hash, until)\n"
        "                refresh_tokens.end_all(connection, account.username)",
        "account_rows.set_password(connection, username, password_hash, until)",
    ),
    Mutant(
        "old-password-token",
        f"{_SQLITE}.identity",
        "if account is None or account.proof != proof or account.closing:",
        "if account is None or account.closing:",
    ),
    Mutant(
        "token-ends",
        f"{_SQLITE}.id_tokens",
        "<= time.time() < claims.exp + _LEEWAY_SECONDS",
        "<= time.time()",
    ),
    # The client.
    Mutant("client-version", "nim_tui.client.client", "body | seen", "body"),
    Mutant(
        "client-again",
        "nim_tui.client.retry",
        "except (Unreachable, Unavailable) as error:",
        "except CannotOpen as error:",
    ),
    Mutant(
        "client-ended",
        "nim_tui.client.client",
        "game is None or game.ended_by != ended_by",
        "game is None or game is over.game",
    ),
    Mutant(
        "client-renews",
        "nim_tui.client.connection",
        "for _ in range(2):",
        "for _ in range(1):",
    ),
    Mutant(
        "client-keeps-renewal",
        "nim_tui.client.connection",
        "            await asyncio.shield(self._renewal)".strip(),
        "await self._renewal",
    ),
    Mutant(
        "watch-goes-on", "nim_tui.client.watch", "            continue\n", "            return\n"
    ),
    # Deletions, new passwords, and registering by an invitation.
    Mutant(
        "all-sessions-end",
        f"{_SQLITE}.refresh_tokens",
        '"DELETE FROM refresh_tokens WHERE username = ?", (username,)',
        '"DELETE FROM refresh_tokens WHERE username = ? AND 0", (username,)',
    ),
    Mutant("look-again", f"{_SQLITE}.identity", "timedelta(seconds=2)", "timedelta(hours=9)"),
    Mutant(
        "new-password-ends-sessions",
        f"{_SQLITE}.identity",
        "account_rows.set_password(connection, seen.username, password_hash, None)\n"
        "            refresh_tokens.end_all(connection, seen.username)",
        "account_rows.set_password(connection, seen.username, password_hash, None)",
    ),
    Mutant(
        "deletion-resigns",
        "backend.service.use_cases",
        "while page.games:",
        "while not page.games:",
    ),
    Mutant(
        "deletion-invitations",
        "backend.service.use_cases",
        "        await self.invitations.end_all(user, created_by=created_by)\n",
        "",
    ),
    Mutant(
        "deletion-stops-texts",
        "backend.service.delivery",
        "if player is None or _is_of_before(notice, player):",
        "if player is None:",
    ),
    Mutant(
        "deletion-is-finished",
        "backend.service.use_cases",
        "            await self.delete_player(closing.username)\n            raise WrongPassword",
        "            raise WrongPassword",
    ),
    Mutant(
        "later-account",
        "backend.domain.game",
        "return owned_from is None or self.created_at is None or self.created_at >= owned_from",
        "return owned_from is None or self.has_player(user)",
    ),
    Mutant(
        "client-deleted",
        "nim_tui.client.account",
        "            if name is None or name != asked_before:\n                raise\n"
        "            if await self._can_sign_in(name, password):\n"
        "                await self.delete(password)\n",
        "            pass\n",
    ),
    Mutant(
        "invitation-admits-one",
        f"{_SQLITE}.invitations",
        "taken_by IS NULL AND expires_at > :now AND reserved_for IS NULL",
        "taken_by IS NULL AND expires_at > :now",
    ),
    Mutant(
        "dynamo-admits-one",
        f"{_DYNAMO}.invitation_items",
        'f"{_FREE} AND attribute_not_exists(reservedFor)",\n',
        "_FREE,\n",
    ),
    Mutant(
        "invited-cannot-invite",
        "backend.service.newcomers",
        "if await self._notes.marked(_mark(invitation.created_by)):",
        "if await self._notes.marked(_mark(name)) and False:",
    ),
    # Those of somebody who had not written the code.
    *(Mutant(**one) for one in listed("chosen.toml")),
)

NOT_MISSED: dict[str, str] = {
    "dynamo-open": "300 seeds do not miss it; tests/backend/adapters/test_game_store_moves.py does",
    "rotation": "300 seeds do not miss it; tests/backend/adapters/sqlite/test_id_tokens.py does",
    "client-keeps-renewal": "300 seeds do not miss it;"
    " tests/nim_tui/client/test_connection.py does",
    "shield": "300 seeds miss no cancelled write; tests/backend/service/test_use_cases.py does",
    "lease-done": "300 seeds end before the lease of a notice that came twice has run out;"
    " tests/backend/adapters/dynamodb/test_notice_leases.py does not wait",
}

BY_NAME = {mutant.name: mutant for mutant in MUTANTS}


def install(name: str) -> None:
    """Take a protection of the list out of this process, before its module is loaded."""
    take_out(BY_NAME[name])
