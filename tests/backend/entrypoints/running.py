"""A real `nim-backend serve` in a process of its own, and raw sockets to it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

PASSWORD = "Password1"


class Running:
    """`serve` on a free port, with what it says on either stream.

    `store` is the SQLite file, or what else `--store` takes; `command` is what Python runs.
    """

    def __init__(
        self,
        store: Path | str,
        *options: str,
        environment: Mapping[str, str] | None = None,
        command: Sequence[str] = ("-m", "backend"),
    ) -> None:
        kept = f"sqlite:{store}" if isinstance(store, Path) else store
        self._process = subprocess.Popen(
            [
                sys.executable,
                *command,
                "serve",
                "--port=0",
                f"--store={kept}",
                *options,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONUNBUFFERED": "1"} | dict(environment or {}),
        )
        self.said: list[str] = []
        self.logged: list[str] = []
        self._reader = threading.Thread(
            target=self._read, args=(self._process.stderr, self.logged), daemon=True
        )
        self._reader.start()
        assert self._process.stdout is not None
        for raw in self._process.stdout:
            self.said.append(raw.decode())
            if "Stop with" in self.said[-1]:
                break
        else:
            self.kill()
            raise AssertionError("".join(self.logged))
        self.url = self.said[0].split()[-1]
        self.port = int(self.url.rpartition(":")[2])

    def _read(self, stream: Any, lines: list[str]) -> None:
        lines.extend(raw.decode() for raw in stream)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def tell(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def wait(self, timeout: float = 10.0) -> int:
        """Its exit status, once it has stopped; all its logs are read then."""
        status = self._process.wait(timeout)
        self._reader.join(timeout)
        return status

    def kill(self) -> None:
        """End it as a crash would."""
        self._process.kill()
        self.wait()
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()

    def connect(self) -> socket.socket:
        """A connection that waits at most 10 s for anything."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def client(self, token: str | None = None) -> httpx.Client:
        """An HTTP client, signed in with `token`."""
        headers = {"Authorization": token} if token else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, trust_env=False)

    def sign_up(self, name: str, phone: str | None = None) -> str:
        """A new account; its ID token."""
        with self.client() as http:
            form = {"username": name, "password": PASSWORD, "email": f"{name}@example.com"}
            if phone is not None:
                form["phoneNumber"] = phone
            made = http.post("/users", json=form)
            assert made.status_code == 200, made.text
            login = http.post("/login", json={"username": name, "password": PASSWORD})
            token: str = login.json()["idToken"]
            return token
