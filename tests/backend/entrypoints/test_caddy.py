"""The Caddy configuration that docs/server.md prints, in the real Caddy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.backend.entrypoints.running import PASSWORD, Running
from tests.support import eventually, free_port, require

PAGE = Path(__file__).parents[3] / "docs" / "server.md"
NAME = "nim.example.com"

# A certificate of its own, and nothing that reaches beyond this folder and this port.
_GLOBAL = """
{{
	admin off
	local_certs
	skip_install_trust
	auto_https disable_redirects
	storage file_system {folder}/caddy
}}
"""


def documented() -> str:
    blocks: list[str] = re.findall(
        r"^```\w*\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    (block,) = (block for block in blocks if "header_up" in block)
    return block


@contextmanager
def proxied(folder: Path, backend: int) -> Iterator[httpx.Client]:
    """A client of a running Caddy in front of the backend on that port."""
    port, log = free_port(), folder / "caddy.log"
    site = documented().replace(f"{NAME} {{", f"https://{NAME}:{port} {{\n\tbind 127.0.0.1")
    site = site.replace("127.0.0.1:8000", f"127.0.0.1:{backend}")
    file = folder / "Caddyfile"
    file.write_text(_GLOBAL.format(folder=folder) + site, "utf-8")
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(file)]
    with log.open("wb") as said:
        process = subprocess.Popen(
            command, env={**os.environ, "HOME": str(folder)}, stdout=said, stderr=said
        )
    client = httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=False, trust_env=False)
    client.headers["Host"] = f"{NAME}:{port}"

    def answers() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            return ask(client, "GET", "/health").status_code == 200
        except httpx.TransportError:  # it does not listen, or has no certificate yet
            return False

    try:
        with client:
            eventually(answers, what="Caddy")
            yield client
    finally:
        process.terminate()
        process.wait(10)


def ask(client: httpx.Client, method: str, path: str, **body: object) -> httpx.Response:
    """A request to the documented name, wherever it leads to."""
    extensions = {"sni_hostname": NAME}
    return client.request(method, path, json=body or None, extensions=extensions)


def test_requests_pass_and_their_senders_are_told_apart(tmp_path: Path) -> None:
    require(shutil.which("caddy"), "caddy is not installed")
    with (
        Running(tmp_path / "games.db", "--trusted-proxy", "127.0.0.1") as server,
        proxied(tmp_path, server.port) as http,
    ):
        form = {"username": "Anna", "password": PASSWORD, "email": "anna@example.com"}
        assert ask(http, "POST", "/users", **form).status_code == 200
        wrong = ask(http, "POST", "/login", username="Anna", password="Password2")
        assert wrong.json()["code"] == "wrong_password"
        assert ask(http, "GET", "/nowhere").json()["code"] == "no_such_route"
