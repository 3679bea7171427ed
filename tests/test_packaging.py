"""The wheel stands alone: built, installed into a new environment, and run from there."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

import nim_tui

ROOT = Path(__file__).parent.parent
# Files that are no code but must travel with it.
DATA = {".html", ".json", ".tcss", ".toml", ".txt", ".typed", ".yaml", ".yml"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the sdist, which is therefore whole, too."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out)]
    subprocess.run([*command, str(ROOT)], check=True, capture_output=True)
    assert len(list(out.glob("nim_tui-*.tar.gz"))) == 1
    (built,) = out.glob("nim_tui-*.whl")
    return built


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of an environment that has the wheel, and its dependencies by path.

    The dependencies are those of this environment, so that nothing is downloaded. A .pth file in a
    folder that is itself reached by .pth is not read: the editable project stays out of reach.
    """
    home = tmp_path_factory.mktemp("venv")
    venv.create(home, with_pip=False)
    # There is no pip inside: the one of this environment installs into it.
    python = home / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    flags = ["--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check"]
    subprocess.run([*command, *flags, str(wheel)], check=True, capture_output=True)
    (site,) = home.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return python.parent


def _run(scripts: Path, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run(
        [str(scripts / command), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=scripts,
        env=environment,
        stdin=subprocess.DEVNULL,
    )


def test_the_wheel_alone_provides_both_packages(scripts: Path) -> None:
    code = "import backend, nim_tui; print(backend.__file__); print(nim_tui.__file__)"
    places = _run(scripts, "python", "-c", code).stdout.split()
    assert len(places) == 2
    assert all(Path(place).is_relative_to(scripts.parent) for place in places)


@pytest.mark.parametrize("command", ["nim-tui", "nim-backend"])
def test_the_commands_run(scripts: Path, command: str) -> None:
    shown = _run(scripts, command, "--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert f"usage: {command}" in shown.stdout


def test_the_version_is_the_distributions(scripts: Path, wheel: Path) -> None:
    shown = _run(scripts, "nim-tui", "--version")
    assert shown.returncode == 0
    assert nim_tui.__version__ in shown.stdout
    assert wheel.name.startswith(f"nim_tui-{nim_tui.__version__}-")


def test_the_wheel_carries_every_file_that_the_code_reads(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    here = {
        path.relative_to(ROOT).as_posix()
        for package in ("backend", "nim_tui")
        for path in (ROOT / package).rglob("*")
        if path.suffix in DATA | {".py"}
    }
    assert {"backend/py.typed", "nim_tui/py.typed"} <= here
    assert here <= packed
    assert not any(name.startswith(("tests/", "docs/")) for name in packed)


def test_the_wheel_carries_the_licence_and_the_versions_of_python(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        (metadata,) = [name for name in packed.namelist() if name.endswith("dist-info/METADATA")]
        text = packed.read(metadata).decode()
        assert any(name.endswith("licenses/LICENSE") for name in packed.namelist())
    assert "License-Expression: MIT" in text
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"Requires-Python: {wanted['requires-python']}" in text
