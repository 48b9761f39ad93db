"""The command as somebody types it: exit codes, one-line errors, interruptions, odd files."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Done = subprocess.CompletedProcess[str]

# In pieces, so that no scanner takes this file for a leak.
PASSWORD = "s3cr3t-" + "Horse-9x"
URL = "postgres://app:" + PASSWORD + "@db.internal:5432/orders"
LEAK = f"DATABASE_URL = {URL!r}\n"

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="signals and modes of POSIX")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes")


def findings(done: Done) -> list[dict[str, object]]:
    """The findings of a run with `-o json`."""
    return list(json.loads(done.stdout)["findings"])


def assert_one_line(done: Done, code: int, *words: str) -> None:
    """A failure that a user caused: this exit code, one line that says these words."""
    assert done.returncode == code, done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    for word in words:
        assert word.lower() in lines[0].lower()


# Exit codes


def test_a_folder_without_secrets_exits_with_0(leaksift: Run, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("print('hello')\n", encoding="utf-8")
    done = leaksift("scan", ".")
    assert done.returncode == 0, done.stderr
    assert "Scanned 1 file" in done.stdout


def test_a_planted_secret_exits_with_1_and_is_placed(leaksift: Run, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import os\n" + LEAK, encoding="utf-8")
    done = leaksift("scan", ".", "-o", "json")
    assert done.returncode == 1, done.stderr
    (finding,) = findings(done)
    assert finding["path"] == "app.py"
    assert finding["start_line"] == 2
    assert finding["severity"] == "block"


def test_without_arguments_the_current_folder_is_scanned(leaksift: Run, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(LEAK, encoding="utf-8")
    assert leaksift("scan").returncode == 1


def test_what_is_only_a_warning_does_not_fail_unless_asked(leaksift: Run, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(LEAK, encoding="utf-8")
    (rule,) = {str(finding["rule"]) for finding in findings(leaksift("scan", "-o", "json"))}
    lowered = ("scan", "--severity", f"{rule}=warn")
    assert leaksift(*lowered).returncode == 0
    assert leaksift(*lowered, "--fail-on", "warn").returncode == 1


def test_strict_makes_a_skipped_file_a_failure(leaksift: Run, tmp_path: Path) -> None:
    (tmp_path / "logo.bin").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "app.py").write_text("pass\n", encoding="utf-8")
    done = leaksift("scan", ".")
    assert done.returncode == 0
    assert "skipped 1 file (1 binary)" in done.stdout
    assert leaksift("scan", ".", "--strict").returncode == 3


@posix_only
def test_a_file_that_cannot_be_read_is_not_passed_over_in_silence(
    leaksift: Run, tmp_path: Path
) -> None:
    (tmp_path / "app.py").write_text("pass\n", encoding="utf-8")
    locked = tmp_path / "locked.txt"
    locked.write_text(LEAK, encoding="utf-8")
    locked.chmod(0)
    if os.access(locked, os.R_OK):
        pytest.skip("this user may read everything")
    done = leaksift("scan", ".", "-v")
    assert done.returncode == 3
    assert "locked.txt (unreadable" in done.stdout


def test_the_version_and_the_help_are_printed(leaksift: Run) -> None:
    assert re.fullmatch(r"leaksift \d+\.\d+\.\d+\S*\n", leaksift("--version").stdout)
    for arguments in (["--help"], ["scan", "--help"], ["hook", "--help"], ["baseline", "--help"]):
        done = leaksift(*arguments)
        assert done.returncode == 0, done.stderr
        assert "Usage: leaksift" in done.stdout


# Wrong usage: exit code 2


def test_an_unknown_flag_is_wrong_usage(leaksift: Run) -> None:
    done = leaksift("scan", "--stagged")
    assert done.returncode == 2
    assert "--stagged" in done.stderr
    assert "--staged" in done.stderr.replace("--stagged", "")
    assert "Traceback" not in done.stderr


def test_an_unknown_format_is_wrong_usage_and_names_the_formats(leaksift: Run) -> None:
    done = leaksift("scan", "-o", "xml")
    assert done.returncode == 2
    assert "sarif" in done.stderr


def test_a_path_that_does_not_exist_is_wrong_usage(leaksift: Run) -> None:
    assert_one_line(leaksift("scan", "no-such-folder"), 2, "no-such-folder")


def test_a_missing_path_beside_a_good_one_is_no_clean_scan(leaksift: Run, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("pass\n", encoding="utf-8")
    assert leaksift("scan", "app.py", "gone.py").returncode == 2


@pytest.mark.parametrize(
    "reference", ["no-such-branch", "0123456789" * 4, "--help", "HEAD~99", "main..HEAD"]
)
def test_a_range_that_cannot_be_resolved_is_an_error(
    leaksift: Run, repository: Path, reference: str
) -> None:
    done = leaksift("scan", f"--from-ref={reference}", cwd=repository)
    assert_one_line(done, 2, reference)


def test_a_configuration_with_an_unknown_key_suggests_the_right_one(
    leaksift: Run, tmp_path: Path
) -> None:
    (tmp_path / ".leaksift.toml").write_text("exclued = ['x']\n", encoding="utf-8")
    assert_one_line(leaksift("scan", "."), 2, ".leaksift.toml", "exclued", "'exclude'")


@pytest.mark.parametrize(
    "content",
    [b"exclude = [", b"\xff\xfe\x00broken", b"fail-on = 'never'", b"max-file-size = -1"],
    ids=["not TOML", "not text", "no such severity", "negative size"],
)
def test_a_broken_configuration_is_one_line(leaksift: Run, tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".leaksift.toml").write_bytes(content)
    assert_one_line(leaksift("scan", "."), 2, ".leaksift.toml")


def test_a_wrong_environment_variable_is_one_line(leaksift: Run) -> None:
    assert_one_line(leaksift("scan", env={"LEAKSIFT_FAIL_ON": "loud"}), 2, "LEAKSIFT_FAIL_ON")


def test_a_file_of_configuration_that_is_not_there_is_one_line(leaksift: Run) -> None:
    assert_one_line(leaksift("scan", "--config", "gone.toml"), 2, "gone.toml")


def test_an_output_folder_that_is_not_there_is_told_before_the_scan(leaksift: Run) -> None:
    done = leaksift("scan", "-o", "sarif=gone/leaks.sarif")
    assert done.returncode == 2
    assert "gone" in done.stderr


# What could not be scanned: exit code 3


def test_a_missing_git_is_one_line(leaksift: Run, repository: Path, tmp_path: Path) -> None:
    empty = tmp_path / "no-programs"
    empty.mkdir()
    done = leaksift("scan", "--staged", cwd=repository, env={"PATH": str(empty)})
    assert_one_line(done, 3, "git")


def test_staged_outside_a_repository_is_one_line(leaksift: Run, tmp_path: Path) -> None:
    done = leaksift("scan", "--staged")
    assert done.returncode in (2, 3)
    assert_one_line(done, done.returncode, "repository")


@pytest.mark.parametrize("damaged", ["HEAD", "index", "config"])
def test_a_broken_repository_is_one_line(
    leaksift: Run, repository: Path, git: Run, damaged: str
) -> None:
    (repository / "app.py").write_text(LEAK, encoding="utf-8")
    git("add", "app.py", cwd=repository)
    (repository / ".git" / damaged).write_bytes(b"\x00 not what git expects [")
    # Where standard output is for a program, a person still has to see why there is nothing in it.
    done = leaksift("scan", "--staged", "-o", "json", cwd=repository)
    assert done.returncode in (2, 3)
    assert_one_line(done, done.returncode)
    shown = leaksift("scan", "--staged", cwd=repository)
    assert shown.returncode == done.returncode
    assert (shown.stdout + shown.stderr).count(done.stderr.strip()) == 1


def test_a_staged_blob_that_is_lost_is_no_clean_scan(
    leaksift: Run, repository: Path, git: Run
) -> None:
    (repository / "app.py").write_text(LEAK, encoding="utf-8")
    git("add", "app.py", cwd=repository)
    name = git("rev-parse", ":app.py", cwd=repository).stdout.strip()
    lost = repository / ".git" / "objects" / name[:2] / name[2:]
    lost.chmod(0o600)
    lost.unlink()
    done = leaksift("scan", "--staged", cwd=repository)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_a_damaged_model_is_one_line(leaksift: Run, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("pass\n", encoding="utf-8")
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text("{ not json", encoding="utf-8")
    assert_one_line(leaksift("scan", "app.py", "--model", str(model)), 3, "model")


def test_a_model_that_is_not_there_is_one_line(leaksift: Run, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("pass\n", encoding="utf-8")
    done = leaksift("scan", "app.py", "--model", str(tmp_path / "no-model"))
    assert done.returncode in (2, 3)
    assert_one_line(done, done.returncode, "no-model")


def test_an_unwritable_cache_does_not_matter(leaksift: Run, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(LEAK, encoding="utf-8")
    a_file = tmp_path / "cache"
    a_file.write_text("in the way", encoding="utf-8")
    done = leaksift("scan", "app.py", env={"LEAKSIFT_CACHE_DIR": str(a_file)})
    assert done.returncode == 1, done.stderr


# Interruptions


@pytest.fixture
def large_tree(tmp_path: Path) -> Path:
    """Some 400 MB to read: one megabyte of source under many names (hard links)."""
    tree = tmp_path / "large"
    tree.mkdir()
    first = tree / "0.py"
    first.write_text(
        "".join(f"token_{n} = compute({n}) + 'value {n}'\n" for n in range(25_000)), "utf-8"
    )
    for number in range(1, 400):
        os.link(first, tree / f"{number}.py")
    return tree


@posix_only
def test_ctrl_c_leaves_no_half_written_file_and_no_traceback(
    leaksift_script: str, environment: dict[str, str], large_tree: Path, tmp_path: Path
) -> None:
    reports = tmp_path / "reports"
    reports.mkdir()
    arguments = ["scan", str(large_tree), "-o", f"json={reports / 'leaks.json'}"]
    process = subprocess.Popen(
        [leaksift_script, *arguments],
        env=environment,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(1.5)
    assert process.poll() is None, "the scan was over before it could be interrupted"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in out + err
    assert "interrupted" in err
    assert list(reports.iterdir()) == []


@posix_only
def test_ctrl_c_while_waiting_for_input_is_one_line(
    leaksift_script: str, environment: dict[str, str]
) -> None:
    process = subprocess.Popen(
        [leaksift_script, "scan", "-"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert len(err.strip().splitlines()) == 1


def test_a_reader_that_goes_away_causes_no_complaint(
    leaksift_script: str, environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "app.py").write_text(LEAK * 3000, encoding="utf-8")
    process = subprocess.Popen(
        [leaksift_script, "scan", "app.py", "-o", "jsonl"],
        env=environment,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline().startswith(b"{")
    process.stdout.close()
    err = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(timeout=60) not in (0, None)
    assert "Traceback" not in err
    assert "Exception ignored" not in err
    assert "BrokenPipe" not in err


# What is not needed is not loaded

_PROBE = """
import atexit, sys
def show():
    print("LOADED", *sorted(sys.modules), file=sys.stderr)
