"""What a simulated crash leaves behind."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _files_of_killed_processes() -> Iterator[None]:
    """Collect what killed processes had open: they close nothing, and no other test is to blame."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
