"""The detector as other rooms use it: nothing loaded too early, the same findings every time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaksift.document import Document
from leaksift.errors import ModelError
from leaksift.finding import Span
from leaksift.model.calibration import OperatingPoint
from leaksift.model.detector import ModelDetector
from leaksift.model.directory import ModelDirectory
from leaksift.model.reader import ModelReader
from leaksift.model.session import Logits, OnnxSession


@pytest.fixture(scope="module")
def detector(tiny: ModelDirectory) -> ModelDetector:
    return ModelDetector(tiny)


def document(text: str, path: str = "a.txt") -> Document:
    return Document(path, text, len(text.encode("utf-8", "replace")))


sentences = st.lists(
    st.sampled_from(["Ada Lind", " lives at ", "12 Harbour Lane", "\n", "x = 'y'", "東京", "404"]),
    max_size=30,
).map("".join)


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(sentences, max_size=8), order=st.randoms())
def test_a_document_has_the_same_spans_to_the_last_bit_in_any_company(detector, texts, order):
    together = detector.detect([document(text) for text in texts])
    assert together == [detector.detect([document(text)])[0] for text in texts]
    shuffled = list(enumerate(texts))
    order.shuffle(shuffled)
    again = detector.detect([document(text) for _, text in shuffled])
    assert again == [together[index] for index, _ in shuffled]


def test_the_number_of_threads_changes_no_bit(tiny: ModelDirectory):
    texts = [f"{number} Harbour Lane, call Ada Lind " * number for number in range(1, 25)]
    one = ModelReader(tiny, OperatingPoint(), threads=1).read(texts)
    assert one == ModelReader(tiny, OperatingPoint(), threads=4).read(texts)
    assert sum(map(len, one)) > 500


class Recorded:
    """The real session, with a record of the shapes it ran."""

    packing = None

    def __init__(self, session: OnnxSession, rows_independent: bool) -> None:
        self.session = session
        self.rows_independent = rows_independent
        self.shapes: list[tuple[int, ...]] = []

    def run(self, input_ids: np.ndarray, attention_mask: np.ndarray) -> Logits:
        self.shapes.append(input_ids.shape)
        return self.session.run(input_ids, attention_mask)


def read(tiny: ModelDirectory, session: Recorded, texts: Sequence[str]) -> list[list[Span]]:
    return ModelReader(tiny, OperatingPoint(), session=session, threads=1).read(texts)


def test_short_texts_share_a_batch_only_where_rows_cannot_influence_each_other(tiny):
    texts = [f"call Ada on 555-01{number:02d}" for number in range(20)]
    session = OnnxSession(tiny.graph, len(tiny.tags))
    sharing, alone = Recorded(session, True), Recorded(session, False)
    assert read(tiny, sharing, texts) == read(tiny, alone, texts)
    assert sharing.shapes == [(20, 32)]
    assert alone.shapes == [(1, 32)] * 20


def test_a_model_that_computes_no_numbers_is_one_clear_line(tiny):
    class Broken(Recorded):
        def run(self, input_ids: np.ndarray, attention_mask: np.ndarray) -> Logits:
            logits = self.session.run(input_ids, attention_mask).tokens.copy()
            logits[0, 1, 7] = np.nan
            return Logits(logits, None)

    broken = Broken(OnnxSession(tiny.graph, len(tiny.tags)), True)
    with pytest.raises(ModelError, match="not a number") as caught:
        read(tiny, broken, ["my password is hunter2"])
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_offsets_count_characters_whatever_stands_before(detector, tiny):
    body = "Ada Lind, 12 Harbour Lane; naïve 東京都 x = load(y)\n" * 8
    prefix = "\U0001f469\U0001f3fd\u200d\U0001f4bb e\u0301 мир\n"
    assert len(prefix.encode()) > 2 * len(prefix)
    # Beyond the receptive field, what stands before moves the spans by its characters, no more.
    far = 4 * tiny.receptive_field
    plain = detector.detect([document(body)])[0]
    after = detector.detect([document(prefix + body)])[0]
    expected = [(s.start + len(prefix), s.end + len(prefix), s.label) for s in plain]
    assert len([span for span in plain if span.start > far]) > 50
    assert [span for span in expected if span[0] > len(prefix) + far] == [
        (s.start, s.end, s.label) for s in after if s.start > len(prefix) + far
    ]


def test_empty_and_blank_documents_have_no_spans(detector):
    assert detector.detect([]) == []
    assert detector.detect([document(""), document(" \n\t")]) == [[], []]


def run_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


LOADED = (
    "print(sorted({'numpy', 'onnxruntime', 'tokenizers'} & {m.split('.')[0] for m in sys.modules}))"
)


def test_nothing_heavy_is_loaded_until_there_is_a_text(tiny_path: Path):
    start = (
        "import sys; from pathlib import Path; from leaksift.document import Document;"
        "from leaksift.model.directory import open_model_directory;"
        "from leaksift.model.detector import ModelDetector;"
        f"detector = ModelDetector(open_model_directory(Path({str(tiny_path)!r})));"
        "detector.rules; detector.detect([]); detector.detect([Document('a', ' ', 1)]);"
    )
    assert run_python(start + LOADED) == "[]"
    after = start + "detector.detect([Document('a', 'text', 4)]);" + LOADED
    assert run_python(after) == "['numpy', 'onnxruntime', 'tokenizers']"


def test_the_session_is_opened_once(tiny):
    detector = ModelDetector(tiny)
    detector.detect([document("one")])
    opened = detector._reader
    detector.detect([document("two")])
    assert detector._reader is opened


def test_a_long_line_is_read_to_its_end(detector):
    text = "lorem ipsum dolor " * 1_000
    spans = detector.detect([document(text)])[0]
    assert spans[-1].end > len(text) - 200
    assert spans == detector.detect([document("x"), document(text)])[1]


@pytest.mark.slow
def test_a_line_of_a_million_characters_takes_bounded_memory_and_time(tiny_path: Path):
    if sys.platform != "linux":
        pytest.skip("the peak is read from /proc")
    code = (
        "import re, time; from pathlib import Path; from leaksift.document import Document;"
        "from leaksift.model.directory import open_model_directory;"
        "from leaksift.model.detector import ModelDetector;"
        f"detector = ModelDetector(open_model_directory(Path({str(tiny_path)!r})));"
        "text = ('lorem ipsum dolor sit amet 12345 ' * 40000)[:1_000_000];"
        "spans = detector.detect([Document('a', text, len(text))])[0];"
        "assert spans[-1].end > 999_000;"
        # Not getrusage: its peak is also that of whoever started the process.
        "status = Path('/proc/self/status').read_text();"
        r"print(int(re.search(r'VmHWM:\s*(\d+)', status)[1]) // 1024, time.process_time())"
    )
    # A random model is the worst case: nearly every token is in a span.
    peak_mib, cpu_seconds = map(float, run_python(code).split())
    assert peak_mib < 1_000
    assert cpu_seconds < 120
