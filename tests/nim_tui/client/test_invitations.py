"""Open invitations in the client: codes as people paste them, lines to paste, hostile answers."""

from __future__ import annotations

import shlex
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.errors import InvitationTaken, NimError, NoSuchInvitation, NoSuchRoute
from nim_tui.client import BadAddress, NimClient, OpenInvitation, Unreachable
from nim_tui.client.invitations import Code, join_line
from tests.nim_tui.client.fakes import signed_in

CODE = "k3v9x-2ma4q"
URL = f"https://nim.example.com/{CODE}"
ANSWER: dict[str, Any] = {
    "code": CODE,
    "createdBy": "anna",
    "heaps": [5, 4, 5],
    "rule": "misere",
    "daysPerMove": None,
    "createdAt": "2026-01-02T03:04:05Z",
    "expiresAt": "2026-01-16T03:04:05Z",
    "url": URL,
}


def invitation(url: str | None = None) -> OpenInvitation:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    return OpenInvitation(code=CODE, created_by="anna", created_at=now, expires_at=now, url=url)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (CODE, Code(CODE)),
        (" K3V9X2MA4Q\n", Code(CODE)),
        (URL, Code(CODE, "https://nim.example.com")),
        (f"nim-tui join {URL}", Code(CODE, "https://nim.example.com")),
        (f"nim-tui join {CODE} --data games.db", Code(CODE)),
        (f"{URL}/", Code(CODE, "https://nim.example.com")),
        ("http://127.0.0.1:8000/play/k3v9x-2ma4q", Code(CODE, "http://127.0.0.1:8000/play")),
        (f"nim.example.com/{CODE}", Code(CODE, "nim.example.com")),
    ],
)
def test_a_code_is_read_however_it_was_pasted(text: str, code: Code) -> None:
    assert Code.read(text) == code


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", NoSuchInvitation),
        ("k3v9x-2ma4", NoSuchInvitation),
        ("k3v9x-2ma4o", NoSuchInvitation),
        ("https://nim.example.com", NoSuchInvitation),
        (f"/{CODE}", BadAddress),
    ],
)
def test_what_is_no_code_says_so(text: str, error: type[NimError]) -> None:
    with pytest.raises(error):
        Code.read(text)


@given(st.text())
def test_any_text_is_a_code_or_refused_in_words(text: str) -> None:
    try:
        code = Code.read(text)
    except NimError:
        return
    assert Code.read(code.code) == Code(code.code)


@pytest.mark.parametrize(
    ("place", "url", "line"),
    [
        ("https://nim.example.com", None, f"nim-tui join {URL}"),
        ("http://10.0.0.1:8000", URL, f"nim-tui join {URL}"),
        ("http://10.0.0.1", None, f"nim-tui join http://10.0.0.1/{CODE} --insecure"),
        ("http://127.0.0.1:8000", None, f"nim-tui join http://127.0.0.1:8000/{CODE}"),
        ("embedded:/srv/our games.db", None, f"nim-tui join {CODE} --data '/srv/our games.db'"),
        ("aws:eu-west-1/eu-west-1_x", None, f"nim-tui join {CODE} --aws --region eu-west-1"),
        ("aws:/", None, f"nim-tui join {CODE} --aws"),
    ],
)
def test_the_line_to_paste_leads_to_the_same_place(place: str, url: str | None, line: str) -> None:
    assert join_line(invitation(url), place) == line
    assert Code.read(shlex.split(line)[2]).code == CODE


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[tuple[NimClient, NimClient]]:
    """Anna and Bert, signed in on one file."""
    clients = [NimClient.embedded(tmp_path / "games.db") for _ in range(2)]
    for client, name in zip(clients, ("anna", "bert"), strict=True):
        await client.register(name, "Passw0rd")
        await client.sign_in(name, "Passw0rd")
    yield clients[0], clients[1]
    for client in clients:
        await client.close()


async def test_from_the_invitation_to_the_game(two: tuple[NimClient, NimClient]) -> None:
    anna, bert = two
    made = await anna.invitations.make(heaps=(1, 2, 3), rule="normal", days_per_move=2)
    assert await anna.invitations.mine() == (made,)
    assert await bert.invitations.look(made.code.upper()) == made
    game = await bert.invitations.accept(made.code)
    assert (game.user1, game.turn, game.start, game.rule) == ("anna", "bert", (1, 2, 3), "normal")
    assert await bert.invitations.accept(made.code) == game
    assert await anna.invitations.mine() == ()
    with pytest.raises(InvitationTaken):
        await anna.invitations.withdraw(made.code)
    another = await anna.invitations.make()
    await anna.invitations.withdraw(another.code)
    with pytest.raises(NoSuchInvitation):
        await bert.invitations.look(another.code)


async def test_a_lost_answer_makes_neither_two_invitations_nor_two_games() -> None:
    seen: list[bytes] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.content)
        if len(seen) == 1:
            raise httpx.ReadError("gone")
        return httpx.Response(200, json=ANSWER)

    client = await signed_in(handler)
    assert (await client.invitations.make()).url == URL
    assert seen[0] == seen[1]
    await client.close()


@pytest.mark.parametrize(
    "change",
    [
        {"code": "../../etc"},
        {"heaps": [5, 4]},
        {"heaps": [5, 4, 99]},
        {"rule": "other"},
        {"daysPerMove": 10**9},
        {"createdAt": "2026-01-02T03:04:05"},
        {"url": "https://nim.example.com/$(reboot)"},
        {"url": "javascript:alert(1)"},
        {"url": "https://nim.example.com/k3v9x-2ma4q\nreboot"},
    ],
)
async def test_an_answer_that_cannot_be_shown_or_pasted_is_none(change: dict[str, Any]) -> None:
    client = await signed_in(lambda _: httpx.Response(200, json=ANSWER | change))
    with pytest.raises(Unreachable):
        await client.invitations.make()
    await client.close()


async def test_an_older_server_has_no_invitations() -> None:
    refusal = {"message": "There is nothing here.", "code": "no_such_route"}
    client = await signed_in(lambda _: httpx.Response(404, json=refusal))
    with pytest.raises(NoSuchRoute, match="by name"):
        await client.invitations.make()
    await client.close()
