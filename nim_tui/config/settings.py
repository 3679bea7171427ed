"""What a person has chosen for the screen: a TOML file that people may edit, comments and all."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from backend.domain.nim import LEVELS, Level
from nim_tui.config.files import config_folder, write_whole
from nim_tui.model.options import MOST_NAME, NAMES

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

GlyphChoice: TypeAlias = Literal["auto", "stones", "plain", "ascii"]

_HEADER = "# Settings of nim-tui. Edit them as you like; your comments stay.\n"
_LESSON_NAME = re.compile(r"[a-z0-9-]{1,40}")
_TEXT_NAME = re.compile(r"[A-Za-z0-9 _.-]{1,60}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The choices.

    Attributes:
        theme: a theme's name; one that is not known is as good as the default.
        animation: whether stones move.
        bell: whether the terminal rings when it is your turn and you look elsewhere.
        desktop_notices: whether it shows a notice then, where the terminal can.
        confirm_moves: whether a move is asked about before it is sent.
        glyphs: what objects are drawn with.
        level: the computer's in practice.
        hotseat_names: of the two at one keyboard, the one in amber first.
        lessons_done: the names of the lessons that have been won.
        problem: what is wrong with the file, in one line; None when nothing is.

    """

    theme: str = "dusk"
    animation: bool = True
    bell: bool = True
    desktop_notices: bool = True
    confirm_moves: bool = False
    glyphs: GlyphChoice = "auto"
    level: Level = "medium"
    hotseat_names: tuple[str, str] = NAMES
    lessons_done: tuple[str, ...] = ()
    problem: str | None = field(default=None, compare=False)


_NAMES = tuple(one.name for one in fields(Settings) if one.name != "problem")


def settings_path() -> Path:
    """The file in the platform's folder for the user's configuration."""
    return config_folder() / "settings.toml"


def load_settings(path: Path | None = None) -> Settings:
    """What the file says, the defaults for the rest; `problem` names the line that is wrong."""
    path = path or settings_path()
    try:
        text = path.read_bytes().decode()
        found = tomllib.loads(text)
    except FileNotFoundError:
        return Settings()
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"line (\d+)", str(error))
        at = f"line {where[1]}" if where else "its end"
        return Settings(problem=f"{path}: {at} is no TOML. Correct it; the defaults serve for now.")
    except (OSError, UnicodeDecodeError):
        return Settings(problem=f"{path} cannot be read. Check the file; the defaults serve.")
    settings, problem = Settings(), None
    for name in _NAMES:
        if name not in found:
            continue
        if wish := _wrong(name, found[name]):
            problem = problem or (
                f"{path}: line {_line_of(name, text)}, {name} takes {wish}. The default serves."
            )
        else:
            value: Any = found[name]
            value = tuple(value) if isinstance(value, list) else value
            settings = replace(settings, **{name: value})
    return replace(settings, problem=problem)


def save_settings(settings: Settings, path: Path | None = None) -> str | None:
    """Write the choices into the file, leaving everything else in it as it is.

    Returns:
        What is wrong, in one line (a broken file is not overwritten); None when it is kept.

    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    path = path or settings_path()
    try:
        text = path.read_bytes().decode() if path.exists() else _HEADER
        document = tomlkit.parse(text)
        for name in _NAMES:
            value = getattr(settings, name)
            if name == "lessons_done":
                _add(document, name, value)
                continue
            value = list(value) if isinstance(value, tuple) else value
            # What was never chosen stays unwritten, and follows the defaults of later versions.
            if document.get(name, _default(name)) != value:
                document[name] = value
        write_whole(path, tomlkit.dumps(document))
    except (TOMLKitError, UnicodeDecodeError):
        return f"{path} is broken, so this choice is not kept. Correct the file."
    except OSError:
        return f"{path} cannot be written, so this choice is not kept."
    return None


def _default(name: str) -> Any:
    """A setting's default as TOML has it."""
    value = getattr(Settings(), name)
    return list(value) if isinstance(value, tuple) else value


def _add(document: TOMLDocument, name: str, values: tuple[str, ...]) -> None:
    """Add to a list what it lacks; another terminal may have added to it meanwhile."""
    kept: Any = document.get(name, [])
    known = [] if _wrong(name, kept) else list(kept)
    if missing := [value for value in values if value not in known]:
        document[name] = [*known, *missing]


def _wrong(name: str, value: Any) -> str | None:
    """What the setting takes instead; None when the value is right."""
    match name:
        case "theme":
            right = isinstance(value, str) and _TEXT_NAME.fullmatch(value) is not None
            return None if right else "a theme's name in quotes"
        case "glyphs":
            return _one_of(get_args(GlyphChoice), value)
        case "level":
            return _one_of(LEVELS, value)
        case "hotseat_names":
            right = isinstance(value, list) and len(value) == 2 and all(map(_is_name, value))
            different = right and value[0].casefold() != value[1].casefold()
            return None if different else "a list of two different names"
        case "lessons_done":
            right = isinstance(value, list) and all(
                isinstance(lesson, str) and _LESSON_NAME.fullmatch(lesson) for lesson in value
            )
            return None if right else "a list of lessons' names in quotes"
    return None if isinstance(value, bool) else "true or false"


def _one_of(choices: tuple[str, ...], value: Any) -> str | None:
    return None if value in choices else "one of " + ", ".join(f'"{c}"' for c in choices)


def _is_name(value: Any) -> bool:
    """Whether this can stand for a person at this keyboard."""
    return isinstance(value, str) and 0 < len(value) <= MOST_NAME and value.isprintable()


def _line_of(name: str, text: str) -> int:
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"\s*[\"']?{name}[\"']?\s*=", line):
            return number
    return 1
