"""How a sentence says where people play."""

from __future__ import annotations

THIS_COMPUTER = "This computer"
"""The name of the embedded backend, as a heading has it."""


def at(name: str) -> str:
    """A place inside a sentence: `at nim.example.com`, `on this computer`."""
    return f"on {name[:1].lower()}{name[1:]}" if name == THIS_COMPUTER else f"at {name}"
