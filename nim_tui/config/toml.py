"""Reading the user's TOML files, with a sentence for people about what is wrong with one."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any


class BrokenFile(Exception):
    """The file cannot be used; the message is one sentence for people."""


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """The text of a file, and its content.

    Raises:
        FileNotFoundError: there is no such file.
        BrokenFile: it cannot be read, or is not valid TOML.

    """
    try:
        text = path.read_bytes().decode()
        return text, tomllib.loads(text)
    except FileNotFoundError:
        raise
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        where = f"line {found[1]}" if found else "its last line"
        raise BrokenFile(f"{path}: {where} is not valid TOML. Correct it.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenFile(f"{path} cannot be read. Check the file.") from error
