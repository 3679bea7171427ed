"""Logs as JSON lines on standard error, without private data.

A request's line has the template of its route instead of its path, and nothing that a person typed.
Messages of libraries and exceptions are searched for tokens, phone numbers and e-mail addresses, to
be safe.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any

_PRIVATE = (
    re.compile(r"\beyJ[\w-]+(\.[\w-]*){1,2}"),  # an ID token
    re.compile(r"\b[A-Za-z0-9_-]{40,}"),  # a refresh token, a hash, a key
    re.compile(r"\+[1-9]\d{7,14}\b"),  # a phone number
    re.compile(r"[^\s@\"'<>]+@[^\s@\"'<>]+\.[^\s@\"'<>]+"),  # an e-mail address
)


class JsonLines(logging.Formatter):
    """One JSON object per record: time, level, logger, message, and the record's facts."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
        }
        line |= getattr(record, "facts", {})
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=True)


def without_secrets(text: str) -> str:
    """The text, with everything that looks private replaced."""
    for pattern in _PRIVATE:
        text = pattern.sub("[…]", text)
    return text


def configure(*, level: int = logging.INFO) -> None:
    """Send this process's logs to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    # `serve` itself says in words when it starts and stops.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    # At its usual level it says where the credentials come from.
    logging.getLogger("botocore").setLevel(logging.WARNING)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
