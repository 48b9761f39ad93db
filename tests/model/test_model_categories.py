"""What a document is about: one answer for each, from the same reading that finds the spans."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift.document import Document, LineRange
from leaksift.errors import ModelError
from leaksift.finding import CATEGORIES
from leaksift.model.categories import category_of, parse_categories
from leaksift.model.detector import ModelDetector
from leaksift.model.directory import ModelDirectory, open_model_directory
from leaksift.model.reader import ModelReader
from leaksift.model.session import Logits, OnnxSession
from leaksift.model.tokenize import encode, open_tokenizer
from leaksift.model.windows import plan_windows, window_length


@pytest.fixture(scope="module")
def detector(tiny_embedded: ModelDirectory) -> ModelDetector:
    return ModelDetector(tiny_embedded)


def document(text: str, changed: tuple[LineRange, ...] | None = None) -> Document:
    return Document("a.txt", text, len(text.encode()), changed=changed)


LINES = "".join(f"Ada lives at {number} Harbour Lane\n" for number in range(400))


def test_a_model_names_its_categories(tiny_embedded):
    assert tiny_embedded.categories == CATEGORIES


def test_every_document_with_text_has_one_of_the_categories(detector):
    readings = detector.read([document("Ada Lind"), document(" \n"), document("x = load(y)")])
    assert [reading.category is None for reading in readings] == [False, True, False]
    for reading in (readings[0], readings[2]):
        assert tuple(reading.category.probabilities) == CATEGORIES
        assert sum(reading.category.probabilities.values()) == pytest.approx(1)
        assert reading.category.probability == max(reading.category.probabilities.values())


def test_a_text_of_one_window_has_the_answer_of_the_model(tiny_embedded, detector):
    text = "Ada Lind lives at 12 Harbour Lane, call 020 7946 0958"
    ids = encode(open_tokenizer(tiny_embedded.tokenizer, 320), text).ids[None]
    logits = OnnxSession(tiny_embedded.graph, 33).run(ids, np.ones_like(ids)).documents[0]
    powers = np.exp(logits.astype(float) - logits.max())
    assert list(detector.read([document(text)])[0].category.probabilities.values()) == (
        pytest.approx((powers / powers.sum()).tolist(), abs=1e-4)
    )


def test_every_token_of_a_long_text_has_the_same_say(tiny_embedded):
    class Told:
        """A session whose windows are about a category of their own, by their length."""

        rows_independent = True
        packing = None

        def run(self, ids: np.ndarray, mask: np.ndarray) -> Logits:
            documents = np.zeros((len(ids), 10), dtype=np.float32)
            documents[np.arange(len(ids)), mask.sum(1) % 10] = 1
            return Logits(np.zeros((*ids.shape, 33), dtype=np.float32), documents)

    reader = ModelReader(tiny_embedded, tiny_embedded.operating_point("default"), session=Told())
    tokens = encode(open_tokenizer(tiny_embedded.tokenizer, 320), LINES)
    field = tiny_embedded.receptive_field
    windows = plan_windows(len(tokens), window_length(field), field)
    assert len(windows) > 5
    sums = np.zeros(10)
    for window in windows:
        sums[window.length % 10] += window.keep_end - window.keep_start
    assert sums.sum() == len(tokens)
    expected = category_of(CATEGORIES, (sums / len(tokens)).tolist())
    assert reader.readings([LINES])[0].category.probabilities == pytest.approx(
        dict(expected.probabilities)
    )


def test_a_document_has_the_same_category_in_any_company_and_any_number_of_threads(tiny_embedded):
    texts = [LINES[: 37 * number + 1] for number in range(40)] + [LINES]
    alone = [
        ModelReader(tiny_embedded, tiny_embedded.operating_point("default"), threads=1).readings(
            [text]
        )[0]
        for text in texts[::9]
    ]
    together = ModelReader(
        tiny_embedded, tiny_embedded.operating_point("default"), threads=4
    ).readings(texts)
    assert together[::9] == alone


def test_of_changed_lines_the_category_is_that_of_what_was_read(detector):
    sport = "the match was won by the home team\n" * 60
    other = "x = load(path) + 12\n" * 400
    text = other + sport
    changed = (LineRange(430, 440),)
    part = detector.read([document(text, changed)])[0].category
    whole = detector.read([document(text)])[0].category
    assert part is not None
    assert dict(part.probabilities) != pytest.approx(dict(whole.probabilities), abs=1e-3)
    # What is far from the changed lines has no say.
    longer = detector.read([document("y\n" * 900 + text, (LineRange(1330, 1340),))])[0].category
    assert dict(longer.probabilities) == pytest.approx(dict(part.probabilities), abs=1e-4)


def test_where_nothing_changed_nothing_is_told(detector):
    assert detector.read([document("Ada Lind\n", ())])[0].category is None


def test_a_model_that_names_no_categories_tells_none(tiny: ModelDirectory):
    assert tiny.categories == ()
    assert ModelDetector(tiny).read([document("Ada Lind")])[0].category is None


# Names and probabilities


def edited(path: Path, target: Path, id2category: object) -> Path:
    copy = Path(shutil.copytree(path, target))
    config = json.loads((copy / "config.json").read_text(encoding="utf-8"))
    config["id2category"] = id2category
    (copy / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return copy


@pytest.mark.parametrize(
    ("id2category", "said"),
    [
        (["Health"], "not an object of names"),
        ({"0": 3}, "not an object of names"),
        ({"0": "Health", "2": "Sports"}, "keys 0 to 1"),
        ({"0": "Health", "1": ""}, "keys 0 to 1"),
        ({"0": "Health", "1": "Health"}, "twice"),
    ],
)
def test_categories_that_make_no_sense_are_one_clear_line(tiny_path, tmp_path, id2category, said):
    copy = edited(tiny_path, tmp_path / "model", id2category)
    with pytest.raises(ModelError, match=said) as caught:
        open_model_directory(copy)
    assert "config.json" in str(caught.value)


def test_a_graph_with_another_number_of_categories_is_one_clear_line(tiny_path, tmp_path):
    copy = edited(tiny_path, tmp_path / "model", {"0": "Health", "1": "Sports"})
    with pytest.raises(ModelError, match="names 2 categories") as caught:
        ModelDetector(open_model_directory(copy)).read([document("some text")])
    assert "\n" not in str(caught.value)


def test_names_are_in_the_order_of_the_classes():
    assert parse_categories({"1": "Sports", "0": "Health"}) == ("Health", "Sports")


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=10))
def test_probabilities_are_probabilities_and_the_first_of_the_likeliest_is_named(logits):
    names = [f"about {number}" for number in range(len(logits))]
    category = category_of(names, logits)
    assert math.isclose(sum(category.probabilities.values()), 1)
    assert all(0 <= value <= 1 for value in category.probabilities.values())
    assert category.name == names[logits.index(max(logits))]
