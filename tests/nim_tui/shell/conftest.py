"""The three homes, each as a prompt that plays there without an option."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.aws_engines import Cloud
from tests.nim_tui.shell.stage import Shell, served


@pytest.fixture
def embedded(tmp_path: Path) -> Shell:
    """The embedded backend on a file of its own."""
    return Shell(tmp_path, {"NIM_DATA": str(tmp_path / "games.db")})


@pytest.fixture
def players(embedded: Shell) -> tuple[Shell, Shell]:
    """Alice and bobby, with accounts on the embedded backend."""
    embedded.register("alice", "bobby")
    return embedded.as_player("alice"), embedded.as_player("bobby")


@pytest.fixture(
    params=[
        "embedded",
        pytest.param("processes", marks=pytest.mark.reliability),
        pytest.param("served", marks=pytest.mark.reliability),
        pytest.param("aws", marks=pytest.mark.reliability),
    ]
)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shell]:
    """Each of the three homes in turn, the embedded one also by processes of their own."""
    match request.param:
        case "embedded":
            yield request.getfixturevalue("embedded")
        case "processes":
            yield replace(request.getfixturevalue("embedded"), processes=True)
        case "served":
            with served(tmp_path) as url:
                yield Shell(tmp_path, {"BASE_URL": url}, processes=True)
        case "aws":
            cloud: Cloud = request.getfixturevalue("cloud")
            assert cloud.table
            (tmp_path / "config" / "nim-tui").mkdir(parents=True)
            # The place used last: the environment has no variable for AWS.
            places = tmp_path / "config" / "nim-tui" / "places.toml"
            places.write_text("[last]\naws = true\nregion = 'us-east-1'\n")
            yield Shell(tmp_path, {"XDG_CONFIG_HOME": str(tmp_path / "config")}, processes=True)
