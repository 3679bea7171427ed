"""What tests of simulated processes share."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator

import pytest

from tests.connections import forget_connections


@pytest.fixture
def killed_processes() -> Iterator[None]:
    """Collect what killed processes had open: they close nothing, and no other test is to blame."""
    yield
    forget_connections(patience=0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        warnings.simplefilter("ignore", RuntimeWarning)  # what they had not begun to await
        gc.collect()
