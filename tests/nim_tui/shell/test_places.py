"""`places`: names for servers, files and AWS, in a file that people may edit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nim_tui.config.places import Place, load_places, parse_address, places_path
from tests.nim_tui.shell.stage import Shell


@pytest.fixture
def home(tmp_path: Path) -> Shell:
    return Shell(tmp_path, {"XDG_CONFIG_HOME": str(tmp_path)})


def _listed(home: Shell, *arguments: str) -> list[Any]:
    places: list[Any] = home.run("places", *arguments, "--json").json["places"]
    return places


def test_a_place_is_added_renamed_used_and_removed(home: Shell) -> None:
    assert _listed(home, "list") == []
    club = {"kind": "server", "address": "https://nim.example.com", "last": False}
    assert _listed(home, "add", "club", "nim.example.com/") == [{"name": "club", **club}]
    file = str(home.folder / "games.db")
    own = {"kind": "embedded", "address": file, "last": False}
    assert _listed(home, "add", "home", "./games.db")[1] == {"name": "home", **own}
    cloud = {"kind": "aws", "address": "aws:eu-central-1", "last": False}
    assert _listed(home, "add", "cloud", "aws:eu-central-1")[2] == {"name": "cloud", **cloud}
    assert _listed(home, "rename", "club", "friends")[-1] == {"name": "friends", **club}
    assert [one["name"] for one in _listed(home, "remove", "cloud")] == ["home", "friends"]

    chosen = ("--place", "home")
    register = ("register", "alice", "--email", "a@example.com", "--password-stdin")
    made = home.run(*register, *chosen, "--json", stdin="Passw0rd")
    assert made.json == {"username": "alice", "place": "home"}
    assert Path(file).exists()
    alice = home.as_player("alice").with_keyring()
    assert alice.run(*chosen, "whoami", "--json").json["place"] == "home"
    assert _listed(home, "list")[0]["last"] is False, "a look at a place does not make it the last"
    alice.run("login", "alice", "--password-stdin", *chosen, stdin="Passw0rd")
    assert _listed(home, "list")[0]["last"] is True
    assert alice.run("whoami", "--json").json == {"username": "alice", "place": "home"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "club", ""),
        ("add", "", "https://nim.example.com"),
        ("add", "a b", "https://nim.example.com"),
        ("add", "club", "http://nim.example.com"),
        ("add", "club", "https://user:secret@nim.example.com"),
        ("add", "club", "ftp://nim.example.com"),
        ("add", "club"),
        ("add", "known", "https://other.example.com"),
        ("rename", "club", "other"),
        ("rename", "known", "second"),
        ("rename", "known", "a/b"),
        ("remove", "club"),
        ("list", "club"),
    ],
)
def test_what_makes_no_sense_changes_nothing(home: Shell, arguments: tuple[str, ...]) -> None:
    path = home.folder / "nim-tui" / "places.toml"
    path.parent.mkdir()
    text = '[servers]\nknown = "https://a.example"\nsecond = "https://b.example"\n'
    path.write_text(text)
    found = home.run("places", *arguments, "--json")
    assert found.error == (2, "usage")
    assert "secret" not in found.err
    assert path.read_text() == text


def test_comments_and_servers_by_hand_stay(home: Shell) -> None:
    path = home.folder / "nim-tui" / "places.toml"
    path.parent.mkdir()
    path.write_text('# friends\n[servers]\nclub = "https://club.example" # on fridays\n')
    home.run("places", "add", "lan", "http://10.0.0.7:8000", "--insecure")
    home.run("places", "add", "club", "https://club.example")
    assert "# friends" in path.read_text()
    added = load_places(path).named
    assert added["lan"] == Place(server="http://10.0.0.7:8000", insecure=True)
    assert added["club"] == Place(server="https://club.example")
    found = home.run("places", "list")
    assert "lan\tserver\thttp://10.0.0.7:8000\t\n" in found.out


def test_the_stack_that_was_deployed_keeps_its_name(home: Shell) -> None:
    (home.folder / "nim-tui").mkdir()
    (home.folder / "nim-tui" / "aws.json").write_text('{"BASE_URL": "https://x.example/prod"}')
    assert _listed(home, "list")[0]["name"] == "aws"
    for arguments in (("remove", "aws"), ("rename", "aws", "cloud")):
        assert home.run("places", *arguments, "--json").error == (2, "usage")


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("aws", Place(aws=True)),
        ("aws:eu-west-1", Place(aws=True, region="eu-west-1")),
        ("aws:eu-west-1/work", Place(aws=True, region="eu-west-1", profile="work")),
        ("aws:/work", Place(aws=True, profile="work")),
        ("/srv/nim.sqlite3", Place(data="/srv/nim.sqlite3")),
        ("localhost:8000", Place(server="localhost:8000")),
        ("nim.example.com/prod", Place(server="nim.example.com/prod")),
        ("https://nim.example.com/x.db", Place(server="https://nim.example.com/x.db")),
        ("a\x1b[31m", None),
    ],
)
def test_an_address_says_what_kind_of_place_it_is(address: str, place: Place | None) -> None:
    assert parse_address(address) == place
    if place is not None:
        assert parse_address(place.address) == place


def test_tables_that_make_no_sense_are_ignored() -> None:
    path = places_path()
    path.parent.mkdir(parents=True)
    path.write_text(
        '[places]\na = 7\n[places.b]\nserver = "x"\ndata = "y"\n[places."c d"]\ndata = "z"\n'
    )
    assert load_places().named == {}
