"""The settings: a TOML file that people may edit; their comments stay."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from backend.user_files import (
    NoHome,
    Unreadable,
    config_folder,
    parse_toml,
    read_text,
    write_whole,
)

GlyphChoice: TypeAlias = Literal["auto", "stones", "plain", "ascii"]

_HEADER = "# Settings of nim-tui. Edit them as you like; your comments are kept.\n"
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
        problem: what is wrong with the file, in one line; None when it is fine.

    """

    theme: str = "dusk"
    animation: bool = True
    bell: bool = True
    desktop_notices: bool = True
    confirm_moves: bool = False
    glyphs: GlyphChoice = "auto"
    problem: str | None = field(default=None, compare=False)


_NAMES = tuple(one.name for one in fields(Settings) if one.name != "problem")


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
        return Settings(problem=f"{error}. Correct it; the defaults serve for now.")
    settings, problem = Settings(), None
    for name in _NAMES:
        if name not in found:
            continue
        if expected := _expected_instead(name, found[name]):
            line = f"{path}: line {_line_of(name, text)}"
            problem = problem or f"{line}, {name} must be {expected}. The default applies."
        else:
            settings = replace(settings, **{name: found[name]})
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
            # A setting that was never chosen is not written: it follows later versions' defaults.
            if document.get(name, getattr(Settings(), name)) != value:
                document[name] = value
        write_whole(path, tomlkit.dumps(document))
    except NoHome:
        return "There is no home folder, so this choice is not kept. Set HOME."
    except (Unreadable, TOMLKitError, ValueError, RecursionError):
        return f"{path} is broken, so this choice is not kept. Correct the file."
    except OSError:
        return f"{path} cannot be written, so this choice isn't saved. Check the file."
    return None


def _expected_instead(name: str, value: Any) -> str | None:
    """What the setting must be instead; None when the value is valid."""
    match name:
        case "theme":
            valid = isinstance(value, str) and _TEXT_NAME.fullmatch(value) is not None
            return None if valid else "a theme's name in quotes"
        case "glyphs":
            choices = get_args(GlyphChoice)
            return None if value in choices else "one of " + ", ".join(f'"{c}"' for c in choices)
    return None if isinstance(value, bool) else "true or false"


def _line_of(name: str, text: str) -> int:
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"\s*[\"']?{name}[\"']?\s*=", line):
            return number
    return 1
