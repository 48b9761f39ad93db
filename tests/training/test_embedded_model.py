"""The model that is shipped: what is in its directory, and that it does its work at all."""

from __future__ import annotations

from pathlib import Path

import pytest

import leaksift.model
from leaksift.document import Document
from leaksift.finding import LABELS
from leaksift.model.detector import ModelDetector
from leaksift.model.directory import open_model_directory
from leaksift.model.session import OnnxSession

EMBEDDED = Path(leaksift.model.__file__).parent / "embedded"

pytestmark = pytest.mark.skipif(not EMBEDDED.is_dir(), reason="no model is shipped yet")

RECORD = """\
Dear Ms. Caroline Whitfield,
your appointment is confirmed. If you have questions, call +44 20 7946 0182
or write to caroline.whitfield@example.org.
"""

CLEAN = """\
def merge(left, right):
    \"\"\"Merges two sorted lists; version 1.4.2.\"\"\"
    result = []
    while left and right:
        result.append(left.pop(0) if left[0] <= right[0] else right.pop(0))
    return result + left + right
"""


@pytest.fixture(scope="module")
def detector() -> ModelDetector:
    return ModelDetector(open_model_directory(EMBEDDED))


def document(text: str) -> Document:
    return Document("a.txt", text, len(text))


def test_it_is_small_enough_for_the_wheel():
    assert sum(file.stat().st_size for file in EMBEDDED.iterdir()) <= 12_000_000


def test_it_has_three_operating_points_and_a_threshold_for_every_label():
    directory = open_model_directory(EMBEDDED)
    assert sorted(directory.operating_points) == ["default", "precision", "recall"]
    for name, point in directory.operating_points.items():
        assert sorted(point.temperatures) == sorted(LABELS)
        assert sorted(point.thresholds) == ([] if name == "recall" else sorted(LABELS))


def test_its_graph_has_both_heads_and_rows_that_do_not_influence_each_other():
    directory = open_model_directory(EMBEDDED)
    session = OnnxSession(directory.graph, len(directory.tags))
    assert session.rows_independent
    assert session._outputs == ["logits", "doc_logits"]


def test_it_finds_a_name_a_number_and_an_address_in_a_letter(detector):
    [spans] = detector.detect([document(RECORD)])
    found = {(RECORD[span.start : span.end], span.label) for span in spans}
    assert ("Caroline Whitfield", "private_person") in found
    assert ("+44 20 7946 0182", "private_phone") in found
    assert ("caroline.whitfield@example.org", "private_email") in found


def test_it_is_silent_on_ordinary_code(detector):
    assert detector.detect([document(CLEAN)]) == [[]]
