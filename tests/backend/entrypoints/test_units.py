"""What an operator copies from docs: the systemd unit and the Containerfile."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from backend.entrypoints.cli import parser
from tests.backend.entrypoints.running import Running
from tests.support import require

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"


def _blocks(name: str, page: str = "server.md") -> list[str]:
    text = (DOCS / page).read_text("utf-8")
    blocks: list[str] = re.findall(r"^```ini\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [block for block in blocks if block.startswith(f"# {name}\n")]


@pytest.mark.parametrize(
    ("page", "units"),
    [("server.md", ["nim-backend.service"]), ("ssh.md", ["nim-ssh.service", "nim-ssh.socket"])],
)
def test_systemd_finds_nothing_wrong_with_the_units(
    tmp_path: Path, page: str, units: list[str]
) -> None:
    require(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
    for name in units:
        (unit,) = _blocks(f"/etc/systemd/system/{name}", page)
        # It looks for the program; this one is here.
        text = re.sub(r"/srv/nim/bin/nim-\w+", sys.executable, unit)
        (tmp_path / name).write_text(text, "utf-8")
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no"]
    files = [str(tmp_path / name) for name in units]
    tried = subprocess.run([*command, *files], capture_output=True, text=True, check=False)
    said = [line for line in tried.stderr.splitlines() if any(name in line for name in units)]
    assert (tried.returncode, said) == (0, [])


def test_each_environment_file_gives_the_unit_a_command_that_serves() -> None:
    files = _blocks("/etc/nim.env")
    assert len(files) == 2
    stores = set()
    for text in files:
        variables = dict(line.split("=", 1) for line in text.splitlines()[1:])
        # systemd cuts it at spaces, as `$NIM_SERVE` stands alone in the unit.
        arguments = parser().parse_args(["serve", *variables.pop("NIM_SERVE").split()])
        stores.add(arguments.store.partition(":")[0])
        assert arguments.metrics == ("127.0.0.1", 9100)
        page = (DOCS / "aws.md").read_text("utf-8") + (DOCS / "server.md").read_text("utf-8")
        assert all(name.startswith("AWS_") or name in page for name in variables)
    assert stores == {"sqlite", "dynamodb"}


class Instructions:
    """The instructions of the Containerfile, in order."""

    def __init__(self) -> None:
        text = (DOCS / "Containerfile").read_text("utf-8")
        lines = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)).splitlines()
        self.all = [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines if line]
        last = max(at for at, (name, _) in enumerate(self.all) if name == "FROM")
        self.final = self.all[last:]

    def of_image(self, name: str) -> str:
        (value,) = (value for found, value in self.final if found == name)
        return value


def test_the_image_is_slim_has_no_tools_and_runs_without_rights() -> None:
    instructions = Instructions()
    froms = [value for name, value in instructions.all if name == "FROM"]
    assert all(re.match(r"python:3\.\d+-slim\b", value) for value in froms)
    assert len(froms) == 2
    assert instructions.of_image("USER") == "10001:10001"
    assert instructions.of_image("VOLUME") == "/data"
    # What is not in the volume is never written: `--read-only` takes nothing away.
    assert "RUN" not in dict(instructions.final)
    copied = [value.split() for name, value in instructions.final if name == "COPY"]
    assert all(words[0] == "--from=build" for words in copied)
    installs = [value for name, value in instructions.all if "pip install" in value]
    assert all("--require-hashes" in value for value in installs)
    for name, value in instructions.all:
        if name == "COPY" and not value.startswith("--from"):
            assert (ROOT / value.split()[0]).exists(), value


def test_what_the_image_starts_serves_beyond_the_container_and_keeps_all_in_the_volume() -> None:
    instructions = Instructions()
    entry, command = (json.loads(instructions.of_image(name)) for name in ("ENTRYPOINT", "CMD"))
    assert entry[1:] == ["-m", "backend"]
    arguments = parser().parse_args(command)
    assert (arguments.host, arguments.store) == ("0.0.0.0", "sqlite:/data/games.db")
    assert instructions.of_image("EXPOSE") == str(arguments.port)


def test_the_health_check_tells_a_server_that_answers_from_one_that_does_not(
    tmp_path: Path,
) -> None:
    _, _, check = Instructions().of_image("HEALTHCHECK").partition(" CMD ")
    program = json.loads(check)[1:]
    with Running(tmp_path / "games.db") as server:
        asks = [sys.executable, *(word.replace(":8000", f":{server.port}") for word in program)]
        environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        assert subprocess.run(asks, check=False, env=environment).returncode == 0
        (tmp_path / "games.db").unlink()
        broken = subprocess.run(asks, check=False, env=environment, capture_output=True)
    assert broken.returncode == 1


@pytest.mark.reliability
@pytest.mark.skipif("NIM_TEST_IMAGE" not in os.environ, reason="NIM_TEST_IMAGE names no builder")
def test_the_image_is_built_and_answers() -> None:
    """With NIM_TEST_IMAGE=podman or docker, where a base image can be pulled."""
    builder = os.environ["NIM_TEST_IMAGE"]
    build = shlex.split(f"{builder} build --quiet -f docs/Containerfile .")
    image = subprocess.run(build, cwd=ROOT, check=True, capture_output=True, text=True)
    run = shlex.split(f"{builder} run --rm --read-only --cap-drop=all")
    named = [*run, image.stdout.strip(), "--version"]
    said = subprocess.run(named, check=True, capture_output=True, text=True)
    assert said.stdout.startswith("nim-backend ")
