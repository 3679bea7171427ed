"""`serve --metrics`: figures on an address of their own, and nowhere else."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from backend.adapters.prometheus import PrometheusMetrics
from backend.api.origins import Origins
from backend.entrypoints.metrics_server import MetricsApp, exposed
from backend.service.metrics import OutboxState
from tests.backend.entrypoints.running import Running


def test_a_server_shows_its_figures_on_their_own_address_only(tmp_path: Path) -> None:
    with Running(tmp_path / "games.db", "--metrics=127.0.0.1:0") as server:
        (url,) = (line.split()[-1] for line in server.said if line.startswith("Metrics:"))
        server.sign_up("Anna")
        shown = httpx.get(url, trust_env=False)
        assert shown.status_code == 200
        assert shown.headers["content-type"].startswith("text/plain")
        assert 'nim_request_seconds_count{route="POST /users",status="200"} 1.0' in shown.text
        assert "nim_sqlite_commit_seconds_count" in shown.text
        with server.client() as http:
            assert http.get("/metrics").status_code == 404
            assert http.get("/health").json() == {"status": "ok", "store": "sqlite"}


def test_an_address_that_is_taken_is_told_in_words(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        words = ["serve", "--port=0", f"--store=sqlite:{tmp_path}/games.db", "--metrics", address]
        answer = subprocess.run(
            [sys.executable, "-m", "backend", *words], capture_output=True, text=True, check=False
        )
    assert answer.returncode == 4
    assert "Choose another --metrics." in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


@pytest.mark.parametrize("address", ["9100", ":9100", "127.0.0.1:", "127.0.0.1:x", "::1:9100"])
def test_an_address_needs_a_host_and_a_port(address: str) -> None:
    from backend.entrypoints.cli import parser

    with pytest.raises(SystemExit):
        parser().parse_args(["serve", "--metrics", address])


def test_an_address_of_ipv6_stands_in_brackets() -> None:
    from backend.entrypoints.cli import parser

    assert parser().parse_args(["serve", "--metrics", "[::1]:9100"]).metrics == ("::1", 9100)


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/metrics", {}, 200),
        ("GET", "/", {}, 404),
        ("GET", "/games", {}, 404),
        ("POST", "/metrics", {}, 405),
        # A web page that has a name of its own point to this computer.
        ("GET", "/metrics", {"host": "page.example"}, 403),
        ("GET", "/metrics", {"origin": "https://page.example"}, 403),
    ],
)
async def test_only_scrapes_are_answered(
    method: str, path: str, headers: dict[str, str], status: int
) -> None:
    app = MetricsApp(PrometheusMetrics(), Origins(loopback=True))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:9100") as http:
        assert (await http.request(method, path, headers=headers)).status_code == status


async def test_a_scrape_that_hangs_does_not_keep_the_server_from_stopping() -> None:
    metrics, asked = PrometheusMetrics(), asyncio.Event()

    async def never() -> OutboxState:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    metrics.outbox_from(never)
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    async with exposed(listening, metrics, Origins(loopback=True)):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        await asyncio.wait_for(asked.wait(), 5)
    with suppress(ConnectionError):
        assert await asyncio.wait_for(reader.read(), 5) is not None
    writer.close()
