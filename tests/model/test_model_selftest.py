"""A processor that multiplies integers inexactly is noticed, and what happens then."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from leaksift.document import Document
from leaksift.errors import ModelError
from leaksift.export.build import export_model
from leaksift.model.backend import SELF_TEST, form_of, needs_test, open_session
from leaksift.model.detector import ModelDetector
from leaksift.model.directory import ModelDirectory, open_model_directory
from leaksift.model.numpy_session import NumpySession
from leaksift.model.providers import ON_CPU, import_onnxruntime
from leaksift.model.selftest import integer_products
from leaksift.model.session import OnnxSession
from leaksift.pipeline import EMBEDDED_MODEL
from tests.model.random_checkpoint import RandomCheckpoint
from training.selftest_graph import build

TEXT = "".join(f"{n}: Ada, {n * 37} Harbour Lane; code {n * 4711}.\n" for n in range(30))


@pytest.fixture
def saturating(tmp_path: Path) -> Path:
    """The self-test's graph as a processor without VNNI would compute it, roughly: what is beyond
    16 bits is cut off."""
    model = onnx.load(SELF_TEST)
    for node in model.graph.node:
        node.output[0] += "_exact"
    names = {"low": np.float32(-(2**15)), "high": np.float32(2**15 - 1)}
    model.graph.initializer.extend(numpy_helper.from_array(v, k) for k, v in names.items())
    nodes = model.graph.node
    for name, kind in (("plain", TensorProto.INT32), ("centred", TensorProto.FLOAT)):
        nodes.add().CopyFrom(
            helper.make_node("Cast", [f"{name}_exact"], [f"{name}_float"], to=TensorProto.FLOAT)
        )
        nodes.add().CopyFrom(
            helper.make_node("Clip", [f"{name}_float", "low", "high"], [f"{name}_cut"])
        )
        nodes.add().CopyFrom(helper.make_node("Cast", [f"{name}_cut"], [name], to=kind))
    file = tmp_path / "saturating.onnx"
    onnx.save(model, file)
    return file


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random model of the large architecture in the form that multiplies integers."""
    out = tmp_path_factory.mktemp("exported") / "model"
    export_model(RandomCheckpoint(), out, "int8")
    return out


@pytest.fixture
def integers(exported: Path, tmp_path: Path) -> ModelDirectory:
    """A copy of it that a test may add to."""
    return open_model_directory(Path(shutil.copytree(exported, tmp_path / "model")))


def logits(session: OnnxSession | NumpySession) -> np.ndarray:
    ids = np.random.default_rng(1).integers(2, 200, (3, 192))
    return session.run(ids, np.ones_like(ids)).tokens


# The test itself


def test_products_on_this_machine_are_right_in_the_way_that_was_asked_for():
    # On a processor without VNNI the first is what the test is for.
    if "vnni" in _flags():
        assert integer_products(ON_CPU).passed
    assert integer_products(ON_CPU, exact=True).passed
    assert integer_products(ON_CPU).sums > 1000


def _flags() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    return cpuinfo.read_text() if cpuinfo.exists() else ""


def test_the_graph_in_the_package_is_the_one_that_the_script_makes_and_small():
    assert SELF_TEST.read_bytes() == build()
    assert SELF_TEST.stat().st_size < 5_000


def test_the_test_takes_milliseconds():
    import_onnxruntime()
    script = (
        "import time, sys\n"
        "from leaksift.model.providers import ON_CPU, import_onnxruntime\n"
        "import_onnxruntime()\n"
        "from leaksift.model.selftest import integer_products\n"
        "begun = time.process_time()\n"
        "integer_products(ON_CPU)\n"
        "print(time.process_time() - begun)\n"
    )
    took = [
        float(
            subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout
        )
        for _ in range(3)
    ]
    # Measured: 4 ms; a machine that is busy or emulated takes longer.
    assert min(took) < 0.05


def test_it_is_done_once_in_a_process():
    assert integer_products(ON_CPU) is integer_products(ON_CPU)


def test_sums_that_are_cut_off_are_noticed(saturating):
    result = integer_products(ON_CPU, graph=saturating)
    assert not result.passed
    assert 100 < result.wrong < result.sums


def test_a_graph_that_cannot_be_run_is_no_pass(tmp_path):
    for number, content in enumerate([b"", b"no graph", SELF_TEST.read_bytes()[:2000]]):
        file = tmp_path / f"{number}.onnx"
        file.write_bytes(content)
        assert not integer_products(ON_CPU, graph=file).passed


# Which graphs need it


def test_only_graphs_that_multiply_integers_are_tested(tiny, tiny_embedded, integers, saturating):
    assert form_of(integers) == "int8"
    assert needs_test("int8")
    assert needs_test("quantized")
    for directory in (tiny, tiny_embedded):
        assert not needs_test(form_of(directory))
        opened = open_session(directory, None, test_graph=saturating)
        assert isinstance(opened.session, OnnxSession)
        assert (opened.notices, opened.substitute) == ((), False)


