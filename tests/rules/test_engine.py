"""The engine: what a rule describes is found, in linear time, whatever stands around it."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift.document import Document
from leaksift.errors import ConfigError
from leaksift.rules.engine import RuleDetector
from leaksift.rules.rule import Rule, parse_rules

RULES = r"""
[[rules]]
id = "badge"
title = "Badge"
why = "why"
fix = "fix"
severity = "block"
label = "secret"
pattern = '(?<![A-Za-z0-9])bdg_[A-Za-z0-9]{8,12}(?![A-Za-z0-9])'
anchor = 'bdg_[A-Za-z0-9]{8}'
max-length = 16
precision = "high"
security-severity = 8
cwe = 798

[[rules]]
id = "quoted"
title = "Quoted"
why = "why"
fix = "fix"
severity = "block"
label = "secret"
pattern = 'word=(?P<value>[^\n"]{3,20})"'
max-length = 30
precision = "medium"
security-severity = 5
cwe = 798
generic = true

[[rules]]
id = "near"
title = "Near"
why = "why"
fix = "fix"
severity = "note"
label = "account_number"
pattern = '\b[0-9]{6}\b'
keywords = ["Passport", "ausweis"]
near = 20
precision = "low"
security-severity = 3
cwe = 359
"""


@pytest.fixture(scope="module")
def rules() -> tuple[Rule, ...]:
    return parse_rules(RULES.encode(), "test")


@pytest.fixture(scope="module")
def detector(rules: tuple[Rule, ...]) -> RuleDetector:
    return RuleDetector(rules)


def found(detector: RuleDetector, text: str) -> list[tuple[str, str]]:
    (spans,) = detector.detect([Document("a", text, len(text))])
    return [(span.rule, text[span.start : span.end]) for span in spans]


def test_a_match_is_found_with_its_full_length(detector: RuleDetector) -> None:
    assert found(detector, 'x = "bdg_abcd1234XYZ"') == [("badge", "bdg_abcd1234XYZ")]


def test_what_stands_before_and_after_counts(detector: RuleDetector) -> None:
    assert found(detector, "abdg_abcd1234 bdg_abcd1234abcd9") == []


def test_the_named_group_is_what_is_reported(detector: RuleDetector) -> None:
    assert found(detector, 'word=hello there"') == [("quoted", "hello there")]


@pytest.mark.parametrize("filler", ["é", "日", "\U0001f600", "\ud800", "\r\n"])
def test_positions_are_right_behind_any_character(detector: RuleDetector, filler: str) -> None:
    text = filler * 7 + " bdg_abcd1234 " + filler + ' word=caf\u00e9 \u65e5"'
    assert found(detector, text) == [("badge", "bdg_abcd1234"), ("quoted", "caf\u00e9 \u65e5")]


def test_a_repeat_counts_characters_and_not_bytes(detector: RuleDetector) -> None:
    assert found(detector, f'word={"日月火水" * 5}"') == [("quoted", "日月火水" * 5)]
    assert found(detector, f'word={"日月火水" * 5}日"') == []


def test_a_keyword_must_be_near_before_or_after_in_any_case(detector: RuleDetector) -> None:
    assert found(detector, "PASSPORT no 123456") == [("near", "123456")]
    assert found(detector, "123456 (Ausweis)") == [("near", "123456")]
    assert found(detector, "Ausweis" + " " * 30 + "123456") == []
    assert found(detector, "123456") == []


def test_a_keyword_is_near_behind_characters_of_several_bytes(detector: RuleDetector) -> None:
    assert found(detector, "日" * 500 + "ausweis: 日日 123456") == [("near", "123456")]


@given(st.text(alphabet="bdg_a1 é\n", max_size=80))
def test_the_engine_finds_what_the_pattern_alone_finds(text: str) -> None:
    rules = parse_rules(RULES.encode(), "test")[:1]
    (spans,) = _ONLY_BADGE.detect([Document("a", text, len(text))])
    expected = [match.span() for match in re.finditer(rules[0].pattern, text, re.ASCII)]
    assert [(span.start, span.end) for span in spans] == expected


_ONLY_BADGE = RuleDetector(parse_rules(RULES.encode(), "test")[:1])


def test_the_same_document_gives_the_same_spans_in_any_batch(detector: RuleDetector) -> None:
    texts = ["bdg_abcd1234", "", 'é word=abc"', "passport 123456"]
    documents = [Document(str(n), text, len(text)) for n, text in enumerate(texts)]
    together = detector.detect(documents)
    assert together == [detector.detect([document])[0] for document in documents]


def test_cost_grows_linearly_with_a_line_full_of_candidates(detector: RuleDetector) -> None:
    def cost(count: int) -> float:
        text = "bdg_abcd1234 " * count
        begun = time.process_time()
        assert len(found(detector, text)) == count
        return time.process_time() - begun

    cost(1000)
    small, large = min(cost(20_000) for _ in range(3)), min(cost(80_000) for _ in range(3))
    assert large < small * 12  # four times as much; sixteen would be quadratic


def test_a_pattern_without_an_end_is_refused_with_its_reason() -> None:
    broken = RULES.replace("anchor = 'bdg_[A-Za-z0-9]{8}'", "anchor = '(a'")
    with pytest.raises(ConfigError, match=r"rule badge: .*linear time"):
        RuleDetector(parse_rules(broken.encode(), "test")).detect([Document("a", "x", 1)])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('label = "secret"', 'label = "private"', "label is one of"),
        ('severity = "block"', 'severity = "bad"', "severity is one of"),
        ('precision = "high"', 'precision = "sure"', "precision is one of"),
        ("cwe = 798", "", "missing cwe"),
        ("cwe = 798", "cwe = 798\ncolour = 1", "unknown key colour"),
    ],
)
def test_a_mistake_in_a_rule_names_the_file_and_the_rule(old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigError, match=f"my.toml: rule badge: {message}"):
        parse_rules(RULES.replace(old, new, 1).encode(), "my.toml")
