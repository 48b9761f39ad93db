"""Whichever program computes the model, the spans are the same."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import leaksift
from leaksift.document import Document
from leaksift.errors import LeaksiftError, ModelError, UsageError
from leaksift.finding import Reading
from leaksift.model import numpy_session
from leaksift.model.backend import open_session, wanted_backend
from leaksift.model.detector import ModelDetector
from leaksift.model.directory import ModelDirectory, open_model_directory
from leaksift.model.numpy_session import NumpySession
from leaksift.model.onnx_weights import parse_weights
from leaksift.model.reader import ModelReader
from leaksift.model.session import OnnxSession

SHIPPED = Path(leaksift.__file__).parent / "model" / "embedded"

MODELS = [
    pytest.param(Path(__file__).parent / "tiny_embedded", id="tiny"),
    pytest.param(
        SHIPPED,
        id="shipped",
        marks=pytest.mark.skipif(not SHIPPED.is_dir(), reason="no model is shipped yet"),
    ),
]


@pytest.fixture(scope="module", params=MODELS)
def model(request: pytest.FixtureRequest) -> ModelDirectory:
    return open_model_directory(request.param)


@pytest.fixture(scope="module")
def onnx(model: ModelDirectory) -> OnnxSession:
    return OnnxSession(model.graph, len(model.tags))


@pytest.fixture(scope="module")
def in_numpy(model: ModelDirectory) -> NumpySession:
    return NumpySession(model)


def texts() -> list[str]:
    """Code, data and prose, of one token to several windows, with values that are made up."""
    own = random.Random(3)
    people = ["Ada Lindqvist", "Bram Okafor", "Chiara Ruiz", "Дмитрий Иванов", "山田 太郎"]
    lines = [
        'user = {{"name": "{who}", "phone": "+44 20 7946 0{n:03d}", "id": {n}}}',
        "Dear {who}, the parcel for {n} Harbour Lane, Bristol, comes on 3 May 19{m}.",
        "def load_{m}(path, *, limit={n}): return open(path).read()[:{n}]",
        "INSERT INTO t VALUES ({n}, '{who}', '19{m}-0{d}-1{d}', 'DE{n}0040044{n}');",
        "password: {letters}  # {who}",
        "| {n} | ok | {letters} |",
        "2024-0{d}-11T0{d}:00:0{d}Z INFO login of {who} from 192.0.2.{m}",
    ]

    def line() -> str:
        letters = "".join(own.choices("abcDEF0189xyz!", k=own.randrange(6, 20)))
        numbers = {"n": own.randrange(100, 1000), "m": own.randrange(10, 99)}
        return own.choice(lines).format(
            who=own.choice(people), letters=letters, d=own.randrange(1, 9), **numbers
        )

    short = ["", " \n", "x", "\U0001f600", "naïve 東京都", "a" * 3000, "\n" * 200]
    return short + ["\n".join(line() for _ in range(count)) for count in (*range(1, 40, 4), 100)]


Readings = list[Reading]


@pytest.fixture(scope="module")
def readings(
    model: ModelDirectory, onnx: OnnxSession, in_numpy: NumpySession
) -> tuple[Readings, Readings]:
    """The same texts as both read them."""
    ours, theirs = (
        ModelReader(model, model.operating_point("default"), session=session).readings(texts())
        for session in (in_numpy, onnx)
    )
    return ours, theirs


def test_spans_are_the_same(readings):
    ours, theirs = (
        [[(span.start, span.end, span.label) for span in reading.spans] for reading in of_one]
        for of_one in readings
    )
    assert sum(map(len, theirs)) > 100
    assert ours == theirs


def test_scores_and_categories_are_the_same_as_far_as_reports_show_them(readings):
    for ours, theirs in zip(*readings, strict=True):
        scores = [span.score for span in theirs.spans]
        assert [span.score for span in ours.spans] == pytest.approx(scores, abs=1e-4)
        assert (ours.category is None) == (theirs.category is None)
        if ours.category and theirs.category:
            assert ours.category.name == theirs.category.name
            expected = dict(theirs.category.probabilities)
            assert dict(ours.category.probabilities) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("length", [1, 31, 32, 33, 48, 200])
def test_logits_differ_by_no_more_than_rounding_in_a_padded_batch(model, onnx, in_numpy, length):
    random_ids = np.random.default_rng(length).integers(2, 300, (3, length))
    mask = np.ones_like(random_ids)
    mask[1, length // 2 + 1 :] = 0
    ours, theirs = in_numpy.run(random_ids, mask), onnx.run(random_ids, mask)
    assert ours.tokens.dtype == ours.documents.dtype == np.float32
    scale = np.abs(theirs.tokens).max()
    assert np.abs(ours.tokens - theirs.tokens)[mask == 1].max() < 1e-4 * scale
    assert np.abs(ours.documents - theirs.documents).max() < 1e-4 * np.abs(theirs.documents).max()


def test_a_row_has_the_same_bits_alone_and_in_a_batch(model, onnx, in_numpy):
    for session in (onnx, in_numpy):
        assert session.rows_independent
        for length in (32, 48, 96, 256):
            ids = np.random.default_rng(1).integers(2, 300, (7, length))
            mask = np.ones_like(ids)
            mask[3, 20:] = 0
            together = session.run(ids, mask)
            for row in range(len(ids)):
                alone = session.run(ids[row : row + 1], mask[row : row + 1])
                assert np.array_equal(alone.tokens[0], together.tokens[row])
                assert np.array_equal(alone.documents[0], together.documents[row])


def test_what_padding_holds_changes_nothing(in_numpy):
    ids = np.full((1, 96), 5)
    mask = np.zeros_like(ids)
    mask[0, :40] = 1
    first = in_numpy.run(ids, mask)
    ids[0, 40:] = 77
    second = in_numpy.run(ids, mask)
    assert np.array_equal(first.tokens[0, :40], second.tokens[0, :40])
    assert np.array_equal(first.documents, second.documents)


def test_weights_have_the_types_and_shapes_of_the_file(model):
    weights = parse_weights(model.graph.read_bytes())
    stored = {name.rpartition(".")[2]: array.dtype for name, array in weights.items()}
    assert stored["int8"] == np.int8
    assert stored.get("half", np.float16) == np.float16
    assert weights["tags.bias"].shape == (33,)


# Which backend


def test_the_environment_chooses_the_backend(tiny_embedded):
    assert isinstance(open_session(tiny_embedded, "numpy")[0], NumpySession)
    assert isinstance(open_session(tiny_embedded, "onnxruntime")[0], OnnxSession)
    assert isinstance(open_session(tiny_embedded, None)[0], OnnxSession)
    assert wanted_backend({"LEAKSIFT_BACKEND": "numpy"}) == "numpy"
    assert wanted_backend({"LEAKSIFT_BACKEND": ""}) is None
    assert wanted_backend({}) is None


def test_a_backend_that_there_is_not_is_one_clear_line(tiny_embedded, monkeypatch):
    monkeypatch.setenv("LEAKSIFT_BACKEND", "torch")
    with pytest.raises(UsageError, match="onnxruntime, numpy, not 'torch'"):
        ModelDetector(tiny_embedded)


SCAN = """
import json, sys
from pathlib import Path
{before}
import leaksift
flags = {{"model": {model!r}, "presets": [], "cache": False}}
loaded = leaksift.load_config(Path.cwd(), flags=flags)
try:
    result = leaksift.scan(leaksift.Target("paths", paths=(".",)), loaded)
