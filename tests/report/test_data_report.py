"""The reports for scripts have the form that `docs/report.schema.json` promises."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest

from leaksift.finding import LABELS, Detector, Severity, SkipReason

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "docs" / "report.schema.json").read_text(encoding="utf-8")
)
FINDING = SCHEMA["$defs"]["finding"]["properties"]

# In pieces, so that no scanner takes this file for a leak.
LEAK = "url = 'postgres://app:" + "s3cr3t-Horse-9x" + "@db.internal:5432/x'\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with something to find, something to let be and something to skip."""
    folder = tmp_path_factory.mktemp("folder")
    (folder / "app.py").write_text("# Größe 😀\n" + LEAK * 3, encoding="utf-8")
    (folder / "allowed.py").write_text("# leaksift: allow * -- a test\n" + LEAK, encoding="utf-8")
    (folder / "logo.png").write_bytes(bytes(range(256)) * 30)
    return folder


def scan(folder: Path, *arguments: str) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LEAKSIFT_")}
    done = subprocess.run(
        [sys.executable, "-m", "leaksift", "scan", *arguments],
        cwd=folder,
        env={**environment, "LEAKSIFT_CACHE_DIR": str(folder.parent / "cache")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1, done.stderr
    return done.stdout


def validator(schema: dict[str, Any]) -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_json_report_has_the_form_of_the_schema(folder: Path) -> None:
    report = json.loads(scan(folder, "-o", "json"))
    validator(SCHEMA).validate(report)
    assert len(report["findings"]) == 3
    assert [item["path"] for item in report["skipped"]] == ["logo.png"]
    assert report["summary"]["skipped"] == 1
    assert report["summary"]["files"] == 2


def test_every_line_of_the_jsonl_report_is_a_finding(folder: Path) -> None:
    one_finding = validator({**SCHEMA["$defs"]["finding"], "$defs": SCHEMA["$defs"]})
    lines = scan(folder, "-o", "jsonl").splitlines()
    assert len(lines) == 3
    for line in lines:
        one_finding.validate(json.loads(line))


def test_positions_point_at_the_value(folder: Path) -> None:
    text = (folder / "app.py").read_text("utf-8")
    for finding in json.loads(scan(folder, "-o", "json"))["findings"]:
        assert "s3cr3t" in text[finding["start"] : finding["end"]]
        line = text.split("\n")[finding["start_line"] - 1]
        columns = slice(finding["start_column"] - 1, finding["end_column"] - 1)
        assert line[columns] == text[finding["start"] : finding["end"]]


def test_the_schema_refuses_what_is_not_a_report(folder: Path) -> None:
    report = json.loads(scan(folder, "-o", "json"))
    report["findings"][0]["value"] = "anything"
    assert not validator(SCHEMA).is_valid(report)


def test_the_schema_names_every_label_severity_source_and_reason() -> None:
    assert set(FINDING["label"]["enum"]) == set(LABELS)
    assert set(FINDING["severity"]["enum"]) == {str(level) for level in Severity}
    assert set(FINDING["source"]["enum"]) == set(get_args(Detector))
    reasons = SCHEMA["$defs"]["skipped"]["properties"]["reason"]["enum"]
    assert set(reasons) == set(get_args(SkipReason))
