"""The nginx configuration that docs/server.md prints, in the real nginx."""

from __future__ import annotations

import getpass
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.backend.entrypoints.running import PASSWORD, Running
from tests.support import eventually, free_port, require

PAGE = Path(__file__).parents[3] / "docs" / "server.md"
# Debian puts it where only root's PATH looks.
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
NAME = "nim.example.com"

_MAIN = """
daemon off;
user {user};
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{server}
}}
"""


@pytest.fixture
def nginx() -> str:
    require(NGINX, "nginx is not installed")
    return str(NGINX)


def documented() -> str:
    (block,) = re.findall(r"```nginx\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return str(block)


def certificate(folder: Path) -> None:
    """A certificate of one day for the documented name, as `fullchain.pem` and `privkey.pem`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "fullchain.pem").write_bytes(made.public_bytes(pem))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def configuration(folder: Path, port: int, backend: int) -> Path:
    """The documented block with other ports and files, and what nginx needs around it."""
    certificate(folder)
    server = documented().replace("listen 443", f"listen 127.0.0.1:{port}")
    server = server.replace("127.0.0.1:8000", f"127.0.0.1:{backend}")
    server = server.replace(f"/etc/letsencrypt/live/{NAME}", str(folder))
    path = folder / "nginx.conf"
    path.write_text(_MAIN.format(folder=folder, server=server, user=getpass.getuser()))
    return path


@contextmanager
def proxied(nginx: str, folder: Path, backend: int) -> Iterator[httpx.Client]:
    """A client of a running nginx in front of the backend on that port."""
    port = free_port()
    log = folder / "error.log"
    command = [nginx, "-p", str(folder), "-e", str(log), "-c"]
    process = subprocess.Popen([*command, str(configuration(folder, port, backend))])
    # The certificate's name is not this machine's, and nobody has signed it.
    client = httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=False, trust_env=False)

    def answers() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            return client.get("/health").status_code == 200
        except httpx.ConnectError:
            return False

    try:
        with client:
            eventually(answers, what="nginx")
            yield client
    finally:
        process.terminate()
        process.wait(10)


def test_the_documented_block_loads(nginx: str, tmp_path: Path) -> None:
    path = configuration(tmp_path, free_port(), 8000)
    tried = subprocess.run(
        [nginx, "-t", "-p", str(tmp_path), "-e", str(tmp_path / "error.log"), "-c", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert tried.returncode == 0, tried.stderr
    assert "emerg" not in tried.stderr


@pytest.mark.parametrize("name", [NAME, "127.0.0.1"])
def test_requests_pass_and_every_refusal_stays_json(nginx: str, tmp_path: Path, name: str) -> None:
    with (
        Running(tmp_path / "games.db", "--trusted-proxy", "127.0.0.1") as server,
        proxied(nginx, tmp_path, server.port) as http,
    ):
        http.headers["Host"] = name
        form = {"username": "Anna", "password": PASSWORD, "email": "anna@example.com"}
        assert http.post("/users", json=form).status_code == 200
        wrong = http.post("/login", json={"username": "Anna", "password": "Password2"})
        assert wrong.json()["code"] == "wrong_password"
        # Above the backend's limit, above nginx's, and far above both.
        for size in (17_000, 900_000, 1_100_000, 8_000_000):
            answer = http.post("/login", content=b"x" * size)
            assert answer.status_code == 413
            assert answer.headers["content-type"].startswith("application/json")
            assert answer.json()["code"] == "too_large"
            assert answer.json()["message"].endswith("Send a smaller one.")
        assert http.get("/nowhere").json()["code"] == "no_such_route"
