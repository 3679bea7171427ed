"""A process that plays on a SQLite file and sends its notices as fast as it can, until killed.

Each goes where the second argument says: `sms:FILE` (a line in it before the sender says so), or
`email:PORT` and `ntfy:PORT` of a real server. Each acknowledged write is a line on standard output:
the game's id and version.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from backend.adapters.ntfy import NtfySender
from backend.adapters.smtp import SmtpSender
from backend.adapters.sqlite.database import Database
from backend.adapters.sqlite.game_store import SqliteGameStore
from backend.adapters.sqlite.outbox import OutboxCourier
from backend.config.channels import NtfyServer, SmtpServer
from backend.domain.clock import utc_now
from backend.domain.game import Game
from backend.domain.nim import Move
from backend.domain.notices import Outcome, owed
from backend.domain.people import Channel, Player
from backend.service.delivery import Messenger

TASKS = 4


class LoggedPhones:
    """A phone book of everybody and a network that writes down what it brings."""

    def __init__(self, path: Path) -> None:
        self._log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    async def find(self, username: str) -> Player | None:
        return Player(username, phone="+15555550001")

    async def send(self, to: str, text: str, *, key: str, by: str) -> Outcome:
        os.write(self._log, f"{to} {text}\n".encode())
        return "sent"

    async def close(self) -> None:
        os.close(self._log)


def messenger_to(where: str) -> Messenger:
    """What sends everybody's notices to the same place."""
    channel, _, place = where.partition(":")
    if channel == "sms":
        phones = LoggedPhones(Path(place))
        return Messenger(phones, {"sms": phones})
    if channel == "email":
        server = SmtpServer("127.0.0.1", int(place), "nim@example.com", False, True)
        return Messenger(Everybody("email"), {"email": SmtpSender(server, purpose="notice")})
    ntfy = NtfySender(NtfyServer("127.0.0.1", int(place), "", tls=False))
    return Messenger(Everybody("ntfy"), {"ntfy": ntfy})


class Everybody:
    """A phone book in which everybody is reached the same way."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    async def find(self, username: str) -> Player | None:
        return Player(username, email="one@example.com", notices=self._channel, ntfy_topic="one")


async def play(store: SqliteGameStore, courier: OutboxCourier, prefix: str) -> None:
    """One short game after the other, whose notices all differ, for ever."""
    number = 0
    while True:
        number += 1
        game = Game(
            game_id=f"{prefix}x{number}",
            user1=f"anna{prefix}",
            user2=f"bert{prefix}",
            last_move_by=f"anna{prefix}",
            created_at=utc_now(),
        )
        seen = (await store.put(game)).game
        print(seen.game_id, 0, flush=True)
        move = Move(1, 2)
        moved = (
            await store.move(seen.game_id, f"bert{prefix}", move, version=0, now=utc_now())
        ).game
        print(moved.game_id, 1, flush=True)
        ended = (await store.replace(moved, moved.ended("resign", f"bert{prefix}", utc_now()))).game
        print(ended.game_id, 2, flush=True)
        for game in (seen, moved, ended):
            courier.committed(owed(game))


async def main(path: Path, where: str, name: str) -> None:
    database = Database(path)
    store, courier = SqliteGameStore(database), OutboxCourier(database, messenger_to(where))
    courier.start()
    await asyncio.gather(*(play(store, courier, f"{name}{task}") for task in range(TASKS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
