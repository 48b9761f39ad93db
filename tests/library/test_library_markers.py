"""What stands where something was found."""

from __future__ import annotations

import re

import pytest

from leaksift import CustomRule, FoundSpan, Hashed, Numbered, PrivacyFilter, UsageError
from tests.library.private_texts import TOKEN

TEXT = f"Ask jane.doe@acme.io or Jane.Doe@acme.io, not bob@acme.io; {TOKEN}"


@pytest.fixture(scope="module")
def whole() -> PrivacyFilter:
    rule = CustomRule("staff-number", r"\bE-[0-9]{6}\b", label="account_number", marker="[staff]")
    return PrivacyFilter.load(model="none", rules=[rule])


def test_the_label_stands_for_the_value_unless_the_rule_says_otherwise(
    whole: PrivacyFilter,
) -> None:
    assert whole.redact(TEXT).text == (
        "Ask [private_email] or [private_email], not [private_email]; [secret]"
    )
    assert whole.redact("by E-123456").text == "by [staff]"


def test_the_same_value_has_the_same_number(whole: PrivacyFilter) -> None:
    expected = "Ask [private_email_1] or [private_email_1], not [private_email_2]; [secret_1]"
    assert whole.redact(TEXT, "numbered").text == expected
    assert whole.redact("bob@acme.io", "numbered").text == "[private_email_1]"


def test_an_object_keeps_its_numbers_over_all_calls(whole: PrivacyFilter) -> None:
    numbers = Numbered()
    whole.redact(TEXT, numbers)
    assert whole.redact("bob@acme.io", numbers).text == "[private_email_2]"
    assert "".join(whole.redact(["new@ac", "me.io"], numbers)) == "[private_email_3]"


def test_credentials_that_differ_in_capitals_are_not_the_same(whole: PrivacyFilter) -> None:
    span = whole.detect(TOKEN).spans[0]
    numbers = Numbered()
    assert numbers.mark(span, "aB") == "[secret_1]"
    assert numbers.mark(span, "ab") == "[secret_2]"


def test_a_hash_is_the_same_within_a_filter_and_with_the_same_key(whole: PrivacyFilter) -> None:
    made = whole.redact(TEXT, "hash").text
    first, second, third, _ = re.findall(r"\[\w+#([0-9a-f]{16})\]", made)
    assert first == second != third
    assert whole.redact("bob@acme.io", "hash").text == f"[private_email#{third}]"
    with PrivacyFilter.load(model="none") as other:
        assert other.redact(TEXT, "hash").text != made
        key = b"k" * 32
        assert other.redact(TEXT, Hashed(key)).text == whole.redact(TEXT, Hashed(key)).text


def test_a_hash_needs_a_key_that_nobody_guesses() -> None:
    with pytest.raises(UsageError, match="16 bytes"):
        Hashed(b"short")


def test_a_mapping_goes_by_rule_then_label_then_star(whole: PrivacyFilter) -> None:
    markers = {"github-token": "<TOKEN>", "secret": "<SECRET>", "private_email": None}
    made = whole.redact(TEXT + " E-123456", markers)
    assert made.text == TEXT.replace(TOKEN, "<TOKEN>") + " [staff]"
    assert made.summary.left == 3
    assert whole.redact(TEXT, {"*": Numbered(), "secret": "x"}).text.endswith(
        "[private_email_2]; x"
    )


def test_a_callable_gets_the_span_and_the_value(whole: PrivacyFilter) -> None:
    def mask(span: FoundSpan, value: str) -> str | None:
        return value[0] + "***" if span.label == "private_email" else None

    assert whole.redact(TEXT, mask).text == f"Ask j*** or J***, not b***; {TOKEN}"
    with pytest.raises(UsageError, match="int"):
        whole.redact(TEXT, lambda span, value: 1)  # type: ignore[arg-type,return-value]


def test_none_leaves_everything_and_still_tells(whole: PrivacyFilter) -> None:
    made = whole.redact(TEXT, None)
    assert made.text == TEXT
    assert made.contains_private_data and made.summary.left == made.summary.spans == 4
    assert {span.marker for span in made.spans} == {None}


@pytest.mark.parametrize("markers", ["labels", "", 7, [1]])
def test_what_is_no_marker_is_refused(whole: PrivacyFilter, markers: object) -> None:
    with pytest.raises(UsageError) as caught:
        whole.redact(TEXT, markers)  # type: ignore[call-overload]
    assert "\n" not in str(caught.value)


def test_markers_tell_nothing_about_the_values_in_their_repr(whole: PrivacyFilter) -> None:
    numbers = Numbered()
    whole.redact(TEXT, numbers)
    assert "jane" not in repr(numbers) + repr(vars(numbers))
