"""A pattern of somebody's own: linear in the text, or refused with the reason."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift.document import Document
from leaksift.errors import ConfigError
from leaksift.rules.engine import RuleDetector
from leaksift.rules.linear import bounded, reason
from leaksift.rules.own import make_own_rule

LINEAR = [
    r"acme_[a-z0-9]+",
    r"(?i)acme[-_ ]?key\s*[:=]\s*(?P<value>\S{8,40})",
    r"(?:[a-z]+\.)+acme",
    r'"(?:\\.|[^"\\])*"',
    r"(?:-[a-z]+|_[a-z]+)*x",
    r"(?:%[0-9a-f]{2}|[a-z])+z",
    r"(?:ab|ac)+d",
]
COSTLY = {
    r"(a+)+b": "a repeat stands in a repeat",
    r"(?:a|aa)+c": "a repeat stands in a repeat",
    r"(?:[a-z]?[a-z]?)+1": "a repeat stands in a repeat",
    r"(?:\w+\s?)*!": "a repeat stands in a repeat",
    r"(?:.*,){20}P": "a repeat stands in a repeat",
    r".*a.*b.*c": "takes too long",
    r"a(?=b)": "Zero-width",
    r"(?<!x)a": "Zero-width",
    r"(a)\1": "Back-references",
    r"[[:alpha:]]x": "set within a set",
    r"a*": "matches empty",
    r"(": "no regular expression",
}


@pytest.mark.parametrize("pattern", LINEAR)
def test_an_ordinary_pattern_can_be_used(pattern: str) -> None:
    assert reason(pattern, 512) is None


@pytest.mark.parametrize("pattern", COSTLY)
def test_a_pattern_that_may_take_too_long_is_refused_with_the_reason(pattern: str) -> None:
    assert COSTLY[pattern] in (reason(pattern, 512) or "")


def test_the_refusal_names_file_and_rule_in_one_line() -> None:
    with pytest.raises(ConfigError) as caught:
        make_own_rule({"id": "own", "title": "Own", "pattern": "(a+)+b"}, ".leaksift.toml")
    assert str(caught.value).startswith(
        ".leaksift.toml: rule own: its pattern cannot be matched in"
    )
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("pattern", "with_ends"),
    [
        ("a+b*", "a{1,9}b{0,9}"),
        ("a{3,}", "a{3,9}"),
        ("a{12,}", "a{12,12}"),
        (r"\+[+*]+?", r"\+[+*]{1,9}?"),
        ("a{2,4}(?:b)+", "a{2,4}(?:b){1,9}"),
        (r"[]+]*[^]+]+\\+", r"[]+]{0,9}[^]+]{1,9}\\{1,9}"),
    ],
)
def test_every_repeat_gets_an_end(pattern: str, with_ends: str) -> None:
    assert bounded(pattern, 9) == with_ends


@given(st.text(alphabet="ab+*?()|[]{}1,\\d", max_size=16))
def test_an_end_to_repeats_keeps_a_pattern_a_pattern(pattern: str) -> None:
    try:
        re.compile(pattern)
    except (re.error, FutureWarning, OverflowError):
        return
    if re.search(r"[?*+}]\+", pattern):
        return  # possessive since Python 3.11
    assert re.compile(bounded(pattern, 40)).groups == re.compile(pattern).groups


@pytest.mark.parametrize("pattern", LINEAR)
def test_a_hostile_text_takes_time_that_grows_with_its_length(pattern: str) -> None:
    rule = make_own_rule({"id": "own", "title": "Own", "pattern": pattern}, "test")
    detector = RuleDetector([rule])
    piece = {LINEAR[2]: "abc.", LINEAR[3]: '"\\', LINEAR[4]: "-a_b"}.get(pattern, "acme_key=a")

    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        begun = time.process_time()
        detector.detect([Document("x", text, len(text))])
        return time.process_time() - begun

    seconds(1_000)
    assert any(seconds(40_000) < max(3.5 * seconds(20_000), 0.5) for _ in range(2))