@pytest.mark.skipif(not EMBEDDED_MODEL.is_dir(), reason="no model is shipped")
def test_the_embedded_model_multiplies_no_integers():
    operators = {node.op_type for node in onnx.load(EMBEDDED_MODEL / "model.onnx").graph.node}
    assert "MatMul" in operators
    assert not [name for name in operators if "Integer" in name or "Q" in name or "Quant" in name]


def test_a_published_graph_is_known_by_its_name(tiny_copy):
    (tiny_copy / "onnx").mkdir(exist_ok=True)
    graph = next(tiny_copy.glob("model.onnx"))
    graph.rename(tiny_copy / "onnx" / "model_quantized.onnx")
    assert form_of(open_model_directory(tiny_copy)) == "quantized"


# What happens when it fails


def test_a_passed_test_changes_nothing(integers):
    if not integer_products(ON_CPU).passed:
        pytest.skip("this processor has no VNNI")
    opened = open_session(integers, None)
    assert (opened.notices, opened.substitute) == ((), False)


@pytest.mark.parametrize(
    "name", ["onnx/model_q4.onnx", "onnx/model_q4f16.onnx", "onnx/model_fp16.onnx", "model.onnx"]
)
def test_a_failed_test_takes_another_graph_of_the_same_model_and_says_so(
    integers, tiny_path, saturating, name
):
    shutil.copyfile(tiny_path / "model.onnx", integers.path / name)
    opened = open_session(integers, None, test_graph=saturating)
    assert opened.substitute
    (notice,) = opened.notices
    assert "(x86 without VNNI)" in notice
    assert f"{Path(name).name} is read in the place of model_int8.onnx" in notice
    expected = OnnxSession(tiny_path / "model.onnx", len(integers.tags))
    assert np.array_equal(logits(opened.session), logits(expected))


def test_without_another_graph_a_failed_test_is_one_clear_line(integers, saturating):
    with pytest.raises(ModelError, match="no other form of the model: fetch one of q4") as caught:
        open_session(integers, None, test_graph=saturating)
    assert "\n" not in str(caught.value)
    assert "model_int8.onnx" in str(caught.value)


def test_the_embedded_architecture_is_then_read_by_numpy(tiny_embedded_path, tmp_path, saturating):
    folder = Path(shutil.copytree(tiny_embedded_path, tmp_path / "model"))
    model = onnx.load(folder / "model.onnx")
    helper.set_model_props(model, {"leaksift.form": "int8", "leaksift.rows_independent": "1"})
    onnx.save(model, folder / "model.onnx")
    opened = open_session(open_model_directory(folder), None, test_graph=saturating)
    assert isinstance(opened.session, NumpySession)
    assert "NumPy reads the model, which is slower" in opened.notices[0]


def test_the_exact_way_gives_the_same_bits(integers):
    classes = len(integers.tags)
    if not integer_products(ON_CPU).passed:
        pytest.skip("this processor has no VNNI")
    fast = OnnxSession(integers.graph, classes)
    exact = OnnxSession(integers.graph, classes, exact=True)
    assert np.array_equal(logits(fast), logits(exact))


QEMU = shutil.which("qemu-x86_64") or shutil.which("qemu-x86_64-static")

SCRIPT = """
import json, sys
from pathlib import Path
from leaksift.document import Document
from leaksift.model.detector import ModelDetector
from leaksift.model.directory import open_model_directory
from leaksift.model.providers import ON_CPU
from leaksift.model.selftest import integer_products
directory = open_model_directory(Path(sys.argv[1]))
detector = ModelDetector(directory)
text = sys.argv[2]
spans = [(s.start, s.end, s.label, s.score) for s in detector.detect([Document("a", text, 9)])[0]]
passed = [integer_products(ON_CPU).passed, integer_products(ON_CPU, exact=True).passed]
print(json.dumps([spans, detector.notices, passed]))
"""


@pytest.mark.slow
@pytest.mark.skipif(
    QEMU is None or platform.machine() != "x86_64" or sys.platform != "linux",
    reason="needs qemu-x86_64 (Debian: qemu-user), which has processors without VNNI",
)
def test_on_a_processor_without_vnni_the_spans_are_the_same_and_the_reader_is_told(integers):
    here = ModelDetector(integers)
    spans = here.detect([Document("a", TEXT, len(TEXT))])[0]
    assert len(spans) > 5
    # A processor of 2013: AVX2, and sums of 16 bits that are cut off.
    done = subprocess.run(
        [str(QEMU), "-cpu", "Haswell-v4", sys.executable, "-c", SCRIPT, integers.path, TEXT],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found, notices, passed = json.loads(done.stdout)
    assert passed == [False, True]
    (notice,) = notices
    assert "(x86 without VNNI): a slower way is taken, with the same results" in notice
    assert [tuple(span[:3]) for span in found] == [(s.start, s.end, s.label) for s in spans]
    assert [span[3] for span in found] == pytest.approx([s.score for s in spans], abs=1e-4)
