"""E-mail over a real mail server: what arrives, what is refused, and what may be tried again."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from backend.adapters import blocking
from backend.adapters.smtp import SmtpSender
from backend.config.channels import SmtpServer
from backend.domain.errors import Unavailable
from tests.backend.servers import Mailbox, listening, mail_server
from tests.support import free_port

TEXT = "Nim: it is your turn against bert. Game abcd2345."
TO = "anna@example.com"


def server_at(port: int) -> SmtpServer:
    return SmtpServer(
        host="127.0.0.1",
        port=port,
        sender="Nim <nim@example.com>",
        implicit_tls=False,
        on_loopback=True,
    )


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with mail_server() as made:
        yield made


@pytest.fixture
async def sender(box: Mailbox) -> AsyncIterator[SmtpSender]:
    made = SmtpSender(server_at(box.port), purpose="notice")
    yield made
    await made.close()


async def test_a_notice_arrives_and_says_how_to_switch_it_off(
    box: Mailbox, sender: SmtpSender
) -> None:
    assert await sender.send(TO, TEXT, key="game#1", by="bert") == "sent"
    (message,) = box.messages
    assert message["From"] == "Nim <nim@example.com>"
    assert message["To"] == TO
    assert message["Subject"] == "Nim: it is your turn against bert"
    assert message["Auto-Submitted"] == "auto-generated"
    body = message.get_content()
    assert body.startswith(TEXT)
    assert "account change --notices none" in body


async def test_the_same_notice_has_the_same_identity(box: Mailbox, sender: SmtpSender) -> None:
    for key in ("game#1", "game#1", "game#2"):
        await sender.send(TO, TEXT, key=key, by="bert")
    first, again, other = [message["Message-ID"] for message in box.messages]
    assert first == again != other


async def test_a_code_says_what_it_is_for_and_how_to_be_rid_of_it(box: Mailbox) -> None:
    sender = SmtpSender(server_at(box.port), purpose="code")
    await sender.send(TO, "12345678 is your code.", key="key", by="anna")
    await sender.close()
    (message,) = box.messages
    assert message["Subject"] == "Your code for Nim"
    assert "remove the address" in message.get_content()


@pytest.mark.parametrize("reply", ["550 no such user", "553 not here"])
async def test_an_address_that_is_refused_for_good(
    box: Mailbox, sender: SmtpSender, reply: str
) -> None:
    box.refused[TO] = reply
    assert await sender.send(TO, TEXT, key="key", by="bert") == "refused"
    assert await sender.send("other@example.com", TEXT, key="key", by="bert") == "sent"


@pytest.mark.parametrize("to", ["", "anna", "a@b.co\r\nBcc: x@example.com", "a b@example.com"])
async def test_what_is_no_address_is_never_handed_over(
    box: Mailbox, sender: SmtpSender, to: str
) -> None:
    assert await sender.send(to, TEXT, key="key", by="bert") == "refused"
    assert box.messages == []


async def test_what_may_pass_is_tried_again(box: Mailbox, sender: SmtpSender) -> None:
    box.refused[TO] = "451 try later"
    with pytest.raises(Unavailable):
        await sender.send(TO, TEXT, key="key", by="bert")
    box.refused.clear()
    box.reply = "452 full"
    with pytest.raises(Unavailable):
        await sender.send(TO, TEXT, key="key", by="bert")
    box.reply = "554 looks like spam"
    assert await sender.send(TO, TEXT, key="key", by="bert") == "refused"
    box.reply = None
    assert await sender.send(TO, TEXT, key="key", by="bert") == "sent"


async def test_a_server_that_is_away_or_talks_nonsense() -> None:
    async def nonsense(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\xff\xfe" * 10_000)
        writer.close()

    async with listening(nonsense) as port:
        for where in (free_port(), port):
            sender = SmtpSender(server_at(where), purpose="notice")
            with pytest.raises(Unavailable) as away:
                await sender.send(TO, TEXT, key="key", by="bert")
            assert away.value.message == "The mail server cannot be reached right now."
            await sender.close()


async def test_a_slow_server_holds_nobody_for_long(
    box: Mailbox, sender: SmtpSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocking, "SECONDS", 0.05)
    box.gate.clear()
    with pytest.raises(Unavailable):
        await sender.send(TO, TEXT, key="key", by="bert")
    box.gate.set()


async def test_beyond_loopback_nothing_is_sent_unencrypted(box: Mailbox) -> None:
    sender = SmtpSender(replace(server_at(box.port), on_loopback=False), purpose="notice")
    with pytest.raises(Unavailable) as refused:
        await sender.send(TO, TEXT, key="key", by="bert")
    assert isinstance(refused.value.__cause__, smtplib.SMTPNotSupportedError)
    assert box.messages == []
    await sender.close()
