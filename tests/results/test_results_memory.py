"""A text that was read before is not read again, and nothing of it is kept."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import leaksift
from leaksift.document import Document, LineRange
from leaksift.errors import ModelError
from leaksift.finding import Reading
from leaksift.model.detector import ModelDetector, Request
from leaksift.model.directory import open_model_directory
from leaksift.model.reader import ModelReader
from leaksift.model.session import OnnxSession
from leaksift.results import memory as memory_module
from leaksift.results.database import FILE_NAME
from leaksift.results.memory import ReadingMemory

TINY = Path(__file__).parent.parent / "model" / "tiny_embedded"

LINES = "".join(f"Ada Lind lives at {number} Harbour Lane\n" for number in range(12))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LEAKSIFT_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model that a test may change. It is not the embedded one, which reads little text faster
    than it could be looked up."""
    folder = Path(shutil.copytree(TINY, tmp_path / "model"))
    config = folder / "config.json"
    settings = json.loads(config.read_text(encoding="utf-8"))
    config.write_text(json.dumps({**settings, "model_type": "other"}), encoding="utf-8")
    return folder


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The texts that a model read since the test began."""
    texts: list[str] = []
    readings = ModelReader.readings

    def counted(self: ModelReader, given: Sequence[str], *others: Any) -> list[Reading]:
        texts.extend(given)
        return readings(self, given, *others)

    monkeypatch.setattr(ModelReader, "readings", counted)
    yield texts


def document(text: str, path: str = "a.txt", *changed: int) -> Document:
    ranges = tuple(LineRange(line, line) for line in changed) if changed else None
    return Document(path, text, len(text.encode()), changed=ranges)


def detector(model: Path, cache: Path, point: str = "default", **options: Any) -> ModelDetector:
    directory = open_model_directory(model)
    memory = ReadingMemory(cache, directory, **options)
    return ModelDetector(directory, point, memory=memory)


def test_what_was_read_before_is_the_same_to_the_last_bit_and_not_read_again(model, cache, runs):
    texts = [document(LINES[:200]), document(LINES), document("x = 1\n", "b.py"), document(" ")]
    first = detector(model, cache).read(texts)
    assert len(runs) == 3
    assert detector(model, cache).read(texts[::-1]) == first[::-1]
    assert len(runs) == 3
    assert sum(len(reading.spans) for reading in first) > 20
    assert first[0].category is not None
    assert first == ModelDetector(open_model_directory(model)).read(texts)


def test_only_what_is_new_is_read(model, cache, runs):
    detector(model, cache).read([document(LINES), document(LINES[1:])])
    detector(model, cache).read([document(LINES), document("new"), document(LINES[1:])])
    assert runs == [LINES, LINES[1:], "new"]


SCAN = """
import json, sys
from pathlib import Path
import leaksift
loaded = leaksift.load_config(Path.cwd(), flags={"model": sys.argv[1], "presets": []})
result = leaksift.scan(leaksift.Target("paths", paths=(".",)), loaded)
found = [(f.path, f.start, f.end, f.rule, f.score, f.category) for f in result.findings]
heavy = {"onnxruntime", "numpy", "tokenizers"} & {name.split(".")[0] for name in sys.modules}
print(json.dumps({"found": found, "loaded": sorted(heavy)}))
"""


def scanned(folder: Path, model: Path, **environment: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", SCAN, str(model)],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return dict(json.loads(done.stdout))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.txt").write_text(LINES[number * 31 :], encoding="utf-8")
    return folder


def test_the_second_scan_of_a_tree_loads_neither_tokenizer_nor_session(tree, model, cache):
    first = scanned(tree, model)
    assert first["loaded"] == ["numpy", "onnxruntime", "tokenizers"]
    assert len(first["found"]) > 20
    second = scanned(tree, model)
    assert second == {"found": first["found"], "loaded": []}
    assert scanned(tree, model, LEAKSIFT_NO_CACHE="1") == first


# What a reading depends on


def changed_json(file: Path, change: Callable[[Any], object]) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    change(content)
    file.write_text(json.dumps(content), encoding="utf-8")


def other_threshold(model: Path) -> None:
    def change(content: Any) -> None:
        content["operating_points"]["default"]["thresholds"] = {"private_person": 0.9}

    changed_json(model / "viterbi_calibration.json", change)


def other_weights(model: Path) -> None:
    graph = model / "model.onnx"
    content = bytearray(graph.read_bytes())
    at = content.index(b"tags.bias")
    content[at + 20] ^= 1
    times = graph.stat()
    graph.write_bytes(content)
    # Who keeps the time does not keep the content.
    os.utime(graph, ns=(times.st_atime_ns, times.st_mtime_ns))


def other_tokenizer(model: Path) -> None:
    changed_json(model / "tokenizer.json", lambda content: content.update(added=True))


def a_screen(model: Path) -> None:
    (model / "screen.npz").write_bytes(b"not a screen")


@pytest.mark.parametrize(
    "change", [other_threshold, other_weights, other_tokenizer, a_screen], ids=lambda f: f.__name__
)
def test_another_model_reads_again(model, cache, runs, change):
    detector(model, cache).read([document(LINES)])
    change(model)
    try:
        detector(model, cache).read([document(LINES)])
    except ModelError:
        return  # it tried to read, and the model is not one any more
    assert runs == [LINES, LINES]


def test_the_same_model_in_new_files_does_not(model, cache, runs):
    detector(model, cache).read([document(LINES)])
    for file in model.iterdir():
        file.write_bytes(file.read_bytes())
    detector(model, cache).read([document(LINES)])
    assert runs == [LINES]


def test_a_model_that_was_damaged_since_is_an_error_all_the_same(model, cache):
    detector(model, cache).read([document(LINES)])
    graph = model / "model.onnx"
    graph.write_bytes(graph.read_bytes()[:50_000])
    with pytest.raises(ModelError, match=r"model\.onnx"):
        detector(model, cache).read([document(LINES)])


def test_weights_beside_the_graph_belong_to_the_model(tmp_path, cache, runs):
    from leaksift.export.build import export_model
    from tests.model.random_checkpoint import RandomCheckpoint

    model = tmp_path / "exported"
    export_model(RandomCheckpoint(), model, "int8")
    detector(model, cache).read([document(LINES)])
    detector(model, cache).read([document(LINES)])
    assert runs == [LINES]
    weights = model / "onnx" / "model_int8.onnx_data"
    content = bytearray(weights.read_bytes())
    content[-500] ^= 1
    weights.write_bytes(content)
    detector(model, cache).read([document(LINES)])
    assert runs == [LINES, LINES]


def test_another_operating_point_device_or_screening_reads_again(model, cache, runs):
    def read(point: str = "default", **options: Any) -> None:
        directory = open_model_directory(model)
        memory = ReadingMemory(cache, directory)
        ModelDetector(directory, point, memory=memory, **options).read([document(LINES)])

    for _ in range(2):
        read()
        read("recall")
        read(screened=False)
        read(device="cpu")
    assert len(runs) == 4


def test_code_and_prose_changed_lines_and_other_text_are_read_on_their_own(model, cache, runs):
    asked = [
        document(LINES),
        document(LINES, "a.py"),
        document(LINES, "a.txt", 3),
        document(LINES, "a.txt", 3, 5),
        document(LINES + " "),
    ]
    first = [detector(model, cache).read([one])[0] for one in asked]
    assert len(runs) == 5
    assert detector(model, cache).read(asked) == first
    assert detector(model, cache).read([document(LINES, "elsewhere/b.txt")])[0] == first[0]
    assert len(runs) == 5


def test_what_another_graph_read_in_its_place_is_not_kept(model, cache):
    memory = ReadingMemory(cache, open_model_directory(model))
    request = Request(LINES, None, False)
    asked = []

    def read(requests: Sequence[Request]) -> list[Reading]:
        asked.extend(requests)
        return [Reading()]

    memory.read("", [request], read, is_exact=lambda: False)
    memory.read("", [request], read)
    memory.read("", [request], read)
    assert len(asked) == 2


def test_scores_that_are_asked_for_change_nothing_of_what_is_kept(tree, model, cache, runs):
    for least in (0.0, 0.6, 0.0):
        flags = {"model": str(model), "presets": [], "min-score": {"private_person": least}}
        loaded = leaksift.load_config(tree, flags=flags)
        leaksift.scan(leaksift.Target("paths", paths=(str(tree),)), loaded)
    assert len(runs) == 5


# What is kept


def test_nothing_of_a_text_is_in_the_file(tree, model, cache):
    secret = "ghp_" + "Xy7" * 12
    (tree / "private-name.txt").write_text(f"Ada Lind has {secret}\n", encoding="utf-8")
    assert any(path == "private-name.txt" for path, *_ in scanned(tree, model)["found"])
    kept = b"".join(file.read_bytes() for file in cache.glob("readings*"))
    assert len(kept) > 4_096
    for value in (secret, "Ada", "Lind", "Harbour", "private-name", str(tree), str(model)):
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            assert value.encode(encoding) not in kept


def test_the_same_text_has_another_hash_in_another_cache(model, tmp_path):
    rows = []
    for name in "ab":
        detector(model, tmp_path / name).read([document(LINES)])
        import sqlite3

        with sqlite3.connect(tmp_path / name / FILE_NAME) as connection:
            rows.append({key for (key,) in connection.execute("SELECT key FROM rows")})
        connection.close()
    assert rows[0]
    assert not rows[0] & rows[1]


@pytest.mark.parametrize("how", [{"flags": {"cache": False}}, {"variable": "LEAKSIFT_NO_CACHE"}])
def test_who_wants_no_cache_has_none(tree, model, cache, runs, monkeypatch, how):
    if "variable" in how:
        monkeypatch.setenv(how["variable"], "1")
    flags = {"model": str(model), "presets": [], **how.get("flags", {})}
    for _ in range(2):
        loaded = leaksift.load_config(tree, flags=flags)
        leaksift.scan(leaksift.Target("paths", paths=(str(tree),)), loaded)
    assert len(runs) == 10
    assert not list(cache.glob("readings*"))


def test_the_library_keeps_nothing_unless_it_is_asked_to(model, cache, runs):
    for _ in range(2):
        leaksift.PrivacyFilter.load(model=str(model), presets=()).detect(LINES)
    assert len(runs) == 2
    assert not list(cache.glob("readings*"))
    results = {
        leaksift.PrivacyFilter.load(model=str(model), presets=(), cache=True).detect(LINES).spans
        for _ in range(2)
    }
    assert len(results) == 1
    assert len(runs) == 3


def test_the_command_line_says_what_is_kept_and_clears_it(tree, model, cache):
    def command(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "leaksift", *arguments],
            cwd=tree,
            capture_output=True,
            text=True,
        )
        assert done.returncode in (0, 1), done.stderr
        return done.stdout

    command("scan", "--preset", "files", "--model", str(model), "--no-cache")
    assert not list(cache.glob("readings*"))
    command("scan", "--preset", "files", "--model", str(model))
    assert json.loads(command("cache", "info", "--json"))["bytes"]["readings of models"] > 4_096
    command("cache", "clear")
    assert not list(cache.glob("readings*"))


def test_few_characters_are_read_and_not_looked_up_where_the_model_is_fast(model, cache, runs):
    fast = detector(model, cache, least=1_000)
    fast.read([document(LINES[:400])])
    fast.read([document(LINES, "a.txt", 3)])
    assert not cache.exists()
    fast.read([document(LINES * 3)])
    fast.read([document(LINES[:400])])  # the rest of a scan that is worth it
    again = detector(model, cache, least=1_000)
    again.read([document(LINES * 3)])
    again.read([document(LINES[:400])])
    assert len(runs) == 4


def test_the_embedded_model_leaves_no_file_behind_after_a_small_scan(tree, cache):
    scanned(tree, Path("embedded"))
    assert not list(cache.glob("readings*"))


# Failures


def test_what_was_read_before_ctrl_c_is_kept(model, cache, runs, monkeypatch):
    texts = [document(LINES * 3 + str(number)) for number in range(8)]
    monkeypatch.setattr(memory_module, "_TOGETHER", 2_000)
    interrupted = detector(model, cache)
    read = ModelDetector._read

    def stopped(self: ModelDetector, requests: Sequence[Request]) -> Sequence[Reading]:
        if runs:
            raise KeyboardInterrupt
        return read(self, requests)

    monkeypatch.setattr(ModelDetector, "_read", stopped)
    with pytest.raises(KeyboardInterrupt):
        interrupted.read(texts)
    monkeypatch.setattr(ModelDetector, "_read", read)
    before = len(runs)
    assert 0 < before < len(texts)
    detector(model, cache).read(texts)
    assert len(runs) == len(texts)


@pytest.mark.parametrize("damage", ["text", "nothing", "folder", "folder of the cache"])
def test_a_cache_that_cannot_be_used_changes_no_finding(tree, model, cache, damage):
    expected = scanned(tree, model, LEAKSIFT_NO_CACHE="1")["found"]
    cache.mkdir(exist_ok=True)
    file = cache / FILE_NAME
    if damage == "text":
        file.write_text("something else\n" * 99, encoding="utf-8")
    elif damage == "nothing":
        file.write_bytes(b"")
    elif damage == "folder":
        file.mkdir()
    else:
        shutil.rmtree(cache)
        cache.write_text("a file", encoding="utf-8")
    for _ in range(2):
        assert scanned(tree, model)["found"] == expected


def test_scans_at_the_same_time_find_the_same(tree, model, cache):
    expected = scanned(tree, model, LEAKSIFT_NO_CACHE="1")["found"]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", SCAN, str(model)],
            cwd=tree,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        output, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, "")
        assert json.loads(output)["found"] == expected
    assert scanned(tree, model) == {"found": expected, "loaded": []}


def test_a_second_reading_opens_no_session(model, cache, monkeypatch):
    detector(model, cache).read([document(LINES)])

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a session was opened")

    monkeypatch.setattr(OnnxSession, "__init__", refused)
    assert detector(model, cache).read([document(LINES)])[0].spans
