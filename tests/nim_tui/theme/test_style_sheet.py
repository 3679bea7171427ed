from __future__ import annotations

from textual.color import Color

from nim_tui.theme.style_sheet import ParsedOnce


def sheet() -> ParsedOnce:
    made = ParsedOnce(variables={"ink": "#111111"})
    made.add_source("Label { color: $ink; }", ("one", ""))
    made.reparse()
    return made


def test_a_source_is_not_parsed_again_when_another_one_is_added() -> None:
    made = sheet()
    (first,) = made.rules
    made.add_source("Static { color: $ink; }", ("two", ""))
    made.reparse()
    assert [rule is first for rule in made.rules] == [True, False]
    assert set(made.rules_map) == {"Label", "Static"}
    made.set_variables({"ink": "#111111"})
    made.reparse()
    assert made.rules[0] is first


def test_other_variables_reach_every_source() -> None:
    made = sheet()
    made.set_variables({"ink": "#222222"})
    made.reparse()
    (rule,) = made.rules
    assert rule.styles.color == Color.parse("#222222")
