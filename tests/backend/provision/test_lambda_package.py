"""The functions' package: the same every time, whole, and quick to import."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from backend.domain.errors import NimError
from backend.provision import lambda_package
from tests.aws_engines import Pool
from tests.backend.provision.conftest import install_from_here

# What Lambda's runtime brings, which the package does not.
_RUNTIMES_OWN = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3")
_UNWANTED = {"argon2", "httpx", "keyring", "nim_tui", "platformdirs", "rich", "textual", "uvicorn"}
# Resources and transfers of files: a third of boto3's import.
_UNWANTED |= {"boto3", "s3transfer"}

_IMPORT = """
import sys
sys.path[:0] = sys.argv[2:]
__import__(sys.argv[1])
from importlib import import_module
assert callable(import_module(sys.argv[1]).handler)
print(*sys.modules)
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("function")
    lambda_package.build(folder / "functions.zip", install_from_here)
    zipfile.ZipFile(folder / "functions.zip").extractall(folder / "task")
    return folder / "task"


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runtime's own libraries, and nothing else of what is installed here."""
    import boto3

    folder = tmp_path_factory.mktemp("runtime")
    site = Path(boto3.__file__).parent.parent
    for name in _RUNTIMES_OWN:
        (folder / name).symlink_to(site / name)
    return folder


def test_the_same_files_make_the_same_package(tmp_path: Path) -> None:
    first = lambda_package.build(tmp_path / "one.zip", install_from_here)
    second = lambda_package.build(tmp_path / "two.zip", install_from_here)
    assert first == second == hashlib.sha256((tmp_path / "two.zip").read_bytes()).hexdigest()
    names = zipfile.ZipFile(tmp_path / "one.zip").namelist()
    assert "backend/entrypoints/lambda_api.py" in names
    assert not any("__pycache__" in name or name.startswith("nim_tui") for name in names)


@pytest.mark.parametrize(
    "function", ["backend.entrypoints.lambda_api", "backend.entrypoints.lambda_notices"]
)
def test_a_function_runs_from_its_package_alone_and_imports_no_more_than_it_calls(
    unpacked: Path, runtime: Path, function: str
) -> None:
    pool = Pool("us-east-1_Abcdefghi", "client")
    answer = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _IMPORT, function, str(unpacked), str(runtime)],
        capture_output=True,
        text=True,
        check=False,
        env={
            "AWS_REGION": "us-east-1",
            "USER_POOL_ID": pool.pool_id,
            "COGNITO_CLIENT_ID": pool.client_id,
        },
    )
    assert answer.stderr == ""
    loaded = {name.partition(".")[0] for name in answer.stdout.split()}
    assert "botocore" in loaded
    assert loaded & _UNWANTED == set()
    assert not any(
        name.startswith("backend.adapters.sqlite.game_store") for name in answer.stdout.split()
    )


def test_pips_error_becomes_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # No such index: as without a network.
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    with pytest.raises(NimError, match=r"^The packages could not be downloaded: .*try again\.$"):
        lambda_package.build(tmp_path / "functions.zip", lambda_package.for_lambda)


@pytest.mark.reliability
def test_the_locks_wheels_are_fetched_for_lambda(tmp_path: Path) -> None:
    lambda_package.build(tmp_path / "functions.zip", lambda_package.for_lambda)
    names = zipfile.ZipFile(tmp_path / "functions.zip").namelist()
    compiled = [name for name in names if name.endswith(".so")]
    assert compiled
    assert all("aarch64" in name or "abi3" in name for name in compiled)
