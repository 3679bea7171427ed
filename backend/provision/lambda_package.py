"""The package of the Lambda functions: our backend and what it needs, in one zip.

The wheels are those in the lock beside this file (`lambda.txt`, with hashes), built for Lambda's
system rather than this one; nothing is compiled. boto3 is left out, because Lambda's runtime has
one, which AWS keeps up to date and which loads faster; the package shrinks from 20 MB to 6 MB. The
same files give the same zip, so that its hash can be its name.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

from backend.domain.errors import NimError

LOCK = Path(__file__).with_name("lambda.txt")
PYTHON = "3.12"
"""The runtime of the functions in template.yaml."""

Installer: TypeAlias = Callable[[Path], None]
"""Puts the packages in the lock into a folder. Raises: NimError."""

# Amazon Linux 2023 has glibc 2.34, so it runs all of these.
_PLATFORMS = ("manylinux2014_aarch64", "manylinux_2_17_aarch64", "manylinux_2_28_aarch64")

# Scripts, and pip's own records.
_NOT_PACKED = (
    "bin/*",
    "*.dist-info/RECORD",
    "*.dist-info/INSTALLER",
    "*.dist-info/REQUESTED",
    "*.dist-info/direct_url.json",
)
_EPOCH = (1980, 1, 1, 0, 0, 0)
_READABLE_BY_ALL = 0o644 << 16
_INSTALL_SECONDS = 600


def build(into: Path, install: Installer) -> str:
    """Write the zip to the file `into`. Returns the hash of its content.

    Raises:
        NimError: the libraries cannot be downloaded.

    """
    with tempfile.TemporaryDirectory(prefix="nim-lambda-") as folder:
        site = Path(folder)
        install(site)
        files = dict(_packable(site))
        files |= {f"backend/{name}": path for name, path in _packable(_backend())}
        _write(into, files)
    return hashlib.sha256(into.read_bytes()).hexdigest()


def for_lambda(into: Path) -> None:
    """Download the lock's wheels for Lambda with pip. Raises: NimError."""
    platforms = [flag for platform in _PLATFORMS for flag in ("--platform", platform)]
    _pip_install(into, "--implementation", "cp", "--python-version", PYTHON, *platforms)


def for_here(into: Path) -> None:
    """Download the lock's wheels for this system, for engines that run functions on it.

    Raises:
        NimError.

    """
    _pip_install(into)


def _pip_install(into: Path, *options: str) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--no-compile"]
    command += ["--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"]
    command += [*options, "--target", str(into)]
    try:
        done = subprocess.run(
            [*command, "--requirement", str(LOCK)],
            capture_output=True,
            text=True,
            check=False,
            timeout=_INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise NimError("The packages could not be downloaded in time. Try again.") from error
    if "No module named pip" in done.stderr:
        raise NimError(
            "This Python has no pip to download packages with. Run: python -m ensurepip."
        )
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        reason = errors[-1].removeprefix("ERROR:").strip() if errors else "pip failed"
        raise NimError(
            f"The packages could not be downloaded: {reason}. Check the network, then try again."
        )


def _backend() -> Path:
    return Path(__file__).parent.parent


def _packable(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        if path.is_file() and "__pycache__" not in relative.parts and not _left_out(relative):
            yield relative.as_posix(), path


def _left_out(path: Path) -> bool:
    return any(path.match(pattern) for pattern in _NOT_PACKED)


def _write(into: Path, files: dict[str, Path]) -> None:
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = _READABLE_BY_ALL
            archive.writestr(entry, files[name].read_bytes())
