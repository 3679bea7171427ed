"""The command line: where to play, what to start, and one plain line for each usage error."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from backend.user_files import database_path
from nim_tui import __version__
from nim_tui.cli import drop_odd_variables, parse_arguments, run
from nim_tui.config.places import Place, Places, load_places, places_path, remember
from nim_tui.config.settings import Settings, load_settings, save_settings
from nim_tui.launch import LaunchOptions, open_client
from nim_tui.options import UnreadablePlaces, UsageError

HERE = Place(data=str(Path("games.db").absolute()))
KNOWN = Places(last=Place(server="https://last.example"), servers={"club": "https://club.example"})


def parsed(*arguments: str, places: Places = KNOWN) -> LaunchOptions:
    return parse_arguments(arguments, {}, places)


def test_without_options_it_opens_the_last_place() -> None:
    assert parsed().place == Place(server="https://last.example")
    assert parsed(places=Places()).place == Place(data=str(database_path()))


@pytest.mark.parametrize(
    ("arguments", "environ", "place"),
    [
        (["--server", "https://a.example"], {}, Place(server="https://a.example")),
        (["--server", "club"], {}, Place(server="https://club.example")),
        (["--server", "http://a", "--insecure"], {}, Place(server="http://a", insecure=True)),
        ([], {"BASE_URL": "https://b.example"}, Place(server="https://b.example")),
        ([], {"BASE_URL": ""}, Place(server="https://last.example")),
        (["--data", "games.db"], {"BASE_URL": "https://b.example"}, HERE),
        ([], {"NIM_DATA": "games.db"}, HERE),
        (["--server", "club"], {"NIM_DATA": "x"}, Place(server="https://club.example")),
        (["--aws"], {"BASE_URL": "https://b.example"}, Place(aws=True)),
        (["--aws"], {"AWS_REGION": "eu-central-1"}, Place(aws=True, region="eu-central-1")),
        (
            ["--aws", "--region", "us-east-1", "--profile", "p"],
            {"AWS_REGION": "eu-central-1"},
            Place(aws=True, region="us-east-1", profile="p"),
        ),
    ],
)
def test_options_come_before_the_environment_and_that_before_the_last_place(
    arguments: list[str], environ: dict[str, str], place: Place
) -> None:
    assert parse_arguments(arguments, environ, KNOWN).place == place


def test_it_never_plays_elsewhere_than_in_the_place_used_last() -> None:
    broken = Places(problem="places.toml: line 3 is not valid TOML.")
    for arguments in ([], ["--hotseat"], ["--server", "club"]):
        with pytest.raises(UnreadablePlaces, match="line 3"):
            parse_arguments(arguments, {}, broken)
    # What does not depend on the file does not ask it.
    assert parse_arguments(["--data", "games.db"], {}, broken).place == HERE
    assert parse_arguments([], {"NIM_DATA": "games.db"}, broken).place == HERE
    assert parse_arguments(["--server", "https://a.example"], {}, broken).place.server
    assert parse_arguments(["--aws"], {}, broken).place.aws


@pytest.mark.parametrize(
    "text", ["[servers\n", "x = 1\nlast = 7\n", "last = " + "[" * 5_000, "a = " + "9" * 5_000]
)
def test_a_broken_file_of_places_ends_with_4_and_no_new_database(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    places_path().parent.mkdir(parents=True)
    places_path().write_text(text)
    assert load_places().problem is not None
    assert run(["--web"]) == 4
    said = capsys.readouterr().err
    assert "places.toml" in said
    assert len(said.splitlines()) == 1
    assert not database_path().exists()


@pytest.mark.parametrize("data", ["~nosuchuser/x", "a\0b"])
def test_a_path_that_leads_nowhere_is_refused(data: str) -> None:
    with pytest.raises(UsageError, match="--data"):
        parsed("--data", data)


def test_without_a_home_it_plays_in_the_file_that_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A user without an entry in the system's list, as containers have them."""
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name)
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)
    assert load_places() == Places()
    assert load_settings() == Settings()
    assert "HOME" in (save_settings(Settings(bell=False)) or "")
    remember(HERE)
    named = parse_arguments(["--hotseat", "--data", str(tmp_path / "x.db")], {}, load_places())
    assert named.place == Place(data=str(tmp_path / "x.db"))
    with pytest.raises(UnreadablePlaces, match="--data"):
        parse_arguments(["--hotseat"], {}, load_places())
    with pytest.raises(UsageError):
        parsed("--data", "~/games.db")


def test_a_relative_path_in_a_folder_that_is_gone_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(UsageError, match="whole path"):
        parsed("--data", "games.db")


