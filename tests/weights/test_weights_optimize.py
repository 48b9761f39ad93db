"""`leaksift models optimize` for a downloaded model: the fast form is kept like what was fetched,
and is what the model's name means from then on."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from leaksift.errors import ModelError
from leaksift.model.directory import open_model_directory
from leaksift.weights.store import declared_digest, locate
from tests.model.random_checkpoint import RandomCheckpoint
from tests.terminal import on_terminal
from tests.weights.conftest import COMMIT, OTHER_COMMIT, Hub, Run
from training.upstream_style import write_upstream_style

NAME = "openai/privacy-filter"
InProcess = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the hub has: a small random model in two of the published forms."""
    folder, checkpoint = tmp_path_factory.mktemp("published"), RandomCheckpoint()
    for form in ("q4f16", "quantized"):
        write_upstream_style(checkpoint, folder, form, file_size=300_000)
    (folder / "config.json").write_text(json.dumps(dict(checkpoint.settings)), "utf-8")
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture
def downloaded(hub: Hub, files: dict[str, bytes], in_process: InProcess) -> Path:
    """The folder of the downloaded model."""
    hub.add(NAME, files, COMMIT, "main")
    assert in_process("download", NAME)[0] == 0
    return locate(NAME)[0]


@pytest.fixture
def fast(downloaded: Path, in_process: InProcess, hub: Hub) -> Path:
    """The folder of its fast form."""
    hub.requests.clear()
    code, out, _ = in_process("optimize", NAME)
    assert code == 0
    assert hub.requests == []
    folder = downloaded.with_name(f"{COMMIT}-int8")
    assert out.startswith(f"{folder / 'onnx' / 'model_int8.onnx'}: ")
    return folder


def listed(in_process: InProcess) -> dict[str, str]:
    models = json.loads(in_process("list", "--json")[1])["models"]
    return {model["variant"]: model["state"] for model in models if model["name"] == NAME}


def test_the_name_means_the_fast_form_and_a_variant_what_was_fetched(
    fast: Path, downloaded: Path
) -> None:
    assert locate(NAME) == (fast, "int8")
    assert locate(f"{NAME}@{COMMIT}") == (fast, "int8")
    assert locate(f"{NAME}:int8") == (fast, "int8")
    assert locate(f"{NAME}:q4f16") == (downloaded, "q4f16")
    assert open_model_directory(*locate(NAME)).graph.name == "model_int8.onnx"


def test_results_of_the_two_forms_are_kept_apart(fast: Path) -> None:
    assert declared_digest(NAME) == declared_digest(f"{NAME}:int8")
    assert declared_digest(NAME) != declared_digest(f"{NAME}:q4f16")


def test_it_is_listed_described_and_verified(fast: Path, in_process: InProcess) -> None:
    assert listed(in_process) == {"int8": "there", "q4f16": "there"}
    told = json.loads(in_process("info", f"{NAME}:int8", "--json")[1])
    assert told["made_from"] == "q4f16"
    assert [file["path"] for file in told["files"]] == [
        "config.json",
        "onnx/model_int8.onnx",
        "onnx/model_int8.onnx_data",
        "tokenizer.json",
        "viterbi_calibration.json",
    ]
    code, out, _ = in_process("verify")
    assert code == 0
    assert f"{NAME} int8 at {COMMIT[:12]}: right, 5 files" in out
    assert in_process("path", f"{NAME}:int8")[1].strip() == str(fast)


def test_a_changed_byte_is_seen_and_made_right_again(fast: Path, in_process: InProcess) -> None:
    data = fast / "onnx" / "model_int8.onnx_data"
    right = data.read_bytes()
    data.write_bytes(right[:5000] + bytes([right[5000] ^ 1]) + right[5001:])
    message = rf"not what was made; run `leaksift models optimize {NAME}@{COMMIT}`, which makes it"
    with pytest.raises(ModelError, match=message):
        locate(NAME)
    assert listed(in_process)["int8"] == "damaged"
    assert in_process("verify")[0] == 3
    assert in_process("optimize", NAME)[0] == 0
    assert data.read_bytes() == right
    assert locate(NAME)[0] == fast


def test_without_the_fast_form_the_name_means_what_was_fetched_again(
    fast: Path, downloaded: Path, in_process: InProcess
) -> None:
    assert in_process("remove", f"{NAME}:int8")[0] == 0
    assert not fast.exists()
    assert locate(NAME) == (downloaded, "q4f16")
    with pytest.raises(
        ModelError, match=rf"was not made yet; run `leaksift models optimize {NAME}`"
    ):
        locate(f"{NAME}:int8")


def test_what_it_was_made_from_may_go(fast: Path, downloaded: Path, in_process: InProcess) -> None:
    assert in_process("remove", NAME)[0] == 0
    assert not downloaded.exists()
    assert locate(NAME) == (fast, "int8")


