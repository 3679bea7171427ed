"""Takes a protection out: one change of a source text as its module is loaded."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One protection taken out: in `module`, `old` becomes `new`."""

    name: str
    module: str
    old: str
    new: str

    @property
    def path(self) -> Path:
        return ROOT / (self.module.replace(".", "/") + ".py")

    def applied(self, source: str) -> str:
        """The source without the protection. Raises: ValueError where it is not found once."""
        if source.count(self.old) != 1:
            raise ValueError(f"{self.name}: {self.old!r} is not once in {self.module}")
        return source.replace(self.old, self.new)


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads one module from a changed source."""

    def __init__(self, mutant: Mutant) -> None:
        super().__init__(mutant.module, str(mutant.path))
        self._mutant = mutant

    def get_code(self, fullname: str) -> Any:
        source = self._mutant.applied(self._mutant.path.read_text(encoding="utf-8"))
        return compile(source, str(self._mutant.path), "exec", dont_inherit=True)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(
        self, fullname: str, path: Any, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._mutant.module:
            return None
        return importlib.machinery.ModuleSpec(
            fullname, _Loader(self._mutant), origin=str(self._mutant.path)
        )


def take_out(mutant: Mutant) -> None:
    """Take a protection out of this process, before its module is loaded."""
    assert mutant.module not in sys.modules, "too late"
    sys.meta_path.insert(0, _Finder(mutant))
