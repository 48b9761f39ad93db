"""Texts that share rows with others, or are read in parts, have the bits that they have alone.

With the exported graphs of a small random model: 2 layers that see 8 tokens to each side.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaksift.document import Document, LineRange
from leaksift.errors import ModelError
from leaksift.export.build import export_model
from leaksift.finding import CATEGORIES, Reading
from leaksift.model.calibration import OperatingPoint
from leaksift.model.categories import category_of
from leaksift.model.detector import ModelDetector
from leaksift.model.directory import ModelDirectory, open_model_directory
from leaksift.model.onnx_weights import parse_external_files, parse_metadata
from leaksift.model.reader import ModelReader
from leaksift.model.session import Logits, OnnxSession, Packing
from leaksift.model.tokenize import Tokens, encode, open_tokenizer
from tests.model.random_checkpoint import RandomCheckpoint

PIECES = ["Ada Lind", " lives at ", "12 Harbour Lane", "\n", "x = 'y'", "東京", "404", " "]
texts_of_pieces = st.lists(st.sampled_from(PIECES), min_size=1, max_size=120).map("".join)
TEXT = "".join(PIECES[number * number % 8] for number in range(400))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All three forms of one model."""
    out = tmp_path_factory.mktemp("packing") / "model"
    for form in ("fp32", "q4", "int8"):
        export_model(RandomCheckpoint(CATEGORIES), out, form)
    return out


@pytest.fixture(scope="session", params=["int8", "fp32"])
def model(folder: Path, request: pytest.FixtureRequest) -> ModelDirectory:
    """A form whose rows are independent."""
    return open_model_directory(folder, request.param)


@pytest.fixture(scope="session")
def session(model: ModelDirectory) -> OnnxSession:
    return OnnxSession(model.graph, len(model.tags))


class Watched:
    """A session that refuses what the graph does not allow, and keeps the shapes that it ran."""

    def __init__(self, session: OnnxSession) -> None:
        self.session = session
        self.packing = session.packing
        self.rows_independent = session.rows_independent
        self.shapes: list[tuple[int, ...]] = []
        self.segments = 0

    def run(self, ids: np.ndarray, segments: np.ndarray, positions: np.ndarray) -> Logits:
        assert isinstance(self.packing, Packing)
        self.shapes.append(ids.shape)
        dense = ids.shape[1] <= self.packing.dense_limit
        assert dense or len(ids) == 1
        for row, place in zip(segments, positions, strict=True):
            numbers = range(1, row.max() + 1)
            assert not dense or len(numbers) == 1
            for number in numbers:
                here = np.flatnonzero(row == number)
                assert (np.diff(here) == 1).all()
                assert (np.diff(place[here]) == 1).all()
                assert here[0] % self.packing.block == place[here[0]] % self.packing.block == 0
            self.segments += len(numbers)
        return self.session.run(ids, segments, positions)


def reader(model: ModelDirectory, session: object, **options: int) -> ModelReader:
    options = {"threads": 1, **options}
    return ModelReader(model, OperatingPoint(), session=session, **options)


def tokens_of(model: ModelDirectory, text: str) -> Tokens:
    return encode(open_tokenizer(model.tokenizer, model.vocabulary), text)


def alone(model: ModelDirectory, session: OnnxSession, tokens: Tokens) -> Logits:
    """The logits of one text in a run of its own, as the graph's own rules want it."""
    count = len(tokens)
    length = 128 if count <= 128 else -(-max(count, 129) // 64) * 64
    ids = np.zeros((1, length), dtype=np.int64)
    mask = np.zeros((1, length), dtype=np.int64)
    ids[0, :count], mask[0, :count] = tokens.ids, 1
    outputs = session.run(ids, mask)
    return Logits(outputs.tokens[0, :count], outputs.documents, outputs.document_tokens[0, :count])


requests = st.lists(
    st.tuples(
        texts_of_pieces, st.none() | st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30)))
    ),
    min_size=1,
    max_size=12,
)


