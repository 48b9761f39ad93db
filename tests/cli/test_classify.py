"""`leaksift classify`, and what a scan does with the category of a document."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from leaksift.finding import CATEGORIES

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "tests" / "model" / "tiny_embedded"
HEADLESS = ROOT / "tests" / "model" / "tiny"

# In pieces, so that no scanner takes this file for a leak.
LEAK = "url = 'postgres://app:" + "s3cr3t-Horse-9x" + "@db.internal:5432/x'\n"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def leaksift(tmp_path: Path) -> Run:
    """Runs the command in `tmp_path`."""

    def run(*arguments: str, stdin: str = "", **environment: str) -> Any:
        return subprocess.run(
            [sys.executable, "-m", "leaksift", *arguments],
            cwd=tmp_path,
            env={**os.environ, **environment},
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    return run


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    file = tmp_path / "notes.txt"
    file.write_text("The doctor said that the fever will be gone by Monday.\n", encoding="utf-8")
    return file


def classified(leaksift: Run, *arguments: str, **more: str) -> list[dict[str, Any]]:
    done = leaksift("classify", "--jsonl", "--model", str(MODEL), *arguments, **more)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_line_names_file_category_and_probability(leaksift, notes) -> None:
    done = leaksift("classify", "--model", str(MODEL), "notes.txt")
    assert done.returncode == 0, done.stderr
    (told,) = classified(leaksift, "notes.txt")
    assert done.stdout == f"notes.txt: {told['category']} {told['probability']:.2f}\n"


def test_json_lines_have_all_ten_probabilities(leaksift, notes, tmp_path) -> None:
    (tmp_path / "b.py").write_text("x = load(y)\n", encoding="utf-8")
    first, second = classified(leaksift, "notes.txt", "b.py")
    assert {first["path"], second["path"]} == {"notes.txt", "b.py"}
    for told in (first, second):
        assert list(told) == ["path", "category", "probability", "probabilities"]
        assert list(told["probabilities"]) == list(CATEGORIES)
        assert sum(told["probabilities"].values()) == pytest.approx(1, abs=1e-3)
        assert told["probability"] == told["probabilities"][told["category"]]
        assert told["probability"] == max(told["probabilities"].values())


def test_standard_input_is_classified_like_the_file(leaksift, notes) -> None:
    text = notes.read_text("utf-8")
    (of_file,) = classified(leaksift, "notes.txt")
    (of_input,) = classified(leaksift, "-", stdin=text)
    assert of_input == {**of_file, "path": "stdin"}
    (named,) = classified(leaksift, "-", "--path", "notes.txt", stdin=text)
    assert named == of_file


def test_both_backends_say_the_same(leaksift, notes) -> None:
    (usual,) = classified(leaksift, "notes.txt")
    (other,) = classified(leaksift, "notes.txt", LEAKSIFT_BACKEND="numpy")
    assert other["category"] == usual["category"]
    assert other["probabilities"] == pytest.approx(usual["probabilities"], abs=2e-4)


def test_a_file_without_text_has_no_category(leaksift, tmp_path) -> None:
    (tmp_path / "empty.txt").write_text(" \n", encoding="utf-8")
    (told,) = classified(leaksift, "empty.txt")
    nothing = {"category": None, "probability": None, "probabilities": {}}
    assert told == {"path": "empty.txt", **nothing}
    done = leaksift("classify", "--model", str(MODEL), "empty.txt")
    assert done.stdout == "empty.txt: no text\n"


def assert_one_line(done: Any, code: int, words: str) -> None:
    assert done.returncode == code, done.stderr + done.stdout
    assert done.stdout == ""
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--model", str(HEADLESS), "notes.txt"], 3, "has no document head"),
        (["--model", "none", "notes.txt"], 2, "wants no model"),
        (["--model", "nowhere", "notes.txt"], 3, "no such model directory"),
        (["--model", str(MODEL), "gone.txt"], 2, "gone.txt"),
    ],
)
def test_what_cannot_be_classified_is_one_clear_line(
    leaksift, notes, arguments: list[str], code: int, words: str
) -> None:
    assert_one_line(leaksift("classify", *arguments), code, words)


def test_an_unknown_backend_is_one_clear_line(leaksift, notes) -> None:
    done = leaksift("classify", "--model", str(MODEL), "notes.txt", LEAKSIFT_BACKEND="fast")
    assert_one_line(done, 2, "LEAKSIFT_BACKEND is one of onnxruntime, numpy, not 'fast'")


def test_wrong_usage_is_exit_code_2(leaksift, notes) -> None:
    for arguments in ([], ["-", "notes.txt"], ["notes.txt", "--path", "x"]):
        done = leaksift("classify", "--model", str(MODEL), *arguments)
        assert done.returncode == 2, arguments
        assert "Traceback" not in done.stderr


def test_a_file_that_is_left_out_is_named_and_with_strict_a_failure(
    leaksift, notes, tmp_path
) -> None:
    (tmp_path / "logo.bin").write_bytes(bytes(range(256)) * 40)
    arguments = ("classify", "--model", str(MODEL), "notes.txt", "logo.bin")
    done = leaksift(*arguments)
    assert done.returncode == 0
    assert done.stderr == "leaksift: not classified: logo.bin (binary)\n"
    assert done.stdout.startswith("notes.txt: ")
    assert leaksift(*arguments, LEAKSIFT_STRICT="true").returncode == 3


# The category in a scan


@pytest.fixture
def code(tmp_path: Path) -> str:
    (tmp_path / "app.py").write_text(LEAK, encoding="utf-8")
    return "app.py"


def findings(done: Any) -> list[dict[str, Any]]:
    return list(json.loads(done.stdout)["findings"])


def test_findings_have_the_category_of_their_document(leaksift, code) -> None:
    (told,) = classified(leaksift, code)
    done = leaksift("scan", code, "--model", str(MODEL), "-o", "json")
    schema = json.loads((ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(done.stdout), schema)
    found = findings(done)
    assert any(finding["source"] == "rule" for finding in found)
    assert {finding["category"] for finding in found} == {told["category"]}


def test_a_scan_by_rules_alone_has_no_category(leaksift, code) -> None:
    (found,) = findings(leaksift("scan", code, "--model", "none", "-o", "json"))
    assert found["category"] is None
    log = json.loads(leaksift("scan", code, "--model", "none", "-o", "sarif").stdout)
    assert "category" not in log["runs"][0]["results"][0]["properties"]


def test_sarif_results_have_the_category_as_a_property(leaksift, code) -> None:
    (told,) = classified(leaksift, code)
    log = json.loads(leaksift("scan", code, "--model", str(MODEL), "-o", "sarif").stdout)
    results = log["runs"][0]["results"]
    assert {result["properties"]["category"] for result in results} == {told["category"]}


def test_a_severity_can_depend_on_the_category(leaksift, code, tmp_path) -> None:
    (told,) = classified(leaksift, code)
    other = next(name for name in CATEGORIES if name != told["category"])

    def severities(category: str) -> set[str]:
        table = f'[category-severity."{category}"]\nsecret = "note"\n'
        (tmp_path / ".leaksift.toml").write_text(table, encoding="utf-8")
        done = leaksift("scan", code, "--model", str(MODEL), "-o", "json")
        return {one["severity"] for one in findings(done) if one["label"] == "secret"}

    assert severities(told["category"]) == {"note"}
    assert severities(other) == {"block"}


def test_config_show_prints_severities_by_category(leaksift, tmp_path) -> None:
    (tmp_path / ".leaksift.toml").write_text(
        '[category-severity."Business & Finance"]\naccount_number = "block"\niban = "off"\n',
        encoding="utf-8",
    )
    shown = leaksift("config", "show").stdout
    assert (
        'category-severity = { "Business & Finance" = { account_number = "block", iban = "off" } }'
        in shown
    )
