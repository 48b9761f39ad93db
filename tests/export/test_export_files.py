"""What an export leaves on the disk: a whole model directory, the same each time, or nothing."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from leaksift.errors import ModelError, UsageError
from leaksift.export.build import FORMS, GRAPHS, export_model
from leaksift.export.checkpoint import open_checkpoint
from leaksift.export.weights import PAGE
from leaksift.model.directory import open_model_directory
from leaksift.model.reader import ModelReader
from tests.model.random_checkpoint import RandomCheckpoint

TINY = Path(__file__).parents[1] / "model" / "tiny" / "checkpoint"


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file below the folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


class Breaking(RandomCheckpoint):
    """Ends with an error when it has been read half-way."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self._error = error

    def tensor(self, name: str) -> np.ndarray:
        if name == "model.layers.1.mlp.router.weight":
            raise self._error
        return super().tensor(name)


@pytest.mark.parametrize("form", FORMS)
def test_the_same_checkpoint_gives_the_same_bytes(tmp_path, form):
    # In processes of their own, so that no order of a set or dictionary is the same by chance.
    code = (
        "import sys; from pathlib import Path; from leaksift.export.build import export_model; "
        "from leaksift.export.checkpoint import open_checkpoint; "
        "export_model(open_checkpoint(Path(sys.argv[1])), Path(sys.argv[2]), sys.argv[3])"
    )
    for seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-c", code, str(TINY), str(tmp_path / seed), form],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
        )
    assert digests(tmp_path / "1") == digests(tmp_path / "2")


@pytest.mark.parametrize("form", FORMS)
def test_the_directory_is_a_model_that_opens_and_reads(tmp_path, form):
    with open_checkpoint(TINY) as checkpoint:
        graph = export_model(checkpoint, tmp_path / "out", form)
        categories = checkpoint.categories
    directory = open_model_directory(tmp_path / "out", form)
    assert directory.graph == graph
    assert directory.categories == categories
    assert directory.receptive_field == 16
    assert len(directory.tags) == 33
    reader = ModelReader(directory, directory.operating_point("default"), threads=1)
    assert len(reader.read(["user = load_user(name)", ""])) == 2


def test_forms_lie_side_by_side(tmp_path):
    with open_checkpoint(TINY) as checkpoint:
        for form in FORMS:
            export_model(checkpoint, tmp_path, form)
    for form in FORMS:
        graph = tmp_path / GRAPHS[form]
        assert graph.is_file()
        assert graph.with_name(f"{graph.name}_data").is_file()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_calibration_and_tokenizer_come_along(tmp_path):
    checkpoint = RandomCheckpoint()
    export_model(checkpoint, tmp_path, "int8")
    for name in ("tokenizer.json", "viterbi_calibration.json"):
        assert (tmp_path / name).read_bytes() == (checkpoint.folder / name).read_bytes()


def test_the_configuration_names_the_categories_and_keeps_the_rest(tmp_path):
    checkpoint = RandomCheckpoint(("Gesundheit", "健康"))
    export_model(checkpoint, tmp_path, "int8")
    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    assert config.pop("id2category") == {"0": "Gesundheit", "1": "健康"}
    assert config == checkpoint.settings


def test_large_weights_are_beside_the_graph_and_can_be_mapped_into_memory(tmp_path):
    graph = export_model(RandomCheckpoint(vocab_size=4096), tmp_path, "fp32")
    model = onnx.load(graph, load_external_data=False)
    sizes = []
    for tensor in model.graph.initializer:
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            entries = {entry.key: entry.value for entry in tensor.external_data}
            assert entries["location"] == "model.onnx_data"
            if int(entries["length"]) >= PAGE:
                assert int(entries["offset"]) % PAGE == 0
            sizes.append(int(entries["length"]))
        else:
            assert tensor.ByteSize() < 2000
    assert max(sizes) == 4096 * 64 * 4
    assert sum(sizes) <= graph.with_name("model.onnx_data").stat().st_size


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ModelError("broken"), OSError(28, "full")])
def test_an_export_that_ends_early_leaves_nothing(tmp_path, error):
    expected = ModelError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected):
        export_model(Breaking(error), tmp_path / "out", "int8")
    assert not (tmp_path / "out").exists()


def test_an_export_that_ends_early_leaves_the_model_that_was_there(tmp_path):
    export_model(RandomCheckpoint(), tmp_path, "int8")
    before = digests(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        export_model(Breaking(KeyboardInterrupt()), tmp_path, "int8")
    assert digests(tmp_path) == before


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files")
def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path):
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(ModelError, match=r"cannot be written \(File too large\)") as error:
            export_model(RandomCheckpoint(), tmp_path / "out", "fp32")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out").exists()


def test_a_checkpoint_without_tokenizer_is_refused(tmp_path):
    folder = Path(shutil.copytree(TINY, tmp_path / "checkpoint"))
    (folder / "tokenizer.json").unlink()
    with (
        open_checkpoint(folder) as checkpoint,
        pytest.raises(ModelError, match=r"tokenizer\.json: missing"),
    ):
        export_model(checkpoint, tmp_path / "out", "int8")
    assert not (tmp_path / "out").exists()


def test_an_unknown_form_is_refused(tmp_path):
    with pytest.raises(UsageError, match="fp32, q4, int8"):
        export_model(RandomCheckpoint(), tmp_path, "int3")
