"""A stack of its own in ministack, deployed once for the tests of a module."""

from __future__ import annotations

import secrets
import shutil
import sysconfig
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from backend.config.saved import read_saved
from backend.config.settings import aws_settings
from backend.provision.deploy import Deployment, stack_name
from backend.provision.lambda_package import LOCK, Installer
from tests.aws_engines import Engine

# Where the lock's packages lie once installed, as far as they are not named like their project.
_MODULES = {
    "pyjwt": ["jwt"],
    "typing-extensions": ["typing_extensions.py"],
    "cffi": ["cffi"],
}


def install_from_here(into: Path) -> None:
    """Link what this environment has installed into the package, as no test downloads anything."""
    site = Path(sysconfig.get_path("purelib"))
    for line in LOCK.read_text("utf-8").splitlines():
        if "==" not in line:
            continue
        project = line.partition("==")[0]
        for module in _MODULES.get(project, [project]):
            source = site / module
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, into / module, ignore=ignored)
            else:
                shutil.copy(source, into)
    for extension in site.glob("_cffi_backend*.so"):
        shutil.copy(extension, into)


def install_nothing(_into: Path) -> None:
    """Pack our own code alone: the engine runs functions in this environment, libraries and all."""


@pytest.fixture(autouse=True)
def _engines_take_no_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the commands look again sooner than once a second."""
    monkeypatch.setattr("backend.entrypoints.aws_console._LOOK_AGAIN_SECONDS", 0.05)


class Place:
    """One table's stack in one engine, reached as a person would reach it: by the environment."""

    def __init__(self, engine: Engine, table: str) -> None:
        self.engine = engine
        self.table = table
        self.environment: Mapping[str, str] = {
            **engine.environment,
            "NIM_TABLE": table,
            "NIM_SMS_PREFIXES": "+1",
            "NIM_SMS_CONFIRM": "none",
        }

    @property
    def stack(self) -> str:
        return stack_name(self.table)

    def deployment(self, install: Installer = install_nothing) -> Deployment:
        """A deployment on what is saved and set."""
        return Deployment(
            self.engine.aws(),
            aws_settings(self.environment),
            wait=lambda: time.sleep(0.05),
            install=install,
        )

    @property
    def url(self) -> str:
        """The API as it is reached here: ministack's host names resolve nowhere."""
        api_id = read_saved()["BASE_URL"].split("://")[1].partition(".")[0]
        return f"{self.engine.endpoint}/_aws/execute-api/{api_id}"


@pytest.fixture
def place(ministack: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A place with nothing in it; the stack is gone afterwards."""
    made = Place(ministack, f"nim-{secrets.token_hex(4)}")
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    yield made
    made.engine.aws().client("cloudformation").delete_stack(StackName=made.stack)
