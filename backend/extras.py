"""The optional parts of an installation: what belongs to each, and how to add what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal, TypeAlias

from backend.domain.errors import NimError

Extra: TypeAlias = Literal["server", "web"]

# As in pyproject.toml, by the names that are imported.
PACKAGES: Mapping[Extra, frozenset[str]] = {
    "server": frozenset({"uvicorn", "httptools", "prometheus_client", "uvloop"}),
    "web": frozenset({"aiohttp", "textual_serve"}),
}


@contextmanager
def needed_for(command: str, extra: Extra) -> Iterator[None]:
    """Put this around the imports of what `command` needs from `extra`.

    Raises:
        NimError: a package of the extra is missing; the message says how to install it. Any other
            failed import is a bug and passes through.

    """
    try:
        yield
    except ImportError as error:
        package = (error.name or "").partition(".")[0]
        if package not in PACKAGES[extra]:
            raise
        raise NimError(
            f"{command} needs {package}, which is not installed."
            f' Run: pip install "nim-tui[{extra}]"'
        ) from error
