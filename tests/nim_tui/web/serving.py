"""A real `nim-tui --web`, and requests that no browser would send."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.support import eventually

HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}


@dataclass(frozen=True)
class Served:
    """The server's process, its address, and requests to it."""

    process: subprocess.Popen[bytes]
    url: str

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def port(self) -> int:
        return int(self.host.rpartition(":")[2])

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def ask(self, path: str, **headers: str | None) -> tuple[int, str]:
        """The status and the whole response. A header that is None is left out."""
        with self.connect(path, **headers) as connection:
            answer = b""
            while not _is_whole(answer):
                answer += connection.recv(65536)
        return int(answer.split()[1]), answer.decode("utf-8", "replace")

    def connect(self, path: str, **headers: str | None) -> socket.socket:
        """A connection on which the request has been sent."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"Host": self.host, "Connection": "close"} | named
        lines = [f"GET {path} HTTP/1.1", *(f"{n}: {v}" for n, v in sent.items() if v is not None)]
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        return connection

    @property
    def tabs(self) -> list[int]:
        """The processes behind the open tabs."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                words = (folder / "cmdline").read_bytes().split(b"\0")
                parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
                if b"nim_tui.web.page" in words and int(parent) == self.process.pid:
                    found.append(int(folder.name))
        return found


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    return bool(end) and (length is None or len(body) >= int(length[1]))


@contextlib.contextmanager
def serving(*arguments: str, home: Path, ends_with: int = 0) -> Iterator[Served]:
    """`nim-tui --web` with these options, until the block ends; with this exit status."""
    process = subprocess.Popen(
        [sys.executable, "-m", "nim_tui", "--web", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "HOME": str(home)},
    )
    printed: list[bytes] = []
    assert process.stdout is not None
    reader = threading.Thread(target=lambda out=process.stdout: printed.extend(out), daemon=True)
    reader.start()
    try:
        eventually(lambda: printed, timeout=20, what="the address")
        url = re.search(rb"http://\S+", printed[0])
        assert url is not None, printed
        yield Served(process, url[0].decode())
    finally:
        process.terminate()
        process.wait(20)
        reader.join(5)
        process.stdout.close()
    assert printed[1:] == [], "only the address is printed"
    assert process.returncode == ends_with
