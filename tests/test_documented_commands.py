"""Every command and option that README and docs name exists."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.entrypoints.cli import parser as backend_parser
from nim_tui.cli import _parser as client_parser
from nim_tui.shell.arguments import find_command, parser_of
from nim_tui.shell.table import COMMANDS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAMS = {"nim-tui": client_parser(), "nim-backend": backend_parser()}


def code(page: Path) -> Iterator[str]:
    """The lines of fenced code, and the spans in the text; escapes of tables undone."""
    inside = False
    for line in page.read_text("utf-8").splitlines():
        if line.startswith("```"):
            inside = not inside
        elif inside:
            yield line.strip().removeprefix("$ ")
        else:
            yield from (span.replace("\\|", "|") for span in re.findall(r"`([^`]+)`", line))


def commands(program: str) -> list[tuple[str, str]]:
    """Where a program is called, and with what."""
    called = []
    for page in PAGES:
        for line in code(page):
            words = re.sub(r"\s+#.*|\s*\\$|[\[\]]|\s+(?:&&|\||2?>).*", "", line)
            if words == program or words.startswith(f"{program} "):
                called.append((page.name, words))
    return called


def walk(parser: argparse.ArgumentParser, words: list[str]) -> None:
    """Follow subcommands and options; placeholders and values stand for themselves."""
    if parser.prog == "nim-tui" and (found := find_command(words)) is not None:
        command, words = found
        parser = parser_of(command)
    values = 0
    for word in words:
        if word.startswith("-"):
            action = parser._option_string_actions.get(word.split("=")[0])
            assert action is not None, f"{parser.prog} has no {word}"
            values = 0 if "=" in word or action.nargs == 0 else 1
            continue
        if values:
            values -= 1
            continue
        choices = next(
            (one.choices for one in parser._actions
             if isinstance(one, argparse._SubParsersAction)),
            None,
        )  # fmt: skip
        if choices is not None:
            assert word in choices, f"{parser.prog} has no {word}"
            parser = choices[word]
        else:
            positional = [one for one in parser._actions if not one.option_strings]
            assert positional, f"{parser.prog} takes no {word}"


@pytest.mark.parametrize("program", list(PROGRAMS))
def test_every_command_exists(program: str) -> None:
    called = commands(program)
    assert called
    for page, words in called:
        try:
            walk(PROGRAMS[program], shlex.split(words)[1:])
        except AssertionError as error:
            pytest.fail(f"{page}: {words}: {error}")


def options(parser: argparse.ArgumentParser) -> set[str]:
    """All options of a program and its subcommands."""
    found = set(parser._option_string_actions)
    if parser.prog == "nim-tui":
        for command in COMMANDS.values():
            found |= set(parser_of(command)._option_string_actions)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for sub in action.choices.values():
                found |= options(sub)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_option_named_alone_exists(page: Path) -> None:
    known = options(PROGRAMS["nim-tui"]) | options(PROGRAMS["nim-backend"])
    for span in code(page):
        if re.match(r"--[a-z]", span):
            assert span.split()[0].split("=")[0] in known, f"{page.name}: {span}"


def test_every_target_of_make_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    called = [words.split()[1] for _, words in commands("make") if " " in words]
    assert called
    assert set(called) <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_that_is_linked_exists(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)", page.read_text("utf-8")):
        if "://" not in link:
            assert (page.parent / link).exists(), f"{page.name} links {link}"
