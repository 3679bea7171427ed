from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from tests.support import eventually, eventually_async, free_port, require


def test_a_connection_to_anywhere_else_is_refused_before_it_leaves() -> None:
    with socket.socket() as away, pytest.raises(OSError, match=r"nothing but 127\.0\.0\.1"):
        away.connect(("192.0.2.1", 80))
    with pytest.raises(OSError, match=r"nothing but 127\.0\.0\.1"):
        socket.getaddrinfo("games.example.com", 443)


def test_loopback_stays_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def test_the_home_is_empty_and_private() -> None:
    home = Path.home()
    assert str(home) == os.environ["HOME"]
    assert list(home.iterdir()) == []


def test_a_missing_prerequisite_skips_here_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    require(condition=True, reason="never told")
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="needs a lute"):
        require(condition=False, reason="needs a lute")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="needs a lute"):
        require(condition=False, reason="needs a lute")


def test_a_skip_in_ci_fails_the_run(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    conftest = Path(__file__).with_name("conftest.py").read_text(encoding="utf-8")
    # The fixtures of engines and screens, and the plugins, would take seconds each time.
    pytester.makeconftest(conftest.replace("pytest_plugins = ", "_left_out = "))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile("import pytest\n\ndef test_it():\n    pytest.skip('no lute')\n")
    monkeypatch.setenv("CI", "true")
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(failed=1)
    monkeypatch.delenv("CI")
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(skipped=1)


def test_eventually_returns_what_it_waited_for_or_gives_up() -> None:
    answers = iter([0, 0, 7])
    assert eventually(lambda: next(answers)) == 7
    with pytest.raises(AssertionError, match="the moon did not come true"):
        eventually(lambda: False, timeout=0.02, what="the moon")


async def test_eventually_waits_for_coroutines_too() -> None:
    answers = iter([0, 7])

    async def ask() -> int:
        return next(answers)

    assert await eventually_async(ask) == 7
    with pytest.raises(AssertionError):
        await eventually_async(lambda: False, timeout=0.02)


def test_a_free_port_can_be_listened_on() -> None:
    with socket.create_server(("127.0.0.1", free_port())):
        pass
