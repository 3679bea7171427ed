"""A server with somebody to send its texts: notices go out, and those that an earlier one left."""

from __future__ import annotations

from pathlib import Path

from backend.bootstrap import Backend, served
from backend.ports import Outcome
from backend.settings import Settings, StoreChoice
from backend.wire import NewGame, Register
from tests.support import eventually_async


class Sent:
    """A `Sender` that keeps what it was given."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, str]] = []

    async def send(self, phone: str, text: str) -> Outcome:
        self.texts.append((phone, text))
        return "sent"


def server(path: Path, sender: Sent | None) -> Backend:
    return served(StoreChoice("sqlite", path), Settings(data=path), sender=sender)


async def test_what_an_earlier_process_left_is_sent_once_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "games.db"
    silent = server(path, None)
    await silent.start()
    for number, name in enumerate(("Anna", "Bert")):
        await silent.service.register(
            Register(
                username=name,
                password="Password1",
                email="a@example.com",
                phone_number=f"+1555555000{number}",
            )
        )
    game = await silent.service.create("Anna", NewGame(opponent="Bert"))
    await silent.close()

    sent = Sent()
    for _ in range(2):
        texting = server(path, sent)
        await texting.start()
        await eventually_async(lambda: sent.texts)
        await texting.close()
    ((phone, text),) = sent.texts
    assert phone == "+15555550001"
    assert "Anna invites you" in text
    assert game.game_id in text
