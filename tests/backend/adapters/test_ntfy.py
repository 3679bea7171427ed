"""Notices over a real HTTP server that takes them as ntfy does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from backend.adapters.ntfy import NtfySender
from backend.config.channels import NtfyServer
from backend.domain.errors import Unavailable
from tests.backend.servers import Topics, ntfy_server
from tests.support import free_port

TEXT = "Nim: it is your turn against Zoë. Game abcd2345."


@pytest.fixture
async def topics() -> AsyncIterator[Topics]:
    async with ntfy_server() as made:
        yield made


def server_at(port: int) -> NtfyServer:
    return NtfyServer(host="127.0.0.1", port=port, path="", tls=False)


@pytest.fixture
async def sender(topics: Topics) -> AsyncIterator[NtfySender]:
    made = NtfySender(server_at(topics.port))
    yield made
    await made.close()


async def test_a_notice_is_published_under_its_topic(topics: Topics, sender: NtfySender) -> None:
    assert await sender.send("annas-turns", TEXT, key="key", by="bert") == "sent"
    assert topics.kept == [("/annas-turns", TEXT)]
    assert "Title: Nim" in topics.headers[0]


async def test_a_path_and_credentials_of_the_operators(topics: Topics) -> None:
    server = replace(server_at(topics.port), path="/push", credentials="nim:secret")
    sender = NtfySender(server)
    await sender.send("annas-turns", TEXT, key="key", by="bert")
    await sender.close()
    assert topics.kept == [("/push/annas-turns", TEXT)]
    assert "Authorization: Basic bmltOnNlY3JldA==" in topics.headers[0]


@pytest.mark.parametrize("topic", ["", "a/b", "../x", "a?b", "a b", "é", "a\r\nX: y", "http://x"])
async def test_what_is_no_topic_reaches_no_server(
    topics: Topics, sender: NtfySender, topic: str
) -> None:
    assert await sender.send(topic, TEXT, key="key", by="bert") == "refused"
    assert topics.headers == []


@pytest.mark.parametrize("status", ["403 Forbidden", "404 Not Found"])
async def test_a_topic_that_is_refused(topics: Topics, sender: NtfySender, status: str) -> None:
    topics.status = status
    assert await sender.send("topic", TEXT, key="key", by="bert") == "refused"


@pytest.mark.parametrize("status", ["429 Slow down", "500 Oops", "302 Found"])
async def test_what_may_pass_is_tried_again_and_no_redirect_followed(
    topics: Topics, sender: NtfySender, status: str
) -> None:
    topics.status = status
    with pytest.raises(Unavailable):
        await sender.send("topic", TEXT, key="key", by="bert")
    assert len(topics.headers) == 1


async def test_a_server_that_is_away() -> None:
    sender = NtfySender(server_at(free_port()))
    with pytest.raises(Unavailable) as away:
        await sender.send("topic", TEXT, key="key", by="bert")
    assert away.value.message == "The ntfy server cannot be reached right now."
    await sender.close()
