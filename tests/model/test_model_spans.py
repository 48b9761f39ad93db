"""From a row of tags to spans of characters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaksift.finding import LABELS, Span
from leaksift.model.calibration import Biases, OperatingPoint
from leaksift.model.directory import ModelDirectory
from leaksift.model.reader import ModelReader
from leaksift.model.spans import spans_of
from leaksift.model.tags import ALL_TAGS, BACKGROUND, Tag
from leaksift.model.tokenize import Tokens

TAGS = tuple(sorted(ALL_TAGS, key=str))


def spans(text: str, *tokens: tuple[int, int, Tag]) -> list[Span]:
    """Spans for tokens (start, end, tag) whose chosen class has probability 1/2 exactly."""
    classes = np.array([TAGS.index(tag) for _, _, tag in tokens], dtype=np.intp)
    logits = np.zeros((len(tokens), len(TAGS)), dtype=np.float32)
    logits[np.arange(len(tokens)), classes] = np.log(len(TAGS) - 1)
    starts, ends = (np.array(column, dtype=np.int32) for column in list(zip(*tokens))[:2])  # noqa: B905
    rows = Tokens(np.zeros(len(tokens), dtype=np.int64), starts, ends)
    return spans_of(text, rows, logits, classes, TAGS)


def person(boundary: str) -> Tag:
    return Tag(boundary, "private_person")


def test_blanks_at_the_ends_do_not_belong_to_a_span():
    text = "by  Maria Lind \n"
    found = spans(text, (0, 2, BACKGROUND), (2, 9, person("B")), (9, 16, person("E")))
    assert [text[span.start : span.end] for span in found] == ["Maria Lind"]


def test_a_span_of_blanks_only_is_none():
    assert spans("a \t\n", (0, 1, BACKGROUND), (1, 4, person("S"))) == []


def test_a_span_has_the_label_its_rule_and_the_mean_probability():
    (span,) = spans("Maria Lind", (0, 5, person("B")), (5, 10, person("E")))
    assert (span.label, span.rule, span.detector) == ("private_person", "private-person", "model")
    assert span.score == pytest.approx(0.5)


def test_spans_that_touch_stay_apart():
    found = spans("王小明李華", (0, 3, person("S")), (3, 5, person("S")))
    assert [(span.start, span.end) for span in found] == [(0, 3), (3, 5)]


def test_a_character_divided_between_two_spans_of_one_label_joins_them():
    tokens = [(0, 1, person("B")), (1, 2, person("E")), (1, 2, person("B")), (2, 3, person("E"))]
    found = spans("a東b", *tokens)
    assert [(span.start, span.end) for span in found] == [(0, 3)]
    assert found[0].score == pytest.approx(0.5)


def test_a_character_divided_between_two_labels_goes_to_the_first():
    found = spans(
        "a東b",
        (0, 1, person("B")),
        (1, 2, person("E")),
        (1, 2, Tag("B", "secret")),
        (2, 3, Tag("E", "secret")),
    )
    assert [(span.start, span.end, span.label) for span in found] == [
        (0, 2, "private_person"),
        (2, 3, "secret"),
    ]


@pytest.fixture(scope="module")
def reader(tiny: ModelDirectory) -> ModelReader:
    return ModelReader(tiny, OperatingPoint(Biases(background_to_start=2.0)), threads=1)


awkward = st.text(st.sampled_from("ab 1\n\t\u3000東é\u0301\u200d\U0001f469\U0001f3fd\ud800\xa0"))


@settings(max_examples=150, deadline=None)
@given(text=st.one_of(st.text(), awkward))
def test_spans_of_any_text_are_sorted_apart_trimmed_and_inside_the_text(reader, text):
    end = 0
    for span in reader.read([text])[0]:
        assert end <= span.start < span.end <= len(text)
        value = text[span.start : span.end]
        assert value == value.strip()
        assert span.label in LABELS
        assert 0 < span.score <= 1
        end = span.end
