"""A command whose optional packages are missing says in one line how to install them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from backend.domain.errors import NimError
from backend.entrypoints import http_server
from backend.extras import PACKAGES, Extra, needed_for

_WITHOUT = """\
import sys
sys.modules[sys.argv[1]] = None
from backend.entrypoints import cli
sys.exit(cli.main(sys.argv[2:]))
"""


@pytest.mark.parametrize("package", ["uvicorn", "httptools"])
def test_serve_without_its_packages_says_how_to_install_them(package: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT, package, "serve", "--port", "0"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"nim-backend: nim-backend serve needs {package}, which is not installed."
        ' Run: pip install "nim-tui[server]"\n'
    )


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"], ["users", "--help"]])
def test_everything_else_works_without_them(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT, "uvicorn", *arguments], timeout=30, check=False
    )
    assert done.returncode == 0


def test_uvloop_is_used_only_if_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert http_server._loop_factory() is None


@pytest.mark.parametrize("extra", list(PACKAGES))
def test_every_extra_names_itself(extra: Extra) -> None:
    for package in PACKAGES[extra]:
        with (
            pytest.raises(NimError, match=rf"{package}.*nim-tui\[{extra}\]"),
            needed_for("x", extra),
        ):
            raise ModuleNotFoundError(name=f"{package}.deep.inside")


@pytest.mark.parametrize("name", ["uvicorn_of_another_kind", "starlette", None])
def test_any_other_failed_import_is_a_bug_and_stays_one(name: str | None) -> None:
    with pytest.raises(ImportError), needed_for("x", "server"):
        raise ImportError(name=name)
