"""The pictures in docs show the screens as they are: drawn again, they are the same bytes."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests import film, pictures

OUTDATED = "A screen has changed. Draw its picture anew with `make pictures`, and look at it."


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The time on the pictures is UTC's."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("picture", pictures.PICTURES, ids=lambda picture: picture.name)
async def test_a_picture_is_current(picture: pictures.Picture) -> None:
    kept = pictures.DOCS / f"{picture.name}.svg"
    drawn = await pictures.draw(picture)
    assert ET.fromstring(drawn).get("role") == "img"
    # Not compared by ==: pytest would explain the difference of 100 KB for a minute.
    same = kept.exists() and kept.read_text(encoding="utf-8") == drawn
    assert same, OUTDATED


async def test_the_film_is_current_and_small() -> None:
    drawn = await film.film()
    assert ET.fromstring(drawn).get("role") == "img"
    assert len(drawn) < 2_000_000
    same = film.KEPT.exists() and film.KEPT.read_text(encoding="utf-8") == drawn
    assert same, OUTDATED


def test_the_gallery_is_current_and_shows_all_there_are() -> None:
    gallery = (pictures.DOCS / "pictures.md").read_text(encoding="utf-8")
    assert gallery == pictures.gallery(), OUTDATED
    assert {path.name for path in pictures.DOCS.glob("*.svg")} == set(
        re.findall(r"\((\S+\.svg)\)", gallery)
    )


def test_each_picture_that_a_page_shows_is_there() -> None:
    root = pictures.DOCS.parent
    for page in (root / "README.md", *pictures.DOCS.glob("*.md")):
        for shown in re.findall(r"!\[[^]]*\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / Path(shown)).is_file(), f"{page.name} shows {shown}"
