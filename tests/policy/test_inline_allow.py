"""Allow comments: where they count, for what, and that they cannot be abused to print a value."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift.document import Document
from leaksift.finding import Label, Span
from leaksift.policy.inline import AllowComments, allow_comments

RULES = ("github-pat", "stripe-key", "iban")
VALUE = "V4lu3" * 4


def span(text: str, rule: str = "github-pat", label: Label = "secret", value: str = VALUE) -> Span:
    start = text.index(value)
    return Span(start, start + len(value), label, rule, 0.9, "rule")


def comments(text: str) -> tuple[Document, AllowComments]:
    document = Document("a.py", text, len(text))
    return document, allow_comments(document, RULES)


def allowed(text: str, rule: str = "github-pat", label: Label = "secret") -> bool:
    document, found = comments(text)
    return found.allows(document, span(text, rule, label))


@pytest.mark.parametrize(
    "comment",
    [
        "# leaksift: allow github-pat -- revoked",
        "// leaksift: allow github-pat",
        "/* leaksift: allow github-pat */",
        "/* leaksift: allow github-pat -- revoked */",
        "<!-- leaksift: allow github-pat -->",
        "-- leaksift: allow github-pat -- revoked",
        "; leaksift: allow github-pat",
        "% leaksift: allow github-pat",
        '" leaksift: allow github-pat',
        "REM leaksift: allow github-pat",
        "rem leaksift:allow github-pat",
        "{{/* leaksift: allow github-pat */}}",
        "{# leaksift: allow iban, github-pat #}",
        "(* leaksift: allow iban , github-pat *)",
        "# leaksift: allow: github-pat",
        '"leaksift: allow github-pat",',
        "#leaksift:allow github-pat",
    ],
)
def test_a_comment_in_any_syntax_allows_its_line_and_alone_the_next(comment: str) -> None:
    assert allowed(f"x = {VALUE} {comment}\n")
    assert allowed(f"{comment}\nx = {VALUE}\n")
    assert allowed(f"    {comment}\r\n    x = {VALUE}\r\n")
    assert not allowed(f"{comment}\n\nx = {VALUE}\n")
    assert not allowed(f"x = {VALUE} {comment}\n", "stripe-key")


def test_a_comment_behind_code_says_nothing_about_the_next_line() -> None:
    assert not allowed(f"y = 1  # leaksift: allow github-pat\nx = {VALUE}\n")
    assert not allowed(f"/* leaksift: allow github-pat */ y = 1;\nx = {VALUE}\n")


def test_a_comment_after_the_line_does_not_count() -> None:
    assert not allowed(f"x = {VALUE}\n# leaksift: allow github-pat\n")


def test_comments_above_each_other_reach_the_code_below() -> None:
    text = f"# leaksift: allow github-pat -- a\n# leaksift: allow stripe-key -- b\nx = {VALUE}\n"
    assert allowed(text, "github-pat")
    assert allowed(text, "stripe-key")
    assert not allowed(text, "iban", "account_number")


@pytest.mark.parametrize("names", ["", "*", "all", "all -- tests", "-- no id", "iban, *"])
def test_without_an_id_every_rule_is_allowed(names: str) -> None:
    assert allowed(f"x = {VALUE}  # leaksift: allow {names}\n", "private-email", "private_email")


def test_the_end_of_a_block_comment_is_not_the_star_for_every_rule() -> None:
    assert not allowed(f"x = {VALUE} /* leaksift: allow iban, */\n", "github-pat")


def test_a_list_of_ids_in_quotes_is_not_taken_for_every_rule() -> None:
    assert not allowed(f'x = {VALUE}  # leaksift: allow "iban"\n', "github-pat")
    assert not allowed(f"x = {VALUE}  # leaksift: allow(iban)\n", "github-pat")


@pytest.mark.parametrize("text", ["leaksift: allowed", "leaksift: allow-all", "xleaksift: allow"])
def test_what_only_looks_like_the_mark_allows_nothing(text: str) -> None:
    assert not allowed(f"x = {VALUE}  # {text}\n")


def test_a_finding_over_several_lines_is_allowed_by_a_comment_on_any_of_them() -> None:
    value = "first\nsecond  # leaksift: allow github-pat\nthird"
    text = f"a\nx = {value}\nb\n"
    document, found = comments(text)
    assert found.allows(document, span(text, value=value))
    above = f"# leaksift: allow github-pat\n{VALUE}\n{VALUE}\n"
    document, found = comments(above)
    assert found.allows(
        document, Span(above.index(VALUE), len(above), "secret", "github-pat", 1, "rule")
    )


@pytest.mark.parametrize(
    "mark",
    [
        "gitleaks:allow",
        "betterleaks:allow",
        "trufflehog:ignore",
        "kingfisher:ignore",
        "ggignore",
        "pragma: allowlist secret",
        "pragma:allowlist secret",
        "pragma: whitelist secret",
    ],
)
def test_the_marks_of_other_scanners_allow_secrets_on_their_own_line(mark: str) -> None:
    assert allowed(f"x = {VALUE}  # {mark}\n")
    assert not allowed(f"x = {VALUE}  # {mark}\n", "private-email", "private_email")
    assert not allowed(f"# {mark}\nx = {VALUE}\n")
    assert not allowed(f"x = {VALUE}  # {mark}er\n")


def test_the_nextline_pragma_allows_the_next_line_only() -> None:
    assert allowed(f"# pragma: allowlist nextline secret\nx = {VALUE}\n")
    assert not allowed(f"x = {VALUE}  # pragma: allowlist nextline secret\n")


def test_an_unknown_id_has_no_effect_and_is_said_with_the_near_one() -> None:
    text = f"a\nx = {VALUE}  # leaksift: allow github-pta\n"
    document, found = comments(text)
    assert not found.allows(document, span(text))
    (warning,) = found.warnings
    assert warning.startswith("a.py:2: ")
    assert "did you mean github-pat?" in warning


def test_an_unknown_id_does_not_spoil_the_known_ones() -> None:
    text = f"x = {VALUE}  # leaksift: allow nothing-known, github-pat\n"
    document, found = comments(text)
    assert found.allows(document, span(text))
    assert len(found.warnings) == 1


def test_the_models_ids_are_known_without_a_model() -> None:
    assert not comments("x  # leaksift: allow private-person\n")[1].warnings


@given(st.text(alphabet="abcdefXYZ0123456789_-", min_size=3, max_size=80))
def test_a_value_written_in_place_of_the_id_is_not_repeated(value: str) -> None:
    _, found = comments(f"x = 1  # leaksift: allow q{value}\n")
    for warning in found.warnings:
        assert f"q{value}" not in warning


def test_a_name_with_control_characters_stays_on_one_line() -> None:
    document = Document("a\n\x1b[2J.py", "# leaksift: allow nothing\n", 26)
    (warning,) = allow_comments(document, RULES).warnings
    assert warning.isprintable()


def test_one_long_line_full_of_marks_is_read_in_reasonable_time() -> None:
    text = "/* leaksift: allow typo */ x; " * 40_000
    started = time.process_time()
    _, found = comments(text)
    assert time.process_time() - started < 5
    assert len(found.warnings) <= 10


@given(st.text(alphabet='leaksift: alow*,-#/"\n pragmscretxn', max_size=200))
def test_no_text_makes_it_fail(text: str) -> None:
    comments("leaksift:" + text)
