"""Textual's style sheet, which parses each of its sources once for the variables that are set."""

from __future__ import annotations

from textual.css.stylesheet import Stylesheet


class ParsedOnce(Stylesheet):
    """Keeps what it has parsed when a screen adds a source.

    Textual parses all sources again then: three times until the first board is drawn.
    """

    def set_variables(self, variables: dict[str, str]) -> None:
        """Set the theme's variables. Others than before make all sources be parsed anew."""
        if variables != self._variables:
            super().set_variables(variables)

    def reparse(self) -> None:
        """Parse the sources that have not been parsed with these variables."""
        self.parse()