def stretches(text: str, drawn: Sequence[tuple[float, int]] | None) -> tuple | None:
    if drawn is None:
        return None
    starts = sorted((int(at * len(text)), length) for at, length in drawn)
    joined: list[tuple[int, int]] = []
    for start, length in starts:
        end = min(len(text), start + length)
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


@settings(max_examples=40, deadline=None)
@given(drawn=requests, order=st.randoms(), threads=st.integers(1, 4))
def test_a_text_and_its_changed_parts_have_the_same_reading_in_any_company(
    model, session, drawn, order, threads
):
    together = [(text, stretches(text, places)) for text, places in drawn]
    order.shuffle(together)
    texts, places = zip(*together, strict=True)
    found = reader(model, Watched(session), threads=threads).readings(texts, places)
    own = reader(model, session)
    assert found == [own.readings([text], [place])[0] for text, place in together]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 700), min_size=1, max_size=12))
def test_logits_are_those_of_the_text_in_a_run_of_its_own(model, session, counts):
    tokens = [tokens_of(model, (TEXT * 2)[count % 50 :][:count]) for count in counts]
    watched = Watched(session)
    for row, found in zip(tokens, reader(model, watched).logits(tokens), strict=True):
        assert np.array_equal(found, alone(model, session, row).tokens)
    assert watched.segments == len(counts)


@pytest.mark.parametrize("window", [96, 192, 1024])
def test_windows_have_the_bits_of_the_whole_text(model, session, window):
    tokens = tokens_of(model, TEXT)
    assert len(tokens) > 1_500
    expected = alone(model, session, tokens)
    watched = Watched(session)
    by_windows = reader(model, watched, window_tokens=window)
    assert np.array_equal(by_windows.logits([tokens])[0], expected.tokens)
    assert watched.segments > 1
    category = by_windows.readings([TEXT])[0].category
    assert category == reader(model, session, window_tokens=8_192).readings([TEXT])[0].category
    mean = expected.document_tokens.mean(axis=0, dtype=np.float64)
    assert category == category_of(CATEGORIES, mean.tolist())


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_a_part_has_the_bits_of_the_whole_text_and_the_rest_is_background(model, session, data):
    tokens = tokens_of(model, TEXT[: data.draw(st.integers(30, 1_500))])
    edges = sorted(data.draw(st.sets(st.integers(0, len(tokens)), min_size=2, max_size=8)))
    runs = tuple(zip(edges[::2], edges[1::2], strict=False))
    found = reader(model, Watched(session), window_tokens=192).logits([tokens], [runs])[0]
    whole = alone(model, session, tokens).tokens
    wanted = np.zeros(len(tokens), dtype=bool)
    for first, last in runs:
        wanted[first:last] = True
    assert np.array_equal(found[wanted], whole[wanted])
    assert (found[~wanted].max(axis=1) == 1e4).all()


def test_the_way_a_text_is_computed_is_decided_by_the_text_and_not_by_its_part(model, session):
    short, long = tokens_of(model, TEXT[:120]), tokens_of(model, TEXT[:130])
    assert (len(short), len(long)) < (129, 1_000)
    for tokens in (short, long):
        watched = Watched(session)
        reader(model, watched).logits([tokens], [((3, 5),)])
        dense = watched.shapes[0][1] <= 128
        assert dense == (len(tokens) <= 128)


