"""The settings: a TOML file that people may edit; their comments stay."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, get_args, runtime_checkable

from backend.domain.nim import LEVELS, Level
from backend.user_files import (
    NoHome,
    Unreadable,
    config_folder,
    parse_toml,
    read_text,
    write_whole,
)
from nim_tui.model.board_options import MOST_NAME, NAMES

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

GlyphChoice: TypeAlias = Literal["auto", "stones", "plain", "ascii"]

_HEADER = "# Settings of nim-tui. Edit them as you like; your comments are kept.\n"
_LESSON_NAME = re.compile(r"[a-z0-9-]{1,40}")
_TEXT_NAME = re.compile(r"[A-Za-z0-9 _.-]{1,60}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a person has chosen.

    Attributes:
        theme: a theme's name; an unknown one means the default.
        animation: whether objects move.
        bell: whether the terminal rings when it is your turn and it has no focus.
        desktop_notices: whether the terminal, where it can, shows a notice then.
        confirm_moves: whether a move has to be confirmed before it is sent.
        glyphs: the characters that objects are drawn with.
        accessible: whether the games are lines and questions, as with `--accessible`.
        level: the computer's level in practice.
        hotseat_names: the two players at one keyboard, the one in amber first.
        lessons_done: the names of the lessons that have been won.
        problem: what is wrong with the file, in one line; None when it is fine.

    """

    theme: str = "dusk"
    animation: bool = True
    bell: bool = True
    desktop_notices: bool = True
    confirm_moves: bool = False
    glyphs: GlyphChoice = "auto"
    accessible: bool = False
    level: Level = "medium"
    hotseat_names: tuple[str, str] = NAMES
    lessons_done: tuple[str, ...] = ()
    problem: str | None = field(default=None, compare=False)


_NAMES = tuple(one.name for one in fields(Settings) if one.name != "problem")


@runtime_checkable
class HasSettings(Protocol):
    """An app that knows what the person has chosen."""

    @property
    def settings(self) -> Settings: ...


def settings_path() -> Path:
    """The file in the platform's folder for the user's configuration."""
    return config_folder() / "settings.toml"


def load_settings(path: Path | None = None) -> Settings:
    """What the file says, the defaults for the rest; `problem` names the line that is wrong."""
    try:
        path = path or settings_path()
        text = read_text(path) or ""
        found = parse_toml(text, path)
    except NoHome:
        return Settings()
    except Unreadable as error:
        return Settings(problem=f"{error}. Correct it; until then, the defaults apply.")
    settings, problem = Settings(), None
    for name in _NAMES:
        if name not in found:
            continue
        if expected := _expected_instead(name, found[name]):
            line = f"{path}: line {_line_of(name, text)}"
            problem = problem or f"{line}, {name} must be {expected}. The default applies."
        else:
            value: Any = found[name]
            value = tuple(value) if isinstance(value, list) else value
            settings = replace(settings, **{name: value})
    return replace(settings, problem=problem)


def save_settings(settings: Settings, path: Path | None = None) -> str | None:
    """Write the settings into the file, leaving everything else in it as it is.

    Returns:
        What is wrong, in one line (a broken file is not overwritten); None after success.

    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        path = path or settings_path()
        text = read_text(path)
        document = tomlkit.parse(_HEADER if text is None else text)
        for name in _NAMES:
            value = getattr(settings, name)
            if name == "lessons_done":
                _add(document, name, value)
                continue
            value = list(value) if isinstance(value, tuple) else value
            # A setting that was never chosen is not written: it follows later versions' defaults.
            if document.get(name, _default(name)) != value:
                document[name] = value
        write_whole(path, tomlkit.dumps(document))
    except NoHome:
        return "There is no home folder, so this choice is not kept. Set HOME."
    except (Unreadable, TOMLKitError, ValueError, RecursionError):
        return f"{path} is broken, so this choice is not kept. Correct the file."
    except OSError:
        return f"{path} cannot be written, so this choice isn't saved. Check the file."
    return None


def from_choices(choices: Mapping[str, Any]) -> Settings:
    """Settings from what `to_choices` has returned; what is not valid has its default."""
    known = {name: choices[name] for name in _NAMES if name in choices}
    valid: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in known.items()
        if _expected_instead(name, value) is None
    }
    return Settings(**valid)


def to_choices(settings: Settings) -> dict[str, Any]:
    """What differs from the defaults, by name, of types that JSON has."""
    values = {name: getattr(settings, name) for name in _NAMES}
    lists = {
        name: list(value) if isinstance(value, tuple) else value for name, value in values.items()
    }
    return {name: value for name, value in lists.items() if value != _default(name)}


def _default(name: str) -> Any:
    """A setting's default, as it is in TOML."""
    value = getattr(Settings(), name)
    return list(value) if isinstance(value, tuple) else value


def _add(document: TOMLDocument, name: str, values: tuple[str, ...]) -> None:
    """Add the missing values to a list: another terminal may have added its own meanwhile."""
    kept: Any = document.get(name, [])
    known = [] if _expected_instead(name, kept) else list(kept)
    if missing := [value for value in values if value not in known]:
        document[name] = [*known, *missing]


def _expected_instead(name: str, value: Any) -> str | None:
    """What the setting must be instead; None when the value is valid."""
    match name:
        case "theme":
            valid = isinstance(value, str) and _TEXT_NAME.fullmatch(value) is not None
            return None if valid else "a theme's name in quotes"
        case "glyphs":
            return _one_of(get_args(GlyphChoice), value)
        case "level":
            return _one_of(LEVELS, value)
        case "hotseat_names":
            valid = isinstance(value, list) and len(value) == 2 and all(map(_is_name, value))
            different = valid and value[0].casefold() != value[1].casefold()
            return None if different else "a list of two different names"
        case "lessons_done":
            valid = isinstance(value, list) and all(
                isinstance(lesson, str) and _LESSON_NAME.fullmatch(lesson) for lesson in value
            )
            return None if valid else "a list of lessons' names in quotes"
    return None if isinstance(value, bool) else "true or false"


def _one_of(choices: tuple[str, ...], value: Any) -> str | None:
    return None if value in choices else "one of " + ", ".join(f'"{c}"' for c in choices)


def _is_name(value: Any) -> bool:
    """Whether this can be the name of a player at this keyboard."""
    if not isinstance(value, str) or not value.isprintable():
        return False
    return value == value.strip() and 0 < len(value) <= MOST_NAME


def _line_of(name: str, text: str) -> int:
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"\s*[\"']?{name}[\"']?\s*=", line):
            return number
    return 1