atexit.register(show)
from leaksift.cli import main
sys.argv[0] = "leaksift"
main()
"""


def loaded_modules(environment: dict[str, str], cwd: Path, *arguments: str) -> set[str]:
    """The top-level names of all modules that a run has imported."""
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, *arguments],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("LOADED "))
    return {name.partition(".")[0] for name in line.split()[1:]}


def test_a_scan_by_rules_outside_a_repository_loads_only_what_it_needs(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "app.py").write_text(LEAK, encoding="utf-8")
    loaded = loaded_modules(environment, tmp_path, "scan", "--model", "none")
    heavy = {"onnxruntime", "numpy", "tokenizers", "sarif_om", "tqdm", "git", "phonenumbers"}
    assert not loaded & heavy


def test_a_scan_of_the_index_loads_no_model_and_no_sarif(
    environment: dict[str, str], repository: Path, git: Run
) -> None:
    (repository / "app.py").write_text(LEAK, encoding="utf-8")
    git("add", "app.py", cwd=repository)
    loaded = loaded_modules(environment, repository, "scan", "--staged", "--model", "none")
    assert not loaded & {"onnxruntime", "numpy", "tokenizers", "sarif_om", "tqdm"}


def test_nothing_staged_loads_no_rules(environment: dict[str, str], repository: Path) -> None:
    loaded = loaded_modules(environment, repository, "hook")
    assert not loaded & {"onnxruntime", "numpy", "tokenizers", "sarif_om", "tqdm", "hyperscan"}


def test_importing_the_library_loads_nothing_heavy(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import leaksift, sys; print(*sys.modules)"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"onnxruntime", "numpy", "git", "sarif_om", "tqdm", "hyperscan", "click"}


# Odd names, odd contents

NAMES = ["with blank.py", "it's.py", "ünï-çødé.py", "-dash.py", "--staged", "%41&b.py", "a;b.py"]
NAMES_OF_POSIX = ['quo"te.py', "new\nline.py", "tab\tand\x1b[31mred.py", "back\\slash.py", ":x.py"]


@pytest.mark.parametrize("in_repository", [False, True], ids=["folder", "repository"])
def test_files_with_strange_names_are_scanned_and_named(
    leaksift: Run, git: Run, tmp_path: Path, in_repository: bool
) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    if in_repository:
        git("init", "-q", tree)
    names = NAMES + (NAMES_OF_POSIX if sys.platform != "win32" else [])
    for name in names:
        (tree / name).write_text(LEAK, encoding="utf-8")
    found = {str(finding["path"]) for finding in findings(leaksift("scan", "-o", "json", cwd=tree))}
    assert found == set(names)
    text = leaksift("scan", cwd=tree).stdout
    assert "\x1b" not in text


@linux_only
@pytest.mark.parametrize("staged", [False, True], ids=["tree", "index"])
def test_a_name_that_is_not_utf8_is_scanned_and_printed_safely(
    leaksift: Run, git: Run, repository: Path, staged: bool
) -> None:
    (repository / os.fsdecode(b"caf\xe9-\xff.py")).write_text(LEAK, encoding="utf-8")
    git("add", "-A", cwd=repository)
    done = leaksift("scan", *(["--staged"] if staged else []), cwd=repository)
    assert done.returncode == 1, done.stderr
    assert "caf\\xe9-\\xff.py" in done.stdout


def test_names_after_two_dashes_are_names(leaksift: Run, tmp_path: Path) -> None:
    (tmp_path / "--verbose").write_text(LEAK, encoding="utf-8")
    done = leaksift("scan", "-o", "json", "--", "--verbose")
    assert [finding["path"] for finding in findings(done)] == ["--verbose"]


def test_a_secret_is_found_in_every_encoding(leaksift: Run, tmp_path: Path) -> None:
    codecs = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
    text = "# Größe und Maß, für die Prüfung\r\n" + LEAK + "# fällig\r\n"
    for codec in codecs:
        (tmp_path / codec).write_bytes(text.encode(codec))
    found = findings(leaksift("scan", "-o", "json"))
    assert sorted(str(finding["path"]) for finding in found) == sorted(codecs)
    for finding in found:
        place = slice(int(str(finding["start"])), int(str(finding["end"])))
        assert PASSWORD in text[place], finding["path"]
        assert finding["start_line"] == 2
        assert LEAK[int(str(finding["start_column"])) - 1 :].startswith(text[place])


def test_a_line_of_a_million_characters_is_scanned_to_its_end(
    leaksift: Run, tmp_path: Path
) -> None:
    filler = "lorem ipsum=dolor;" * 30_000
    text = f"{filler}{URL} {filler}{URL.replace('9x', '8y')} "
    (tmp_path / "bundle.min.js").write_text(text, encoding="utf-8")
    found = findings(leaksift("scan", "-o", "json", timeout=60))
    assert [finding["start_line"] for finding in found] == [1, 1]
    assert int(str(found[1]["start"])) > 1_000_000
    for finding in found:
        place = slice(int(str(finding["start"])), int(str(finding["end"])))
        assert "s3cr3t" in text[place]


def test_odd_contents_neither_crash_nor_hang(leaksift: Run, tmp_path: Path) -> None:
    contents = [b"", b"\n", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xff" * 5000, b"\r" * 100_000]
    contents += [b"\xff\xfe\x00", b"\xed\xa0\x80" * 99, b"A" * 1_000_000, b"://:@" * 100_000]
    for number, content in enumerate(contents):
        (tmp_path / str(number)).write_bytes(content)
    done = leaksift("scan", "-o", "json", timeout=60)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)["summary"]
    assert summary["files"] + summary["skipped"] == len(contents)


def test_an_empty_folder_says_that_nothing_was_scanned(leaksift: Run) -> None:
    done = leaksift("scan")
    assert done.returncode == 0, done.stderr
    assert "Scanned 0 files" in done.stdout


# Standard input


def test_standard_input_is_called_what_path_says(leaksift: Run) -> None:
    done = leaksift("scan", "-", "--path", "src/app.py", "-o", "json", stdin=LEAK.encode())
    assert done.returncode == 1
    assert [finding["path"] for finding in findings(done)] == ["src/app.py"]


def test_standard_input_without_a_secret_exits_with_0(leaksift: Run) -> None:
    assert leaksift("scan", "-", stdin=b"nothing here\n").returncode == 0


# Output


def test_no_color_wins_over_force_color(leaksift: Run, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(LEAK, encoding="utf-8")
    assert "\x1b[" in leaksift("scan", env={"FORCE_COLOR": "1"}).stdout
    both = leaksift("scan", env={"FORCE_COLOR": "1", "NO_COLOR": "1"})
    assert "\x1b" not in both.stdout + both.stderr
    assert "\x1b" not in leaksift("scan").stdout


def test_several_outputs_are_written_in_one_run(leaksift: Run, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(LEAK, encoding="utf-8")
    done = leaksift("scan", "app.py", "-o", "json=a.json", "-o", "sarif=b.sarif", "-o", "text")
    assert done.returncode == 1, done.stderr
    assert "app.py" in done.stdout
    assert len(json.loads((tmp_path / "a.json").read_text("utf-8"))["findings"]) == 1
    assert json.loads((tmp_path / "b.sarif").read_text("utf-8"))["version"] == "2.1.0"


def test_a_report_is_written_also_when_nothing_was_found(leaksift: Run, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("pass\n", encoding="utf-8")
    assert leaksift("scan", "app.py", "-o", "sarif=b.sarif").returncode == 0
    log = json.loads((tmp_path / "b.sarif").read_text("utf-8"))
    assert log["runs"][0]["results"] == []


def test_the_same_tree_gives_the_same_report(leaksift: Run, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for number in range(30):
        (tree / str(number)).mkdir(parents=True)
        (tree / str(number) / "app.py").write_text("\n" * number + LEAK, encoding="utf-8")
    runs = [findings(leaksift("scan", "-o", "json", cwd=tree)) for _ in range(2)]
    assert runs[0] == runs[1]
    shutil.copytree(tree, tmp_path / "copy")
    copied = findings(leaksift("scan", "-o", "json", cwd=tmp_path / "copy"))
    places = [(item["path"], item["start"], item["rule"]) for item in runs[0]]
    assert [(item["path"], item["start"], item["rule"]) for item in copied] == places


# Configuration and baseline, end to end


def test_an_allow_comment_lets_a_finding_be_and_ci_can_refuse_it(
    leaksift: Run, tmp_path: Path
) -> None:
    plain = tmp_path / "app.py"
    plain.write_text(LEAK, encoding="utf-8")
    (finding,) = findings(leaksift("scan", "-o", "json"))
    plain.write_text(
        LEAK.rstrip() + f"  # leaksift: allow {finding['rule']} -- a test server\n", "utf-8"
    )
    assert leaksift("scan").returncode == 0
    assert leaksift("scan", "--no-inline-allow").returncode == 1


def test_a_baseline_lets_known_findings_be_and_stops_the_next_one(
    leaksift: Run, tmp_path: Path
) -> None:
    app = tmp_path / "app.py"
    app.write_text(LEAK, encoding="utf-8")
    done = leaksift("baseline", "create")
    assert done.returncode == 0, done.stderr
    assert leaksift("scan").returncode == 0
    app.write_text("\n\n" + LEAK, encoding="utf-8")
    assert leaksift("scan").returncode == 0
    app.write_text(LEAK + LEAK.replace("9x", "8y"), encoding="utf-8")
    done = leaksift("scan", "-o", "json")
    assert [finding["start_line"] for finding in findings(done)] == [2]


def test_config_show_tells_where_each_value_comes_from(leaksift: Run, tmp_path: Path) -> None:
    (tmp_path / ".leaksift.toml").write_text("exclude = ['dist/']\n", encoding="utf-8")
    done = leaksift("config", "show", env={"LEAKSIFT_FAIL_ON": "warn"})
    assert done.returncode == 0, done.stderr
    assert re.search(r'^exclude = \["dist/"\] +# \.leaksift\.toml$', done.stdout, re.MULTILINE)
    assert re.search(r'^fail-on = "warn" +# environment LEAKSIFT_FAIL_ON$', done.stdout, re.M)
