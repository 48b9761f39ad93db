"""Composite rules: one half of a pair makes the other one surer, or a finding at all."""

import pytest

from leaksift.document import Document
from leaksift.rules.engine import RuleDetector
from leaksift.rules.rule import SCORES, parse_rules

RULE = r"""
[[rules]]
id = "pair"
title = "Pair"
why = "why"
fix = "fix"
severity = "block"
label = "secret"
pattern = 'secret=(?P<value>[a-z0-9]{8})'
beside = '\bID[0-9]{4}\b'
beside-lines = 2
ONLY
precision = "medium"
security-severity = 8
cwe = 798
"""


def scores(only: str, text: str) -> list[float]:
    rules = parse_rules(RULE.replace("ONLY", only).encode(), "test")
    [spans] = RuleDetector(rules).detect([Document("a", text, len(text))])
    return [span.score for span in spans]


def test_the_other_half_raises_the_score() -> None:
    assert scores("", "secret=abcd1234") == [SCORES["medium"]]
    assert scores("", "id=ID1234\nsecret=abcd1234") == [SCORES["high"]]
    assert scores("", "secret=abcd1234\n\nid=ID1234") == [SCORES["high"]]


def test_without_the_other_half_there_is_no_finding_where_the_rule_says_so() -> None:
    assert scores("beside-only = true", "secret=abcd1234") == []
    assert scores("beside-only = true", "ID1234 secret=abcd1234") == [SCORES["high"]]


@pytest.mark.parametrize(("lines", "raised"), [(1, True), (2, True), (3, False)])
def test_the_other_half_must_stand_within_so_many_lines(lines: int, raised: bool) -> None:
    before = "ID1234" + "\n" * lines + "secret=abcd1234"
    after = "secret=abcd1234" + "\n" * lines + "ID1234"
    for text in (before, after):
        assert (scores("", text) == [SCORES["high"]]) is raised


def test_a_match_is_not_its_own_other_half() -> None:
    rule = RULE.replace(r"\bID[0-9]{4}\b", "[a-z0-9]{8}").replace("ONLY", "beside-only = true")
    [spans] = RuleDetector(parse_rules(rule.encode(), "t")).detect(
        [Document("a", "secret=abcd1234", 15)]
    )
    assert spans == []


def test_the_other_half_on_a_long_line_must_be_near() -> None:
    assert scores("", "ID1234 " + "x" * 3000 + " secret=abcd1234") == [SCORES["medium"]]
    assert scores("", "ID1234 " + "x" * 1000 + " secret=abcd1234") == [SCORES["high"]]
