"""`--log FILE`: what the client does, for whoever looks for a fault. Nothing private is in it."""

from __future__ import annotations

import logging
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeAlias

from nim_tui import __version__
from nim_tui.text.private import SECRETS
from nim_tui.text.sanitize import harmless

LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]

_FOR_ITS_OWNER = 0o600
_LONGEST_SECRET = 4_000
_MOST_CHARACTERS = 20_000
"""Of one record: looking for what is private takes time."""


class PrivateLines(logging.Formatter):
    """One line for each record: the time (UTC), the level, the logger, what happened.

    Messages, their arguments, exceptions and stacks of every logger pass through here, so this is
    where what is private is taken out of them.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")

    def format(self, record: logging.LogRecord) -> str:
        # Another handler may have kept an exception's text in the record, as it was.
        kept, record.exc_text = record.exc_text, None
        try:
            text = super().format(record)
        except (TypeError, ValueError):  # arguments that do not fit their message
            text = f"{self.formatTime(record)} {record.levelname} {record.name}: {record.msg}"
        finally:
            record.exc_text = kept
        if facts := getattr(record, "facts", None):  # those of the backend in this process
            text = f"{text} {facts}"
        told = SECRETS.without(text[:_MOST_CHARACTERS])
        if len(text) > _MOST_CHARACTERS:
            # The cut may have left a half of a secret, which nothing recognizes.
            told = f"{told[:-_LONGEST_SECRET]} …"
        return " | ".join(map(harmless, told.splitlines()))


def open_log(path: Path, level: LogLevel) -> None:
    """Append to the file, which only its owner can read, what any logger has to say.

    Raises:
        OSError: it cannot be written.

    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(path, flags, _FOR_ITS_OWNER)
    if hasattr(os, "fchmod"):
        os.fchmod(handle, _FOR_ITS_OWNER)
    SECRETS.on = True
    SECRETS.learn_environment(os.environ)
    for word in sys.argv:
        SECRETS.learn_address(word)
    handler = logging.StreamHandler(os.fdopen(handle, "a", encoding="utf-8", errors="replace"))
    handler.setFormatter(PrivateLines())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level.upper())
    logging.captureWarnings(capture=True)
    # A handler that fails must not write into the screen.
    logging.raiseExceptions = False
    logging.getLogger("nim_tui").info(
        "nim-tui %s, Python %s, %s", __version__, platform.python_version(), platform.platform()
    )
