"""What is on the disk is believed only as far as it was verified."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from leaksift.errors import ModelError
from leaksift.model.directory import open_model_directory
from leaksift.weights import store as weights
from leaksift.weights.store import locate
from tests.weights.conftest import COMMIT, Hub, Run, variant_files

NAME = "openai/privacy-filter"
DATA = "onnx/model_q4f16.onnx_data"

InProcess = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(in_process: InProcess) -> Path:
    """The downloaded model."""
    assert in_process("download", NAME)[0] == 0
    return locate(NAME)[0]


def change_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)


def test_a_load_reads_sizes_and_times_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    monkeypatch.setattr(weights, "_sha256", lambda path, *_: read.append(path.name))
    assert locate(NAME) == (folder, "q4f16")
    assert read == []


def test_a_changed_byte_is_seen_at_the_next_load(folder: Path) -> None:
    change_a_byte(folder / DATA)
    with pytest.raises(ModelError, match=r"onnx_data: not what was downloaded; run `leaksift"):
        locate(NAME)


def test_a_byte_that_was_changed_in_a_cache_is_seen_though_size_and_times_are_right(
    folder: Path, tmp_path: Path
) -> None:
    # As a build's cache does it: packed, changed by somebody, unpacked with the old times.
    times = (folder / DATA).stat()
    moved = tmp_path / "unpacked"
    shutil.copytree(folder, moved)
    change_a_byte(moved / DATA)
    shutil.rmtree(folder)
    shutil.copytree(moved, folder)
    os.utime(folder / DATA, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert (folder / DATA).stat().st_mtime_ns == times.st_mtime_ns
    with pytest.raises(ModelError, match="not what was downloaded"):
        locate(NAME)


def test_a_file_that_the_hub_did_not_declare_is_refused(
    folder: Path, in_process: InProcess, hub: Hub
) -> None:
    (folder / "onnx" / "extra.json").write_text("{}", "utf-8")
    with pytest.raises(ModelError, match=r"extra\.json: does not belong to the model"):
        locate(NAME)
    hub.requests.clear()
    assert in_process("download", NAME)[0] == 0
    assert hub.requests == []
    assert locate(NAME)[0] == folder


def test_a_restored_store_is_read_once_and_then_known(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(folder, tmp_path / "unpacked")
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "unpacked", folder)
    assert locate(NAME)[0] == folder
    monkeypatch.setattr(weights, "_sha256", lambda *_: None)
    assert locate(NAME)[0] == folder


def test_verify_reads_everything(
    folder: Path, in_process: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A disk that lost a bit says nothing of it in size or times.
    assert in_process("verify", NAME)[0] == 0
    right = weights._sha256
    monkeypatch.setattr(
        weights,
        "_sha256",
        lambda path, *rest: None if path.suffix == ".json" else right(path, *rest),
    )
    code, _, error = in_process("verify", NAME)
    assert code == 3
    assert "not what was downloaded" in error


@pytest.mark.parametrize("damage", ["changed", "short", "missing"])
def test_a_damaged_model_is_repaired_by_fetching_only_what_is_damaged(
    folder: Path, in_process: InProcess, hub: Hub, damage: str
) -> None:
    if damage == "changed":
        change_a_byte(folder / DATA)
    elif damage == "short":
        (folder / DATA).write_bytes(b"weights")
    else:
        (folder / DATA).unlink()
    (folder / "onnx" / "stranger.bin").write_bytes(b"x")
    assert in_process("verify", NAME)[0] == 3
    assert "damaged" in in_process("list")[1]
    hub.requests.clear()
    assert in_process("download", NAME)[0] == 0
    assert hub.asked() == ["model_q4f16.onnx_data"]
    assert in_process("verify", NAME)[0] == 0
    assert not (folder / "onnx" / "stranger.bin").exists()


def test_a_folder_that_the_record_does_not_know_is_not_believed(
    folder: Path, in_process: InProcess, hub: Hub
) -> None:
    (folder.parents[1] / "weights.lock.json").unlink()
    with pytest.raises(ModelError, match="does not say what it has to be"):
        locate(NAME)
    hub.requests.clear()
    assert in_process("download", NAME)[0] == 0
    assert hub.asked() == []
    assert locate(NAME)[0] == folder


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"\xff", b'{"form": 2}', b'{"form": 1, "revisions": {}}']
)
def test_a_damaged_record_is_an_error_that_says_what_to_do(folder: Path, content: bytes) -> None:
    (folder.parents[1] / "weights.lock.json").write_bytes(content)
    with pytest.raises(ModelError, match=r"weights\.lock\.json: damaged; remove it"):
        locate(NAME)


def test_a_record_cannot_name_files_elsewhere(folder: Path) -> None:
    file = folder.parents[1] / "weights.lock.json"
    file.write_text(file.read_text("utf-8").replace('"config.json"', '"../../etc/passwd"'), "utf-8")
    with pytest.raises(ModelError, match="damaged"):
        locate(NAME)


def test_a_name_is_never_a_folder(in_process: InProcess, tmp_path: Path, leaksift: Run) -> None:
    # A repository that is scanned must not be able to say which model looks at it.
    (tmp_path / "openai" / "privacy-filter").mkdir(parents=True)
    done = leaksift("scan", "--model", NAME, "--no-baseline", ".")
    assert done.returncode == 3
    assert "is not downloaded" in done.stderr
    assert "./openai/privacy-filter" in done.stderr


def test_a_folder_may_name_its_variant(tmp_path: Path) -> None:
    for path, content in {**variant_files(), **variant_files("model_q4")}.items():
        (tmp_path / "m" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "m" / path).write_bytes(content)
    path, variant = locate(f"{tmp_path / 'm'}:q4f16")
    assert open_model_directory(path, variant).graph.name == "model_q4f16.onnx"
    path, variant = locate(str(tmp_path / "m"))
    assert open_model_directory(path, variant).graph.name == "model_q4.onnx"
    path, variant = locate(f"{tmp_path / 'm'}:fp16")
    with pytest.raises(ModelError, match=r"model_fp16\.onnx: missing; .* q4f16, q4"):
        open_model_directory(path, variant)


def test_list_and_info_say_the_same_of_a_model_in_json(
    folder: Path, in_process: InProcess, hub: Hub
) -> None:
    listed = next(
        model
        for model in json.loads(in_process("list", "--json")[1])["models"]
        if model["name"] == NAME
    )
    told = json.loads(in_process("info", "--json", "--", NAME)[1])
    assert {**listed, "files": told["files"]} == told
    assert listed["state"] == "there"
    assert listed["revision"] == COMMIT
    assert listed["verified"].endswith("+00:00")
    assert sum(file["size"] for file in told["files"]) == listed["size"]
    assert listed["digest"][:12] in in_process("list")[1]


def test_the_digest_is_known_before_the_weights_are_there(
    in_process: InProcess, hub: Hub, store: Path
) -> None:
    # A build's cache is looked up by it: `action/run.py` asks info, then path, then restores.
    before = json.loads(in_process("info", "--json", "--", NAME)[1])
    code, place, _ = in_process("path", "--", NAME)
    assert (code, before["state"], hub.asked()) == (3, "absent", [])
    assert in_process("verify", "--", NAME)[0] == 3
    in_process("download", "--", NAME)
    after = json.loads(in_process("info", "--json", "--", NAME)[1])
    assert (after["digest"], after["path"]) == (before["digest"], place.strip())
    # Restored in another job, whose record has only what the hub told that job.
    shutil.copytree(place.strip(), store.parent / "packed")
    shutil.rmtree(store)
    in_process("info", "--json", "--", NAME)
    shutil.copytree(store.parent / "packed", place.strip())
    hub.requests.clear()
    assert in_process("verify", "--", NAME)[0] == 0
    assert locate(NAME)[0] == Path(place.strip())
    assert hub.requests == []


def test_cache_info_and_clear_leave_what_is_not_leaksift_s(
    folder: Path, leaksift: Run, store: Path, hub: Hub
) -> None:
    (store / "hyperscan-0.db").write_bytes(b"x" * 2_000_000)
    (store / "thesis.odt").write_bytes(b"x")
    kinds = json.loads(leaksift("cache", "info", "--json").stdout)["bytes"]
    assert kinds["compiled rules"] == 2_000_000
    assert kinds["models"] > 500_000
    done = leaksift("cache", "clear")
    assert (done.returncode, done.stderr) == (0, "")
    assert not (store / "hyperscan-0.db").exists()
    assert locate(NAME)[0] == folder
    assert leaksift("cache", "clear", "--weights").returncode == 0
    assert not folder.exists()
    assert (store / "thesis.odt").exists()
    assert leaksift("models", "verify").returncode == 0


def test_a_scan_without_a_named_model_does_not_load_the_store(leaksift: Run) -> None:
    import subprocess
    import sys

    code = (
        "import sys; import leaksift.pipeline, leaksift.cli.hook, leaksift.cli.scan\n"
        "print([m for m in sys.modules if m.startswith(('leaksift.weights', 'huggingface_hub',"
        " 'filelock'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
