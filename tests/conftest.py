"""Hermetic by default: no network but loopback, no real HOME, keyring or cloud account."""

from __future__ import annotations

import atexit
import functools
import gc
import ipaddress
import itertools
import os
import signal
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests import real_aws
from tests.connections import forget_connections

pytest_plugins = ["tests.aws_engines", "tests.quick_screens"]

# Set before anything of ours or Textual's is imported: Textual reads its variables then.
_PREFIXES = ("TEXTUAL", "AWS_", "NIM_", "BOTO_", "XDG_", "PYTHON_KEYRING")
_NAMES = (
    "ACCESSIBLE",
    "BASE_URL",
    "USER_POOL_ID",
    "COGNITO_CLIENT_ID",
    "NO_COLOR",
    "FORCE_COLOR",
    "COLORTERM",
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "SSH_CONNECTION",
    "TMUX",
    "KITTY_WINDOW_ID",
    "WT_SESSION",
)
# Another DynamoDB, chosen by the person who runs the tests; and what pytest's main process tells
# those that xdist starts.
_KEPT = ("NIM_TEST_DYNAMODB_ENDPOINT", "TEXTUAL_SNAPSHOT_TEMPDIR")
_HOME = tempfile.TemporaryDirectory(prefix="nim-tests-")
atexit.register(_HOME.cleanup)


def _isolate(home: Path) -> dict[str, str]:
    return {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(home / "no-aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "no-aws-credentials"),
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }


real_aws.keep_account(os.environ)
for _name in list(os.environ):
    if (_name.startswith(_PREFIXES) or _name in _NAMES) and not (
        _name in _KEPT or real_aws.is_kept(_name)
    ):
        del os.environ[_name]
os.environ.update(_isolate(Path(_HOME.name)))
# Renderings and keyring code look at the terminal: the same one everywhere.
os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", LC_ALL="C.UTF-8")


# An app is thousands of objects in circles, and each test makes one: at the usual thresholds a
# quarter of the time goes to looking for garbage.
gc.set_threshold(100_000, 50, 100)

# No test asserts a time: on a machine that has other things to do, any example can take long.
settings.register_profile("nim", deadline=None)
settings.load_profile("nim")

# A shell starts a job in the background with ctrl+c ignored, and every process below inherits that.
signal.signal(signal.SIGINT, signal.default_int_handler)

_numbers = itertools.count()


@pytest.fixture(autouse=True)
def _private_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test its own empty HOME, so that none finds what another one saved."""
    home = Path(_HOME.name, str(next(_numbers)))
    home.mkdir()
    for name, value in _isolate(home).items():
        monkeypatch.setenv(name, value)


def _is_local(address: Any) -> bool:
    if not isinstance(address, tuple):  # a Unix socket's path
        return True
    host = str(address[0])
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _refuse_the_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Stop a connection, or a look-up of a name, that would leave this machine."""
    if event in ("socket.connect", "socket.sendto") and not _is_local(arguments[1]):
        target = arguments[1]
    elif event == "socket.getaddrinfo" and arguments[0] and not _is_local((arguments[0],)):
        target = arguments[0]
    else:
        return
    raise OSError(f"Tests reach nothing but 127.0.0.1, and this one tried {target!r}.")


# Nobody knows beforehand which addresses a person's account, proxy or single sign-on needs.
if not real_aws.is_asked_for():
    sys.addaudithook(_refuse_the_network)


@pytest.fixture(autouse=True, scope="session")
def _service_models_read_once() -> Generator[None]:
    """Read boto3's model of each service once, and not once for each client: 45 ms of its 50."""
    # Where no collected test has imported it, there is nothing to spare.
    session: Any = sys.modules.get("botocore.session")
    with pytest.MonkeyPatch.context() as patch:
        if session is not None:
            patch.setattr(session, "create_loader", functools.cache(session.create_loader))
        yield


@pytest.fixture(autouse=True, scope="session")
def _cheap_passwords() -> Generator[None]:
    """Let no backend in this process spend 50 ms on a password, unless a test gives the cost."""
    from backend.adapters.sqlite import identity
    from backend.adapters.sqlite.password_hashing import Cost

    cheap = functools.partial(Cost, memory_kib=8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity, "Cost", cheap)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """Fail where a module leaves a database open, and name the test that opened it.

    Left to the garbage collector, the warning would fail whichever test runs then.
    """
    yield
    if nextitem is None or nextitem.path != item.path:
        left = forget_connections(patience=2.0)
        assert not left, f"left open: {left}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where CI is set, a skipped test is a failed one: CI has whatever the tests need."""
    report = yield
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"CI skips nothing, and {item.nodeid} was skipped: {report.longrepr}"
    return report