def test_what_to_start() -> None:
    assert parsed().start == "welcome"
    assert parsed("--hotseat").start == "hotseat"
    assert parsed("--demo").start == "demo"
    assert (parsed("--practice").start, parsed("--practice").level) == ("practice", "medium")
    assert parsed("--practice", "perfect").level == "perfect"
    chosen = parsed("--hotseat", "--heaps", "1,2,20", "--rule", "normal")
    assert (chosen.heaps, chosen.rule) == ((1, 2, 20), "normal")
    assert (parsed().heaps, parsed().rule) == ((5, 4, 5), "misere")
    assert parsed("--user", "anna").user == "anna"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--nonsense"],
        ["--heaps", "5,4"],
        ["--heaps", "5,4,5,1"],
        ["--heaps", "0,0,1"],
        ["--heaps", "21,1,1"],
        ["--heaps", "-1,4,5"],
        ["--heaps", "a,b,c"],
        ["--heaps", "5,4,५"],
        ["--heaps", "5,4,1_0"],
        ["--data", ""],
        ["--heaps"],
        ["--rule", "fancy"],
        ["--practice", "godlike"],
        ["--practice", "--hotseat"],
        ["--demo", "--hotseat"],
        ["--aws", "--server", "https://a.example"],
        ["--data", "x", "--server", "https://a.example"],
        ["--data", "x", "--insecure"],
        ["--region", "us-east-1"],
        ["--server", "http://nim.example.com"],
        ["--server", "https://user:secret@nim.example.com"],
        ["--server", ""],
        ["play"],
        ["\x1b[31mevil"],
        ["move", "g2345678", "b"],
        ["move", "g2345678"],
        ["new"],
        ["places"],
        ["places", "paint"],
        ["show", "--hotseat", "k3f"],
        ["--place", "nowhere"],
        ["--place", "club", "--data", "x"],
    ],
)
def test_a_usage_error_is_one_line_and_status_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("nim-tui: ")
    assert len(printed.err.splitlines()) == 1
    assert printed.err.strip().isprintable()
    assert "secret" not in printed.err


def test_a_place_becomes_a_client_and_nothing_is_touched(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "games.db"
    assert open_client(Place(data=str(path))).place == f"embedded:{path}"
    assert open_client(Place(server="https://a.example")).place == "https://a.example"
    assert open_client(Place(server="http://a.example", insecure=True)).place_name == "a.example"
    assert open_client(Place(aws=True, region="eu-central-1")).place.startswith("aws:eu-central-1")
    assert not path.parent.exists()


def test_help_lists_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["--help"])
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    for option in (
        *("--server", "--aws", "--region", "--profile", "--data", "--user", "--hotseat"),
        *("--practice", "--demo", "--heaps", "--rule", "--version", "--insecure"),
    ):
        assert option in printed


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, timeout=30
    )


def test_the_version_is_printed_at_once() -> None:
    program = "import sys; import nim_tui.__main__ as m; sys.argv = ['x', '--version']; m.main();"
    found = python("-c", program + "print(len(sys.modules))")
    assert found.stdout.splitlines()[0] == f"nim-tui {__version__}"
    # It imports almost nothing: a bare interpreter has about 60 modules.
    assert int(found.stdout.splitlines()[1]) < 120
    fastest = min(_seconds("-m", "nim_tui", "--version") for _ in range(5))
    bare = min(_seconds("-c", "pass") for _ in range(5))
    assert fastest - bare < 0.1


def _seconds(*arguments: str) -> float:
    began = time.monotonic()
    assert python(*arguments).returncode == 0
    return time.monotonic() - began


def test_a_fault_before_the_screen_is_one_line() -> None:
    program = (
        "import sys, nim_tui.cli, nim_tui.__main__ as m\n"
        "def fault(_): raise KeyError('secret-token')\n"
        "nim_tui.cli.run = fault\n"
        "sys.exit(m.main())\n"
    )
    found = python("-c", program)
    assert found.returncode == 1
    assert len(found.stderr.splitlines()) == 1
    assert "secret-token" not in found.stderr


@pytest.mark.parametrize(
    "module",
    [
        "client.client",
        "account",
        "tokens",
        "client.watch",
        "cli",
        "launch",
        "config.settings",
        "config.places",
        "client.transports",
    ],
)
def test_imports_cost_nothing(module: str) -> None:
    """No HTTP, keyring, backend or screen is imported."""
    program = f"import sys, nim_tui.{module}; print(*sys.modules)"
    loaded = set(python("-c", program).stdout.split())
    heavy = {"httpx", "keyring", "starlette", "msgspec", "textual", "rich", "tomlkit"}
    assert loaded & heavy == set()
    ours = {name for name in loaded if name.startswith("backend.")}
    assert ours <= {
        "backend.domain",
        "backend.domain.errors",
        "backend.domain.game",
        "backend.domain.ids",
        "backend.domain.invitations",
        "backend.domain.nim",
        "backend.domain.opponents",
        "backend.domain.people",
        "backend.user_files",
    }


def test_what_textual_would_end_on_is_not_in_its_environment() -> None:
    odd = {"TEXTUAL_DRIVER": "x:y", "TEXTUAL_COLOR_SYSTEM": "zz", "TEXTUAL_LOG": "/no/where"}
    drop_odd_variables(odd)
    assert odd == {}
    good = {
        "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver",
        "TEXTUAL_COLOR_SYSTEM": "256",
        "TEXTUAL_FPS": "30",
    }
    kept = dict(good)
    drop_odd_variables(kept)
    assert kept == good