def test_a_download_of_the_fast_form_finds_it_and_asks_no_hub(
    fast: Path, in_process: InProcess, hub: Hub
) -> None:
    hub.requests.clear()
    assert in_process("download", f"{NAME}:int8")[0] == 0
    shutil.rmtree(fast)
    code, _, message = in_process("download", f"{NAME}:int8")
    assert code == 3
    assert f"is made here, not fetched; run `leaksift models optimize {NAME}@{COMMIT}`" in message
    assert hub.requests == []


def test_a_hub_that_has_no_fast_form_is_said_with_what_makes_it(
    downloaded: Path, in_process: InProcess
) -> None:
    code, _, message = in_process("download", f"{NAME}:int8")
    assert code == 3
    assert "has no ONNX graph of the variant int8" in message
    assert "; `leaksift models optimize` makes it" in message


def test_another_variant_may_be_what_it_is_made_from(
    downloaded: Path, in_process: InProcess
) -> None:
    assert in_process("download", f"{NAME}:quantized")[0] == 0
    assert in_process("optimize", f"{NAME}:quantized")[0] == 0
    told = json.loads(in_process("info", f"{NAME}:int8", "--json")[1])
    assert told["made_from"] == "quantized"


def test_what_is_not_downloaded_is_said(in_process: InProcess, hub: Hub) -> None:
    code, _, message = in_process("optimize", NAME)
    assert code == 3
    assert message == f"{NAME} is not downloaded; run `leaksift models download {NAME}`\n"
    assert hub.requests == []


def test_only_the_fast_form_is_kept_without_a_folder(
    downloaded: Path, in_process: InProcess, tmp_path: Path
) -> None:
    code, _, message = in_process("optimize", NAME, "--form", "q4")
    assert code == 2
    assert "name a folder as OUT" in message
    assert in_process("optimize", NAME, str(tmp_path / "out"), "--form", "q4")[0] == 0
    assert open_model_directory(tmp_path / "out").graph.name == "model_q4.onnx"
    assert locate(NAME)[1] == "q4f16"


def test_a_folder_of_the_store_is_changed_by_its_name_only(
    downloaded: Path, in_process: InProcess
) -> None:
    code, _, message = in_process("optimize", str(downloaded))
    assert code == 2
    assert "name the model as owner/name" in message


def test_a_model_that_cannot_be_made_fast_leaves_the_store_as_it_was(
    hub: Hub, files: dict[str, bytes], in_process: InProcess, store: Path
) -> None:
    settings = json.loads(files["config.json"]) | {"swiglu_limit": 5.0}
    hub.add("other/model", files | {"config.json": json.dumps(settings).encode()}, OTHER_COMMIT)
    name = f"other/model@{OTHER_COMMIT}"
    assert in_process("download", name)[0] == 0
    before = sorted(path for path in store.rglob("*") if "locks" not in path.parts)
    code, _, message = in_process("optimize", name)
    assert code == 3
    assert "its swiglu_limit is 7, not 5" in message
    assert sorted(path for path in store.rglob("*") if "locks" not in path.parts) == before
    assert locate(name)[1] == "q4f16"


def test_two_processes_at_once_make_one_right_model(
    downloaded: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "leaksift", "models", "optimize", NAME]
    running = [
        subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    assert locate(NAME)[1] == "int8"
    assert not list(downloaded.parent.glob("*.partial"))


def test_a_scan_reads_with_it(fast: Path, leaksift: Run, tmp_path: Path) -> None:
    text = "The parcel for Maria Lindqvist goes to 12 Harbour Lane.\n" * 5
    (tmp_path / "letter.txt").write_text(text, "utf-8")
    found = {}
    for model in (NAME, f"{NAME}:int8", str(fast), f"{NAME}:q4f16"):
        done = leaksift("scan", "--model", model, "-o", "json", "letter.txt")
        assert done.returncode in (0, 1), done.stderr
        report = json.loads(done.stdout)
        found[model] = [
            (finding["rule"], finding["start"], finding["end"]) for finding in report["findings"]
        ]
    assert found[NAME] == found[f"{NAME}:int8"] == found[str(fast)]


def test_what_a_killed_process_left_is_cleared_and_an_interruption_leaves_nothing(
    downloaded: Path, in_process: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    partial = downloaded.with_name(f"{COMMIT}-int8.partial")
    (partial / "model").mkdir(parents=True)
    (partial / "model" / "half").write_bytes(b"of it")

    def interrupt(checkpoint: object, folder: Path, *_: object) -> None:
        assert not folder.exists()
        folder.mkdir()
        (folder / "config.json").write_bytes(b"{}")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("leaksift.export.proven.make_directory", interrupt)
        with pytest.raises(click.Abort):
            in_process("optimize", NAME)
    assert not partial.exists()
    assert locate(NAME) == (downloaded, "q4f16")
    assert listed(in_process) == {"q4f16": "there"}


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
def test_on_a_terminal_there_is_a_bar(
    downloaded: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "leaksift", "models", "optimize", NAME]
    code, shown = on_terminal(command, tmp_path, environment)
    assert code == 0
    assert b" weights/s" in shown
    assert b"the graph against its weights" in shown