except leaksift.LeaksiftError as error:
    print(json.dumps({{"error": str(error), "code": error.exit_code}}))
else:
    found = [(f.start, f.end, f.rule, f.category) for f in result.findings]
    loaded = sorted({{"onnxruntime", "numpy"}} & {{m for m in sys.modules if sys.modules[m]}})
    print(json.dumps({{"found": found, "notices": result.notices, "loaded": loaded}}))
"""
WITHOUT_ONNXRUNTIME = "sys.modules['onnxruntime'] = None  # importing it now fails"


def scanned(folder: Path, model: Path, before: str = "", backend: str = "") -> dict[str, object]:
    (folder / "notes.txt").write_text("\n".join(texts()[-5:-1]), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", SCAN.format(before=before, model=str(model))],
        cwd=folder,
        env={**os.environ, "LEAKSIFT_BACKEND": backend},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return dict(json.loads(done.stdout))


def test_without_onnxruntime_numpy_reads_the_model_and_the_report_says_so(
    tmp_path, tiny_embedded_path
):
    usual = scanned(tmp_path, tiny_embedded_path)
    other = scanned(tmp_path, tiny_embedded_path, WITHOUT_ONNXRUNTIME)
    assert usual["notices"] == []
    assert other["notices"] == [
        "onnxruntime cannot be imported: NumPy reads the model, which is slower"
    ]
    assert other["loaded"] == ["numpy"]
    assert other["found"] == usual["found"]
    assert len(usual["found"]) > 10


def test_reading_with_onnxruntime_leaves_no_files_behind(tmp_path, tiny_embedded_path, monkeypatch):
    work, home, temporary = (tmp_path / name for name in ("work", "home", "temporary"))
    for folder in (work, home, temporary):
        folder.mkdir()
    for name in ("HOME", "USERPROFILE", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(home))
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(temporary))
    for name in ("XDG_CACHE_HOME", "ORT_DISABLE_TELEMETRY"):
        monkeypatch.delenv(name, raising=False)
    assert "onnxruntime" in scanned(work, tiny_embedded_path)["loaded"]
    assert [*home.rglob("*"), *temporary.rglob("*")] == []


def test_the_numpy_backend_that_was_asked_for_needs_no_notice_and_no_onnxruntime(
    tmp_path, tiny_embedded_path
):
    asked = scanned(tmp_path, tiny_embedded_path, backend="numpy")
    assert asked["notices"] == []
    assert asked["loaded"] == ["numpy"]


def test_onnxruntime_that_was_asked_for_and_is_not_there_is_an_error(tmp_path, tiny_embedded_path):
    refused = scanned(tmp_path, tiny_embedded_path, WITHOUT_ONNXRUNTIME, "onnxruntime")
    assert "onnxruntime cannot be imported" in refused["error"]
    assert "LEAKSIFT_BACKEND=numpy" in refused["error"]
    assert refused["code"] == 3


def test_what_is_left_of_an_onnxruntime_that_was_half_removed_is_none(tmp_path, tiny_embedded_path):
    # As after `pip uninstall` of one of two packages that hold the same files.
    left = "import types; sys.modules['onnxruntime'] = types.ModuleType('onnxruntime')"
    assert "cannot be imported" in scanned(tmp_path, tiny_embedded_path, left)["notices"][0]
    refused = scanned(tmp_path, tiny_embedded_path, left, "onnxruntime")
    assert "only parts of it are there" in refused["error"]


def test_a_model_of_another_architecture_needs_onnxruntime_and_says_so(tmp_path, tiny_path):
    for before, backend in ((WITHOUT_ONNXRUNTIME, ""), ("", "numpy")):
        refused = scanned(tmp_path, tiny_path, before, backend)
        assert "knows only the embedded architecture" in refused["error"]
        assert str(tiny_path) in refused["error"]
        assert refused["code"] == 3


# Damaged files


@pytest.fixture
def copy(tiny_embedded_path: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_embedded_path, tmp_path / "model"))


def refusal(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        NumpySession(open_model_directory(path))
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message


@pytest.mark.parametrize("content", [b"\0\xff\0", b"[1]", b"\x0f" * 50, b"\xff" * 50])
def test_a_file_that_is_no_graph_is_named(copy, content):
    (copy / "model.onnx").write_bytes(content)
    assert "model.onnx" in refusal(copy)


@pytest.mark.parametrize("share", [0.01, 0.5, 0.9])
def test_a_graph_cut_short_is_named(copy, share):
    graph = copy / "model.onnx"
    graph.write_bytes(graph.read_bytes()[: int(graph.stat().st_size * share)])
    assert "model.onnx" in refusal(copy)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"hidden_size": 64}, "it has no weight"),
        ({"layers": "CACA"}, "layers.3"),
        ({"layers": "CAT"}, "letters A and C"),
        ({"layers": 3}, "letters A and C"),
        ({"reach": "far"}, "reach is not a whole number"),
        ({"kernel_size": 0}, "kernel_size is not a whole number"),
        ({"num_attention_heads": 5}, "does not divide"),
        ({"vocab_size": 1_000_000}, "embedding.weight.int8"),
    ],
)
def test_a_configuration_that_does_not_fit_the_weights_is_refused(copy, change, said):
    file = copy / "config.json"
    settings = {**json.loads(file.read_text(encoding="utf-8")), **change}
    file.write_text(json.dumps(settings), encoding="utf-8")
    assert said in refusal(copy)


def test_a_token_outside_the_vocabulary_is_one_clear_line(tiny_embedded):
    with pytest.raises(ModelError, match="outside of its vocabulary"):
        NumpySession(tiny_embedded).run(np.full((1, 32), 9_999), np.ones((1, 32), dtype=np.int64))


def test_inputs_of_different_shapes_are_refused(tiny_embedded):
    with pytest.raises(ValueError, match="batch, tokens"):
        NumpySession(tiny_embedded).run(np.zeros((1, 4), np.int64), np.ones((1, 5), np.int64))


def test_weights_that_are_no_numbers_are_one_clear_line(tiny_embedded, monkeypatch):
    def damaged(data: bytes) -> dict[str, np.ndarray]:
        weights = parse_weights(data)
        return {**weights, "norm.weight": np.full_like(weights["norm.weight"], np.nan)}

    monkeypatch.setattr(numpy_session, "parse_weights", damaged)
    monkeypatch.setenv("LEAKSIFT_BACKEND", "numpy")
    with pytest.raises(ModelError, match="not a number"):
        ModelDetector(tiny_embedded).read([Document("a", "some text", 9)])


@given(st.data())
def test_any_bytes_are_weights_or_a_value_error(tiny_embedded_path, data):
    graph = (tiny_embedded_path / "model.onnx").read_bytes()
    changed = bytearray(graph[: data.draw(st.integers(0, len(graph)))] or b"\0")
    for _ in range(data.draw(st.integers(0, 5))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        parse_weights(bytes(changed))
    except ValueError as error:
        assert not isinstance(error, LeaksiftError)
