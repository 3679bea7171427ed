"""Subcommands on each of the three homes: in this process, or as processes of their own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import keyring
import pytest

from nim_tui.__main__ import main
from tests.nim_tui.shell import file_keyring
from tests.support import free_port

ROOT = Path(__file__).parents[3]
PASSWORD = "Passw0rd"
NIM = (sys.executable, "-m", "nim_tui")


@dataclass(frozen=True)
class Result:
    """What a process has left."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on standard output."""
        assert self.status == 0, self
        assert self.err == ""
        return json.loads(self.out)

    @property
    def error(self) -> tuple[int, str]:
        """The status and the code of the document on standard error; nothing else was printed."""
        assert self.out == "", self
        assert len(self.err.splitlines()) == 1, self
        found = json.loads(self.err)["error"]
        assert found["message"]
        assert set(found) == {"code", "message"}
        return self.status, found["code"]


@dataclass
class Shell:
    """A prompt: a folder, and what the environment says beyond the tests' own.

    A process takes half a second to start, most of it for imports, so that `run` calls the program
    where it is unless each is to be one of its `processes`.
    """

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    processes: bool = False

    @property
    def variables(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(ROOT), **self.environ}

    def run(self, *arguments: str, stdin: str = "", **environ: str) -> Result:
        """Run one subcommand to its end; keywords are further variables."""
        if self.processes:
            return self.process(*arguments, stdin=stdin, **environ)
        return in_this_process(arguments, stdin, self.folder, self.where(**environ).variables)

    def process(self, *arguments: str, stdin: str = "", **environ: str) -> Result:
        """The same, as a process of its own whatever `processes` says."""
        return self.where(**environ).other(*NIM, *arguments, stdin=stdin)

    def other(self, *command: str, stdin: str = "") -> Result:
        """Run another program to its end."""
        found = subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
            cwd=self.folder,
            env=self.variables,
        )
        return Result(found.returncode, found.stdout, found.stderr)

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        """Start one subcommand that goes on by itself."""
        return subprocess.Popen(
            [*NIM, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env=self.variables | environ,
        )

    def register(self, *names: str) -> None:
        """Make accounts with the usual password."""
        for name in names:
            options = ("--email", f"{name}@example.com", "--phone", "+15555550100")
            made = self.run("register", name, *options, "--password-stdin", stdin=f"{PASSWORD}\n")
            assert made.status == 0, made

    def as_player(self, name: str) -> Shell:
        """The same, where the environment says who plays."""
        return self.where(NIM_USER=name, NIM_PASSWORD=PASSWORD)

    def with_keyring(self) -> Shell:
        """The same, with a keyring that lasts from one process to the next."""
        return self.where(
            PYTHON_KEYRING_BACKEND=file_keyring.NAME,
            **{file_keyring.VARIABLE: str(self.folder / "keyring.json")},
        )

    def where(self, **environ: str) -> Shell:
        """The same, where the environment says this as well."""
        return replace(self, environ=self.environ | environ)


def in_this_process(
    arguments: Sequence[str], stdin: str, folder: Path, environ: dict[str, str]
) -> Result:
    """What a process would leave that is started with these, between pipes."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["nim-tui", *arguments])
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8"))
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        # Which keyring there is, a process asks once.
        patch.setattr(keyring.core, "_keyring_backend", None)
        try:
            status = main()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    return Result(status, *(_written(stream) for stream in (out, err)))


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    raw = cast("io.BytesIO", stream.buffer).getvalue()
    return raw.decode()


@contextmanager
def served(folder: Path, port: int | None = None) -> Iterator[str]:
    """`nim-backend serve` as its own process; its address."""
    port = port or free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "backend", "serve", "--port", str(port),
         "--store", f"sqlite:{folder / 'served.db'}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        while "Stop with" not in (line := process.stdout.readline()):
            assert line, "the server has ended"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()
