"""Large letters for the codes of invitations: five pixels high, two pixels a row of the terminal.

Only the letters and digits that codes are made of, and the dash.
"""

from __future__ import annotations

from collections.abc import Mapping

_HEIGHT = 5
_GAP = 1

# Each letter's rows of pixels from the top; `M`, `N` and `W` need more than three columns.
_PIXELS: Mapping[str, str] = {
    "-": "000 000 111 000 000",
    "2": "110 001 010 100 111",
    "3": "110 001 010 001 110",
    "4": "101 101 111 001 001",
    "5": "111 100 110 001 110",
    "6": "011 100 111 101 111",
    "7": "111 001 010 010 010",
    "8": "111 101 111 101 111",
    "9": "111 101 111 001 110",
    "A": "010 101 111 101 101",
    "B": "110 101 110 101 110",
    "C": "011 100 100 100 011",
    "D": "110 101 101 101 110",
    "E": "111 100 110 100 111",
    "F": "111 100 110 100 100",
    "G": "011 100 101 101 011",
    "H": "101 101 111 101 101",
    "J": "001 001 001 101 010",
    "K": "101 101 110 101 101",
    "M": "10001 11011 10101 10001 10001",
    "N": "1001 1101 1011 1001 1001",
    "P": "110 101 110 100 100",
    "Q": "0110 1001 1001 1010 0101",
    "R": "110 101 110 101 101",
    "S": "011 100 010 001 110",
    "T": "111 010 010 010 010",
    "V": "101 101 101 101 010",
    "W": "10001 10001 10101 11011 10001",
    "X": "101 101 010 101 101",
    "Y": "101 101 010 010 010",
    "Z": "111 001 010 100 111",
}
_HALVES = {"00": " ", "10": "▀", "01": "▄", "11": "█"}


def large(code: str) -> list[str]:
    """The rows of a code in large letters; all are equally long."""
    columns = [_columns(letter) for letter in code.upper()]
    rows = [(" " * _GAP).join(letter[row] for letter in columns) for row in range(_HEIGHT)]
    # An odd number of pixels: the last row of the terminal has half of one.
    rows.append("0" * len(rows[0]))
    rows = [row.replace(" ", "0") for row in rows]
    return [
        "".join(_HALVES[top + bottom] for top, bottom in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    ]


def _columns(letter: str) -> list[str]:
    return _PIXELS[letter].split()
