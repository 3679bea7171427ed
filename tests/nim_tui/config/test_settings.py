"""Settings and places: files that people edit; only what was chosen is changed in them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nim_tui.config.places import Place, load_places, places_path, remember
from nim_tui.config.settings import Settings, load_settings, save_settings, settings_path


def test_without_a_file_the_defaults_apply() -> None:
    assert load_settings() == Settings()
    assert load_settings().problem is None
    assert not settings_path().exists(), "reading writes nothing"


def test_a_choice_survives_a_restart() -> None:
    chosen = Settings(theme="okabe", bell=False, glyphs="ascii", animation=False)
    assert save_settings(chosen) is None
    assert load_settings() == chosen
    assert save_settings(Settings()) is None
    assert load_settings() == Settings()


def test_only_what_differs_from_the_defaults_is_written() -> None:
    save_settings(Settings(theme="paper"))
    text = settings_path().read_text()
    assert "paper" in text
    assert "bell" not in text


def test_comments_and_foreign_lines_stay(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('# mine\ntheme = "dusk"  # at night\nlater = 7\n\n[other]\nx = 1\n')
    assert save_settings(Settings(theme="paper", bell=False), path) is None
    text = path.read_text()
    for kept in ("# mine", 'theme = "paper"', "# at night", "later = 7", "[other]", "x = 1"):
        assert kept in text
    assert load_settings(path) == Settings(theme="paper", bell=False)


def test_a_broken_file_is_reported_with_its_line_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('theme = "paper"\nbell = perhaps\n')
    found = load_settings(path)
    assert found == Settings()
    assert found.problem is not None
    assert "settings.toml: line 2 is not valid TOML" in found.problem
    problem = save_settings(Settings(bell=False), path)
    assert problem is not None
    assert path.read_text() == 'theme = "paper"\nbell = perhaps\n'


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("theme = 7", "theme"),
        ('theme = "\\u001b[31m"', "theme"),
        ("bell = 1", "bell"),
        ('animation = "no"', "animation"),
        ('glyphs = "emoji"', "glyphs"),
        ("glyphs = []", "glyphs"),
        ("confirm_moves = {}", "confirm_moves"),
    ],
)
def test_a_wrong_value_is_reported_and_others_apply(tmp_path: Path, line: str, name: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f"# one\ndesktop_notices = false\n{line}\n")
    found = load_settings(path)
    assert found == Settings(desktop_notices=False)
    assert found.problem is not None
    assert f"line 3, {name} must be" in found.problem
    assert found.problem.isprintable()


def test_files_that_cannot_be_used_raise_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    for name in ("folder.toml", "binary.toml"):
        path = tmp_path / name
        assert load_settings(path).problem is not None
        assert save_settings(Settings(bell=False), path) is not None
        assert load_places(path).problem is not None
        remember(Place(server="https://nim.example"), path)
    (tmp_path / "file").write_text("x")
    assert save_settings(Settings(bell=False), tmp_path / "file" / "s.toml") is not None


def _itself(path: Path) -> None:
    path.symlink_to(path)


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10_000_000_000)


@pytest.mark.parametrize(
    "make",
    [
        _itself,
        _huge,
        Path.mkdir,
        os.mkfifo,
        lambda path: path.write_bytes(b"\xff\xfe\x00"),
        lambda path: path.write_text("a = " + "[" * 5_000),
        lambda path: path.write_text("a = " + "9" * 5_000),
        lambda path: path.write_text("a = 2026-99-99"),
    ],
    ids=["itself", "huge", "folder", "pipe", "binary", "nested", "digits", "date"],
)
def test_a_file_of_any_kind_is_named_and_left_alone(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    path = tmp_path / "file.toml"
    make(path)
    before = path.lstat()
    found = load_settings(path)
    places = load_places(path)
    said = save_settings(Settings(bell=False), path)
    remember(Place(server="https://nim.example"), path)
    assert found == Settings()
    for problem in (found.problem, places.problem, said):
        assert problem is not None
        assert "file.toml" in problem
        assert problem.isprintable()
    assert path.lstat()[:7] == before[:7]


def test_a_name_of_5000_parts_is_no_fault(tmp_path: Path) -> None:
    """One reader of TOML takes it, the other one that keeps comments does not."""
    path = tmp_path / "file.toml"
    path.write_text("a" + ".b" * 5_000 + " = 1")
    assert load_settings(path) == Settings()
    save_settings(Settings(bell=False), path)
    remember(Place(server="https://nim.example"), path)


def test_a_file_that_may_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError

    path = tmp_path / "file.toml"
    path.write_text("")
    monkeypatch.setattr("os.open", refuse)
    assert "cannot be read" in (load_settings(path).problem or "")
    assert "cannot be read" in (load_places(path).problem or "")


def test_a_link_to_a_folder_of_dotfiles_is_followed(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    real, link = tmp_path / "dotfiles" / "nim.toml", tmp_path / "settings.toml"
    real.write_text("# kept elsewhere\n")
    link.symlink_to(real)
    assert save_settings(Settings(bell=False), link) is None
    assert link.is_symlink()
    assert "bell = false" in real.read_text()
    assert list((tmp_path / "dotfiles").iterdir()) == [real]


@pytest.mark.parametrize(
    "place",
    [
        Place(server="https://nim.example"),
        Place(server="http://10.0.0.7:8000", insecure=True),
        Place(data="/home/anna/games.db"),
        Place(aws=True, region="eu-central-1", profile="play"),
    ],
)
def test_the_last_place_is_remembered(place: Place) -> None:
    assert load_places().last is None
    remember(Place(data="/before.db"))
    remember(place)
    assert load_places().last == place


def test_servers_have_names() -> None:
    path = places_path()
    path.parent.mkdir(parents=True)
    path.write_text('# friends\n[servers]\nclub = "https://club.example"\n')
    remember(Place(server="https://nim.example:8443"))
    remember(Place(server="https://club.example"))
    remember(Place(server="https://nim.example:9000"))
    remember(Place(server="https://nim.example"))
    places = load_places()
    assert places.url_of("club") == "https://club.example"
    assert places.url_of("nim.example") == "https://nim.example:8443"
    assert places.url_of("nim.example-9000") == "https://nim.example:9000"
    assert places.url_of("https://other.example") == "https://other.example"
    named = {"club", "nim.example", "nim.example-9000", "nim.example-443"}
    assert set(places.servers) == named, "a server has one name"
    assert "# friends" in path.read_text()


@pytest.mark.parametrize(
    "text",
    [
        "last = 7",
        "[last]\nserver = 7",
        '[last]\nserver = "https://a.example"\ndata = "x"',
        '[last]\ndata = "a\\u001b[31m"',
        "[last]\naws = 1",
        "servers = 3",
        "[servers]\nx = 7",
    ],
)
def test_entries_that_make_no_sense_are_ignored(tmp_path: Path, text: str) -> None:
    path = tmp_path / "places.toml"
    path.write_text(text)
    places = load_places(path)
    assert places.last is None
    assert places.servers == {}
    remember(Place(server="https://nim.example"), path)
    assert load_places(path).last == Place(server="https://nim.example")


def test_a_broken_places_file_is_reported_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "places.toml"
    path.write_text("[servers\n")
    assert "places.toml: line 1 is not valid TOML" in (load_places(path).problem or "")
    remember(Place(server="https://nim.example"), path)
    assert path.read_text() == "[servers\n"


def test_a_deployed_stack_is_a_server_by_name() -> None:
    saved = places_path().with_name("aws.json")
    saved.parent.mkdir(parents=True)
    for text, servers in (
        ('{"BASE_URL": "https://x.example/prod"}', {"aws": "https://x.example/prod"}),
        ('{"BASE_URL": 7}', {}),
        ("[]", {}),
        ("{", {}),
    ):
        saved.write_text(text)
        assert load_places().servers == servers
    saved.write_text('{"BASE_URL": "https://x.example/prod"}')
    places_path().write_text('[servers]\naws = "https://mine.example"\n')
    assert load_places().url_of("aws") == "https://mine.example", "the person's own word counts"


def test_lessons_that_were_won_in_another_terminal_stay(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    assert save_settings(Settings(lessons_done=("flip",)), path) is None
    here = load_settings(path)
    assert here.lessons_done == ("flip",)
    path.write_text('lessons_done = ["flip", "one-of-a-later-version"]  # mine\n')
    here = replace(here, bell=False, lessons_done=("flip", "last-object"))
    assert save_settings(here, path) is None
    kept = load_settings(path)
    assert kept.lessons_done == ("flip", "one-of-a-later-version", "last-object")
    assert save_settings(replace(here, lessons_done=()), path) is None
    assert load_settings(path).lessons_done == kept.lessons_done


@pytest.mark.parametrize("value", ['"flip"', "7", "[7]", '["\\u001b[31m"]', '["a b"]', "{}"])
def test_lessons_that_are_not_a_list_of_names_are_named(tmp_path: Path, value: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f"bell = false\nlessons_done = {value}\n")
    found = load_settings(path)
    assert (found.bell, found.lessons_done) == (False, ())
    assert "line 2, lessons_done must be a list of lessons' names" in (found.problem or "")


@pytest.mark.parametrize(
    ("line", "wish"),
    [
        ('level = "hard"', 'one of "easy", "medium", "perfect"'),
        ("level = []", 'one of "easy", "medium", "perfect"'),
        ('hotseat_names = ["Ana"]', "a list of two different names"),
        ('hotseat_names = ["Ana", "ana"]', "a list of two different names"),
        ('hotseat_names = ["Ana", ""]', "a list of two different names"),
        ('hotseat_names = ["Ana", " "]', "a list of two different names"),
        ('hotseat_names = ["Ana", "\\u001b[31m"]', "a list of two different names"),
        ('hotseat_names = "AB"', "a list of two different names"),
    ],
)
def test_options_of_boards_are_checked(tmp_path: Path, line: str, wish: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f"bell = false\n{line}\n")
    found = load_settings(path)
    assert found == Settings(bell=False)
    assert f"must be {wish}" in (found.problem or "")
