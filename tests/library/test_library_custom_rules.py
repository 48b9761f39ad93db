"""Rules of one's own, in code."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from leaksift import ConfigError, CustomRule, PrivacyFilter, Severity, UsageError

STAFF = CustomRule(
    "staff-number",
    r"\bstaff (?P<value>E-[0-9]{6})\b",
    label="account_number",
    severity="warn",
    marker="[staff]",
)


def ships(text: str) -> Iterator[tuple[int, int]]:
    for match in re.finditer("Titania|Oberon", text):
        yield match.span()


def test_a_pattern_finds_its_value_and_says_how_serious_it_is() -> None:
    with PrivacyFilter.load(model="none", rules=[STAFF]) as one:
        (span,) = one.detect("by staff E-123456 today").spans
        assert (span.rule, span.severity, span.marker) == ("staff-number", Severity.WARN, "[staff]")
        assert one.redact("by staff E-123456 today").text == "by staff [staff] today"
        assert "staff-number" in {rule.id for rule in one.rules}


def test_a_function_finds_what_no_pattern_can_say() -> None:
    rule = CustomRule("project-name", find=ships, label="private_person", max_length=7)
    with PrivacyFilter.load(model="none", rules=[rule], section=64) as one:
        text = "The Titania met the Oberon. " * 20
        assert one.redact(text).text == "The [private_person] met the [private_person]. " * 20
        assert "".join(one.redact(iter(text))) == one.redact(text).text


def test_a_specific_rule_wins_over_one_of_ours_that_only_matches_more() -> None:
    wide = CustomRule("whole-line", r"mail [^\n]{1,80}", label="private_url", precision="low")
    with PrivacyFilter.load(model="none", rules=[wide]) as one:
        assert [span.rule for span in one.detect("mail jane.doe@acme.io").spans] == [
            "email-address"
        ]


def test_a_rule_s_words_must_stand_near() -> None:
    rule = CustomRule("badge", r"\b[0-9]{5}\b", label="account_number", keywords=("Badge",))
    with PrivacyFilter.load(model="none", presets=(), rules=[rule]) as one:
        assert one.redact("badge 12345").text == "badge [account_number]"
        assert one.redact("room 12345").text == "room 12345"


@pytest.mark.parametrize("pattern", [r"(?<=x)secret", r"(a+)\1", r"(?!y)x"])
def test_a_pattern_without_linear_time_is_refused_with_the_reason(pattern: str) -> None:
    with pytest.raises(ConfigError, match="rule own: the pattern cannot be matched in linear") as e:
        PrivacyFilter.load(model="none", rules=[CustomRule("own", pattern)])
    assert "\n" not in str(e.value)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"id": "Own Rule", "pattern": "a"}, "small letters"),
        ({"id": "own"}, "a pattern or a function"),
        ({"id": "own", "pattern": "a", "find": ships}, "not both"),
        ({"id": "own", "pattern": "("}, "no regular expression"),
        ({"id": "own", "pattern": "a", "label": "person"}, "label is one of"),
        ({"id": "own", "pattern": "a", "severity": "high"}, "severity is one of"),
        ({"id": "own", "pattern": "a", "precision": "best"}, "precision is one of"),
        ({"id": "own", "pattern": "a", "max_length": 0}, "max_length"),
        ({"id": "own", "find": ships, "keywords": ("a",)}, "keywords"),
    ],
)
def test_a_wrong_rule_is_one_clear_line(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        CustomRule(**fields)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigError, match="two rules are called 'email-address'"):
        PrivacyFilter.load(model="none", rules=[CustomRule("email-address", "a")])


def test_a_function_s_span_outside_of_the_text_is_an_error_without_the_text() -> None:
    rule = CustomRule("own", find=lambda text: [(0, len(text) + 1)])
    with (
        PrivacyFilter.load(model="none", rules=[rule]) as one,
        pytest.raises(UsageError, match="rule own: its function gave the span 0 to 7") as caught,
    ):
        one.detect("abc123")
    assert "abc123" not in str(caught.value)