def test_hunks_go_in_equal_batches_and_longer_texts_share_rows(model, session):
    watched = Watched(session)
    texts = [TEXT[start : start + 25] for start in range(40)]
    texts += [TEXT[start : start + 150] for start in range(40)]
    reader(model, watched).read(texts)
    assert watched.segments == 80
    tokens = [count * length for count, length in watched.shapes]
    assert max(tokens) <= 1_024
    # Of full rows little is empty.
    assert sum(tokens) <= sum(-(-len(tokens_of(model, text)) // 64) * 64 for text in texts) * 1.2


def test_scattered_changes_cost_at_most_one_reading_of_the_text(model, session):
    text = "".join(f"{number}: Ada Lind lives at {number} Harbour Lane\n" for number in range(200))
    every_other = tuple(LineRange(line, line) for line in range(1, 200, 2))
    watched = Watched(session)
    detector = ModelDetector(model)
    detector._reader = reader(model, watched)
    changed = Document("a", text, len(text), changed=every_other)
    detector.detect([changed])
    read = sum(rows * length for rows, length in watched.shapes)
    assert read <= len(tokens_of(model, text)) * 1.2


def test_a_change_in_a_large_file_is_read_with_its_receptive_field_alone(model, session):
    text = "".join(
        f"{number}: Ada Lind lives at {number} Harbour Lane\n" for number in range(2_000)
    )
    watched = Watched(session)
    detector = ModelDetector(model)
    detector._reader = reader(model, watched)
    detector.detect([Document("a", text, len(text), changed=(LineRange(900, 900),))])
    # The line, 64 tokens on each side that a span may begin in, the field, and the grid.
    [(rows, length)] = watched.shapes
    assert rows == 1
    assert length <= 320


def test_q4_reads_each_text_alone_and_windows_differ_by_rounding_only(folder):
    model = open_model_directory(folder, "q4")
    session = OnnxSession(model.graph, len(model.tags))
    assert not session.rows_independent
    texts = [TEXT[start : start + 200] for start in range(6)] + [TEXT[start:20] for start in (0, 9)]
    together = reader(model, session, threads=3).readings(texts)
    assert together == [reader(model, session).readings([text])[0] for text in texts]
    tokens = tokens_of(model, TEXT)
    windows = reader(model, session, window_tokens=192).logits([tokens])[0]
    assert np.abs(windows - alone(model, session, tokens).tokens).max() < 1e-4


def test_the_fastest_form_is_read_where_no_variant_is_named(folder):
    assert open_model_directory(folder).graph.name == "model_int8.onnx"


def test_what_a_graph_says_of_itself_is_read_without_opening_it(folder):
    graph = folder / "onnx" / "model_int8.onnx"
    opened = onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    assert parse_metadata(graph.read_bytes()) == opened.get_modelmeta().custom_metadata_map
    assert parse_external_files(graph.read_bytes()) == ["model_int8.onnx_data"]


# Damage


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    export_model(RandomCheckpoint(CATEGORIES), tmp_path / "model", "int8")
    return tmp_path / "model"


def refusal(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        ModelDetector(open_model_directory(path)).detect([Document("a.txt", "some text", 9)])
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message


@pytest.mark.parametrize("share", [0, 0.5, 0.999])
def test_weights_cut_short_are_one_clear_line(copy, share):
    weights = copy / "onnx" / "model_int8.onnx_data"
    weights.write_bytes(weights.read_bytes()[: int(weights.stat().st_size * share)])
    assert "missing or cut short; fetch the model again" in refusal(copy)


def test_missing_weights_are_one_clear_line(copy):
    (copy / "onnx" / "model_int8.onnx_data").unlink()
    assert "model_int8.onnx_data" in refusal(copy)


def rewritten(copy: Path, **metadata: str) -> Path:
    """The model with other metadata; a value of nothing leaves the key out."""
    import onnx

    file = copy / "onnx" / "model_int8.onnx"
    graph = onnx.load(file, load_external_data=False)
    values = {entry.key: entry.value for entry in graph.metadata_props}
    values |= {f"leaksift.{key}": value for key, value in metadata.items()}
    onnx.helper.set_model_props(graph, {key: value for key, value in values.items() if value})
    file.write_bytes(graph.SerializeToString())
    return copy


@pytest.mark.parametrize("value", ["x", "0", "-64", "9" * 40, "六"])
def test_a_block_that_is_no_number_is_one_clear_line(copy, value):
    assert "leaksift.block" in refusal(rewritten(copy, block=value))


def test_a_graph_that_does_not_say_how_to_pack_reads_each_text_from_position_0(copy, session):
    model = open_model_directory(rewritten(copy, block="", rows_independent=""))
    texts = [TEXT[:100], TEXT[:400]]
    found: list[Reading] = ModelReader(model, OperatingPoint(), threads=1).readings(texts)
    assert all(reading.category for reading in found)
    assert found[0] == ModelReader(model, OperatingPoint(), threads=1).readings(texts[:1])[0]
