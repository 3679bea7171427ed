"""DynamoDB's expressions, as far as the backend and the tutorial's client use them.

The grammar and the meaning are those of the developer guide, "Expressions in DynamoDB". An
expression that this does not know is an error, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Value: TypeAlias = dict[str, Any]
Item: TypeAlias = dict[str, Value]

_WORD = re.compile(r"\s*(<>|<=|>=|[()=<>,+\-]|[#:]?[A-Za-z0-9_]+(?:\[\d+\])?)")
_FUNCTIONS = {"attribute_exists", "attribute_not_exists", "begins_with", "contains"}


class ExpressionError(ValueError):
    """The expression is not one that DynamoDB would take, or not one that is modelled."""


@dataclass
class Expression:
    """One expression over one item, with the names and values of its request."""

    text: str
    item: Mapping[str, Value]
    names: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._words = _WORD.findall(self.text)
        if "".join(self._words) != re.sub(r"\s+", "", self.text):
            raise ExpressionError(self.text)
        self._at = 0

    def holds(self) -> bool:
        """The truth of a condition."""
        found = self._either()
        self._end()
        return found

    def updated(self) -> Item:
        """The item after an update; every value is computed from the item before it."""
        after = dict(self.item)
        while self._at < len(self._words):
            match self._next().upper():
                case "SET":
                    self._each(lambda: self._set(after))
                case "REMOVE":
                    self._each(lambda: after.pop(self._name(), None) and None)
                case "ADD":
                    self._each(lambda: self._add(after))
                case other:
                    raise ExpressionError(f"{other} in {self.text}")
        return after

    def _either(self) -> bool:
        found = self._both()
        while self._take("OR"):
            found = self._both() or found
        return found

    def _both(self) -> bool:
        found = self._single()
        while self._take("AND"):
            found = self._single() and found
        return found

    def _single(self) -> bool:
        if self._take("NOT"):
            return not self._single()
        if self._take("("):
            found = self._either()
            self._expect(")")
            return found
        if self._peek() in _FUNCTIONS:
            return self._function()
        left = self._operand()
        if self._take("BETWEEN"):
            low = self._operand()
            self._expect("AND")
            high = self._operand()
            return _compare(low, "<=", left) and _compare(left, "<=", high)
        return _compare(left, self._next(), self._operand())

    def _function(self) -> bool:
        function = self._next()
        self._expect("(")
        if function in ("attribute_exists", "attribute_not_exists"):
            found = (self._name() in self.item) == (function == "attribute_exists")
        else:
            whole = self._operand()
            self._expect(",")
            part = self._operand()
            found = whole is not None and part is not None and "S" in whole
            if found and whole is not None and part is not None:
                text, wanted = whole["S"], part["S"]
                found = text.startswith(wanted) if function == "begins_with" else wanted in text
        self._expect(")")
        return found

    def _set(self, after: Item) -> None:
        name = self._name()
        self._expect("=")
        value = self._sum()
        if value is None:
            raise ExpressionError(f"{name} is set to nothing in {self.text}")
        after[name] = value

    def _add(self, after: Item) -> None:
        name, more = self._name(), self._operand()
        now = self.item.get(name, {"N": "0"})
        if more is None:
            raise ExpressionError(self.text)
        after[name] = {"N": str(int(now["N"]) + int(more["N"]))}

    def _sum(self) -> Value | None:
        value = self._term()
        while self._peek() in ("+", "-"):
            sign = 1 if self._next() == "+" else -1
            more = self._term()
            if value is None or more is None or "N" not in value or "N" not in more:
                raise ExpressionError(f"a sum of what is no number in {self.text}")
            value = {"N": str(int(value["N"]) + sign * int(more["N"]))}
        return value

    def _term(self) -> Value | None:
        if self._take("if_not_exists"):
            self._expect("(")
            name = self._name()
            self._expect(",")
            otherwise = self._sum()
            self._expect(")")
            return self.item.get(name, otherwise)
        if self._take("list_append"):
            self._expect("(")
            first = self._sum()
            self._expect(",")
            second = self._sum()
            self._expect(")")
            if first is None or second is None:
                raise ExpressionError(f"an appended list is missing in {self.text}")
            return {"L": [*first["L"], *second["L"]]}
        return self._operand()

    def _operand(self) -> Value | None:
        if self._peek().startswith(":"):
            return self.values[self._next()]
        name, _, index = self._name().partition("[")
        value = self.item.get(name)
        if not index:
            return value
        elements: list[Value] = (value or {}).get("L", [])
        return elements[int(index[:-1])] if int(index[:-1]) < len(elements) else None

    def _name(self) -> str:
        word = self._next()
        if word.startswith("#"):
            return self.names[word]
        if not word[0].isalpha():
            raise ExpressionError(f"{word} is no name in {self.text}")
        return word

    def _each(self, one: Any) -> None:
        one()
        while self._take(","):
            one()

    def _peek(self) -> str:
        return self._words[self._at] if self._at < len(self._words) else ""

    def _next(self) -> str:
        word = self._peek()
        if not word:
            raise ExpressionError(f"{self.text} ends early")
        self._at += 1
        return word

    def _take(self, word: str) -> bool:
        if self._peek().upper() != word.upper():
            return False
        self._at += 1
        return True

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise ExpressionError(f"{word} is missing in {self.text}")

    def _end(self) -> None:
        if self._at != len(self._words):
            raise ExpressionError(f"{self._peek()} is too much in {self.text}")


def _compare(left: Value | None, sign: str, right: Value | None) -> bool:
    """A comparison; with a missing attribute, or of two types, it is false, save `<>`."""
    if left is None or right is None or left.keys() != right.keys():
        return sign == "<>"
    ((kind, one),), ((_, two),) = left.items(), right.items()
    if kind == "N":
        one, two = int(one), int(two)
    match sign:
        case "=":
            return bool(one == two)
        case "<>":
            return bool(one != two)
        case "<":
            return bool(one < two)
        case "<=":
            return bool(one <= two)
        case ">":
            return bool(one > two)
        case ">=":
            return bool(one >= two)
        case _:
            raise ExpressionError(f"{sign} is no comparison")
