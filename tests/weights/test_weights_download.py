"""Downloads from a hub that cuts, refuses, lies and is slow. What is in its place afterwards is
whole and verified, or there is nothing."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from leaksift.config import Config
from leaksift.document import Document
from leaksift.pipeline import open_model
from tests.terminal import on_terminal
from tests.weights.conftest import COMMIT, OTHER_COMMIT, Hub, Run, variant_files

NAME = "openai/privacy-filter"
DATA = "onnx/model_q4f16.onnx_data"
GRAPH = "onnx/model_q4f16.onnx"

InProcess = Callable[..., tuple[int, str, str]]


def place(store: Path, variant: str = "q4f16", commit: str = COMMIT) -> Path:
    return store / "weights" / "openai--privacy-filter" / f"{commit}-{variant}"


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def wanted() -> dict[str, bytes]:
    return {
        path: content
        for path, content in variant_files().items()
        if path not in ("README.md", "model.safetensors")
    }


def nothing_is_in_place(store: Path) -> bool:
    return not place(store).exists()


def test_a_download_brings_the_files_of_the_variant_and_no_others(
    leaksift: Run, hub: Hub, store: Path
) -> None:
    done = leaksift("models", "download", NAME)
    assert done.returncode == 0, done.stderr
    assert str(place(store)) in done.stdout
    assert files_of(place(store)) == wanted()
    assert not list(store.rglob("*.part"))
    assert not list(store.rglob("*.partial"))
    # In a pipe there is no bar, only what is fetched from where.
    assert len(done.stderr.splitlines()) == 1
    assert "5 files" in done.stderr
    # And nothing was asked for but the model.
    paths = {request.path for request in hub.requests}
    assert all(NAME in path for path in paths)


def test_a_downloaded_model_reads_and_is_verified_without_the_network(
    in_process: InProcess, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_process("download", NAME)
    hub.requests.clear()
    monkeypatch.setenv("LEAKSIFT_OFFLINE", "1")
    model = open_model(Config(model=NAME))
    assert model is not None
    assert len(model.read([Document("a.txt", "hello there\n", 12)])) == 1
    code, out, _ = in_process("verify")
    assert code == 0
    assert "right, 5 files" in out
    assert hub.requests == []


def test_no_other_command_downloads_and_the_line_says_what_to_run(
    leaksift: Run, hub: Hub, tmp_path: Path
) -> None:
    (tmp_path / "note.txt").write_text("hello there\n", "utf-8")
    for command in (["scan"], ["classify"]):
        done = leaksift(*command, "--model", f"{NAME}:q4", "note.txt")
        assert done.returncode == 3
        assert len(done.stderr.splitlines()) == 1
        assert f"`leaksift models download {NAME}:q4`" in done.stderr
    assert hub.requests == []


def test_another_variant_is_never_taken_instead(in_process: InProcess, hub: Hub) -> None:
    code, _, error = in_process("download", f"{NAME}:q4")
    assert code == 3
    assert f"it has {NAME}:q4f16" in error
    in_process("download", NAME)
    from leaksift.errors import ModelError
    from leaksift.weights.store import locate

    with pytest.raises(ModelError, match="use `openai/privacy-filter`"):
        locate(f"{NAME}:q4")


def test_a_second_download_asks_nothing(in_process: InProcess, hub: Hub) -> None:
    in_process("download", NAME)
    hub.requests.clear()
    assert in_process("download", NAME)[0] == 0
    assert hub.requests == []


def test_a_cut_connection_goes_on_where_it_was(
    in_process: InProcess, hub: Hub, store: Path
) -> None:
    hub.cuts[DATA] = [100_000, 50_000, 120_000]
    assert in_process("download", NAME)[0] == 0
    ranges = [r.headers.get("range") for r in hub.requests if r.cdn and DATA.endswith(f"/{r.file}")]
    assert ranges[0] is None
    assert ranges[1:] == ["bytes=100000-", "bytes=150000-", "bytes=270000-"]
    assert files_of(place(store)) == wanted()


def test_a_hub_that_is_gone_for_long_leaves_what_came_and_the_next_run_goes_on(
    in_process: InProcess, hub: Hub, store: Path
) -> None:
    hub.cuts[DATA] = [200_000, 0, 0, 0, 0]
    code, _, error = in_process("download", NAME)
    assert code == 3
    assert "try again later" in error
    assert nothing_is_in_place(store)
    hub.cuts.clear()
    hub.requests.clear()
    assert in_process("download", NAME)[0] == 0
    # Of the files that were complete nothing came again.
    assert hub.asked() == ["model_q4f16.onnx_data"]
    assert files_of(place(store)) == wanted()


def test_a_server_that_knows_no_ranges_sends_all_of_it_again(
    in_process: InProcess, hub: Hub, store: Path
) -> None:
    hub.ignores_ranges = True
    hub.cuts[DATA] = [100_000]
    assert in_process("download", NAME)[0] == 0
    assert files_of(place(store)) == wanted()


@pytest.mark.parametrize("path", [DATA, "config.json"])
def test_a_file_with_another_digest_is_thrown_away(
    in_process: InProcess, hub: Hub, store: Path, path: str
) -> None:
    hub.spoiled.add(path)
    code, _, error = in_process("download", NAME)
    assert code == 3
    assert f"{path} came with another digest" in error
    assert nothing_is_in_place(store)
    partial = place(store).with_name(place(store).name + ".partial")
    assert not (partial / path).exists()
    assert not (partial / f"{path}.part").exists()
    hub.spoiled.clear()
    assert in_process("download", NAME)[0] == 0


@pytest.mark.parametrize(
    ("status", "headers", "told"),
    [
        (401, {}, "HF_TOKEN"),
        (403, {"X-Error-Code": "GatedRepo"}, "terms"),
        (404, {"X-Error-Code": "RepoNotFound"}, "no such model"),
        (404, {"X-Error-Code": "RevisionNotFound"}, "no revision"),
        (418, {"X-Error-Message": "ghp_" + "x" * 36}, "answers 418"),
        (429, {"Retry-After": "3600"}, "wait 3600 s"),
    ],
)
def test_a_refusal_is_one_line_that_says_what_to_do(
    in_process: InProcess, hub: Hub, store: Path, status: int, headers: dict[str, str], told: str
) -> None:
    hub.refusals[COMMIT] = [(status, headers)]
    code, out, error = in_process("download", NAME)
    assert (code, out) == (3, "")
    assert len(error.splitlines()) == 1
    assert told in error
    assert "x" * 36 not in error
    assert nothing_is_in_place(store)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_overloaded_hub_is_asked_again(
    in_process: InProcess, hub: Hub, store: Path, status: int
) -> None:
    hub.refusals = {
        COMMIT: [(status, {"Retry-After": "0"})],
        "tokenizer.json": [(status, {})] * 2,
        "model_q4f16.onnx_data": [(status, {"Retry-After": "0"})] * 2,
    }
    code, _, error = in_process("download", NAME)
    assert code == 0
    assert f"answers {status}" in error
    assert files_of(place(store)) == wanted()


def test_the_hub_s_wish_to_wait_is_honoured(in_process: InProcess, hub: Hub) -> None:
    hub.refusals[COMMIT] = [(429, {"Retry-After": "1"})]
    begun = time.monotonic()
    assert in_process("download", NAME)[0] == 0
    assert time.monotonic() - begun >= 1


def test_a_hub_that_stays_broken_ends_in_one_line(in_process: InProcess, hub: Hub) -> None:
    hub.refusals[COMMIT] = [(500, {})] * 9
    code, _, error = in_process("download", NAME)
    assert code == 3
    assert "answers 500; try again later" in error


def test_what_is_no_hub_is_said_to_be_none(in_process: InProcess, hub: Hub) -> None:
    hub.refusals[COMMIT] = [(200, {"Content-Type": "text/html"})]
    code, _, error = in_process("download", NAME)
    assert code == 3
    assert "check HF_ENDPOINT" in error


def test_no_hub_at_all_is_one_line(leaksift: Run) -> None:
    done = leaksift("models", "download", NAME, HF_ENDPOINT="ftp://hub.example")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_the_token_goes_to_the_hub_only_and_is_never_shown(leaksift: Run, hub: Hub) -> None:
    hub.token = "hf_" + "a" * 34
    done = leaksift("models", "download", NAME)
    assert done.returncode == 3
    assert "HF_TOKEN" in done.stderr
    done = leaksift("models", "download", NAME, HF_TOKEN=hub.token, HF_DEBUG="1")
    assert done.returncode == 0, done.stderr
    assert hub.token not in done.stderr + done.stdout
    assert "Signature" not in done.stderr + done.stdout
    redirected = [request for request in hub.requests if request.cdn]
    assert redirected
    assert not any("authorization" in request.headers for request in redirected)


def test_the_hub_learns_nothing_but_what_is_fetched(leaksift: Run, hub: Hub) -> None:
    leaksift("models", "download", NAME, AGENT="somebody")
    agents = {request.headers["user-agent"] for request in hub.requests}
    assert all("leaksift" in agent and "agent/" not in agent for agent in agents), agents


def test_a_proxy_is_used(leaksift: Run, hub: Hub) -> None:
    # The hub plays the proxy: a name that nobody resolves can only be reached through it.
    done = leaksift(
        "models", "info", "--json", NAME, HF_ENDPOINT="http://hub.invalid", HTTP_PROXY=hub.url
    )
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["digest"]) == 64


@pytest.mark.parametrize("variable", ["LEAKSIFT_OFFLINE", "HF_HUB_OFFLINE"])
def test_offline_means_no_request(leaksift: Run, hub: Hub, variable: str) -> None:
    for command in ("download", "info"):
        done = leaksift("models", command, NAME, **{variable: "1"})
        assert done.returncode == 2
        assert variable in done.stderr
        assert done.stderr.count("\n") == 1
    assert hub.requests == []


def test_what_is_there_is_found_offline(leaksift: Run, hub: Hub) -> None:
    leaksift("models", "download", NAME)
    done = leaksift("models", "download", NAME, LEAKSIFT_OFFLINE="1")
    assert done.returncode == 0, done.stderr


def test_two_processes_at_once_fetch_each_file_once(
    environment: dict[str, str], hub: Hub, store: Path
) -> None:
    hub.seconds_a_piece = 0.03
    command = [sys.executable, "-m", "leaksift", "models", "download", NAME]
    both = [
        subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [process.communicate(timeout=60)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert sorted(hub.asked()) == sorted(path.rpartition("/")[2] for path in wanted())
    assert any("waiting for another download" in line for line in told)
    assert files_of(place(store)) == wanted()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", ["SIGINT", "SIGKILL"])
def test_an_interrupted_download_is_not_in_place_and_goes_on(
    leaksift: Run, environment: dict[str, str], hub: Hub, store: Path, number: str
) -> None:
    hub.seconds_a_piece = 0.1
    command = [sys.executable, "-m", "leaksift", "models", "download", NAME]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    part = place(store).with_name(place(store).name + ".partial") / f"{DATA}.part"
    for _ in range(1000):
        if part.exists():
            break
        time.sleep(0.02)
    time.sleep(0.5)
    process.send_signal(signal.Signals[number])
    error = process.communicate(timeout=30)[1]
    if number == "SIGINT":
        assert process.returncode == 130
        assert error.splitlines()[-1] == "leaksift: interrupted"
    assert nothing_is_in_place(store)
    assert part.exists()
    hub.seconds_a_piece = 0
    done = leaksift("models", "download", NAME)
    assert done.returncode == 0, done.stderr
    assert files_of(place(store)) == wanted()


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_full_disk_is_one_line_and_what_came_is_kept(
    leaksift: Run, environment: dict[str, str], hub: Hub, store: Path
) -> None:
    # A file that may not grow beyond 250 kB: the system refuses as a quota does.
    limited = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (250_000, 250_000))\n"
        "from leaksift.cli import main\n"
        f"sys.argv = ['leaksift', 'models', 'download', '{NAME}']\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited],
        env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "make room" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert nothing_is_in_place(store)
    assert leaksift("models", "download", NAME).returncode == 0
    assert files_of(place(store)) == wanted()


@pytest.mark.skipif(
    sys.platform == "win32" or getattr(os, "geteuid", lambda: 0)() == 0,
    reason="somebody who may write everywhere",
)
def test_a_store_that_cannot_be_written_to_is_one_line(leaksift: Run, store: Path) -> None:
    store.mkdir()
    store.chmod(0o500)
    done = leaksift("models", "download", NAME)
    assert done.returncode == 3
    assert "cannot be written" in done.stderr


def test_a_model_without_a_revision_is_resolved_once(
    in_process: InProcess, hub: Hub, store: Path
) -> None:
    hub.add("somebody/fine-tune", variant_files(), OTHER_COMMIT, "main", "v1.0")
    assert in_process("download", "somebody/fine-tune")[0] == 0
    hub.add("somebody/fine-tune", {}, "2" * 40, "main")
    code, out, _ = in_process("path", "somebody/fine-tune")
    assert (code, Path(out.strip()).name) == (0, f"{OTHER_COMMIT}-q4f16")
    # A tag of the same commit is the same model.
    assert in_process("download", "somebody/fine-tune@v1.0")[0] == 0
    assert len(hub.asked()) == 5
    # Removed, it is what the branch has now.
    assert in_process("remove", "somebody/fine-tune")[0] == 0
    assert not Path(out.strip()).exists()
    code, _, error = in_process("download", "somebody/fine-tune")
    assert code == 3
    assert "has no ONNX graph" in error


def test_options_say_what_a_name_can_say(in_process: InProcess, hub: Hub, store: Path) -> None:
    hub.add("openai/privacy-filter", variant_files("model_q4"), OTHER_COMMIT, "next")
    code, _, _ = in_process("download", NAME, "--variant", "q4", "--revision", "next")
    assert code == 0
    assert place(store, "q4", OTHER_COMMIT).is_dir()
    assert in_process("path", f"{NAME}@next:q4")[0] == 0
    assert in_process("download", f"{NAME}:q4", "--variant", "fp16")[0] == 2


@pytest.mark.parametrize(
    "text", ["privacy-filter", "./openai/privacy-filter", "a/b/c", "a/..", "a/b--c", "a/b:q5", ""]
)
def test_what_is_no_name_is_wrong_usage(in_process: InProcess, hub: Hub, text: str) -> None:
    assert in_process("download", text)[0] == 2
    assert hub.requests == []


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
def test_on_a_terminal_there_is_a_bar_with_size_and_speed(
    environment: dict[str, str], hub: Hub, tmp_path: Path
) -> None:
    hub.seconds_a_piece = 0.02
    command = [sys.executable, "-m", "leaksift", "models", "download", NAME]
    code, shown = on_terminal(command, tmp_path, environment)
    assert code == 0
    assert re.search(rb"/\d{3}k", shown)
    assert b"B/s" in shown
