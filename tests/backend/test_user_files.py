"""The user's own files: written whole or not at all, and for their owner only."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from backend.user_files import write_whole


def test_a_file_is_replaced_with_its_missing_folders_and_nobody_else_reads_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "new" / "folder" / "settings.toml"
    write_whole(path, "one\n")
    write_whole(path, "two\n")
    assert path.read_text("utf-8") == "two\n"
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "dotfiles", tmp_path / "link"
    link.symlink_to(target)
    write_whole(link, "text\n")
    assert link.is_symlink()
    assert target.read_text("utf-8") == "text\n"


def test_a_text_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    write_whole(path, "old\n")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "half, then \ud800")
    assert path.read_text("utf-8") == "old\n"
    assert list(tmp_path.iterdir()) == [path]
