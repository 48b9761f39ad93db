"""What the tests of reports share: made-up findings, and the two checkers of SARIF files."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaksift.finding import Finding, RuleInfo, ScanResult, Severity, Skipped, Summary

RULES = (
    RuleInfo(
        id="github-pat",
        title="GitHub personal access token",
        why="Whoever has it can act as its owner: read and write repositories.",
        fix="Revoke it in the account's settings, then make a new one.",
        label="secret",
        severity=Severity.BLOCK,
        precision="very-high",
        security_severity=9.5,
        cwe=798,
        references=("https://docs.github.com/en/authentication",),
    ),
    RuleInfo(
        id="iban",
        title="IBAN",
        why="Names a bank account.",
        fix="Replace it by an example.",
        label="account_number",
        severity=Severity.WARN,
        precision="high",
        security_severity=5.0,
        cwe=359,
    ),
    RuleInfo(
        id="private-date",
        title="Date",
        why="Together with a name it points at a person.",
        fix="Leave it out where nobody needs it.",
        label="private_date",
        severity=Severity.NOTE,
        precision="low",
        security_severity=0.0,
        cwe=7,
    ),
)

_LABELS = {rule.id: rule.label for rule in RULES}


def make_finding(
    path: str = "src/settings.py",
    rule: str = "github-pat",
    severity: Severity = Severity.BLOCK,
    line: int = 3,
    end_line: int | None = None,
    start: int = 40,
    score: float = 0.99,
    line_hash: str | None = None,
) -> Finding:
    """A finding whose line holds one emoji before it, so that UTF-16 columns are one more."""
    return Finding(
        path=path,
        rule=rule,
        label=_LABELS.get(rule, "secret"),
        severity=severity,
        source="rule",
        score=score,
        start=start,
        end=start + 40,
        start_line=line,
        start_column=5,
        end_line=line if end_line is None else end_line,
        end_column=45,
        fingerprint=f"{start:064x}",
        preview="gh****42 (40 characters)",
        start_column_utf16=6,
        end_column_utf16=46,
        line_hash=line_hash,
    )


def make_result(*findings: Finding, **parts: Any) -> ScanResult:
    """A finished scan with these findings."""
    return ScanResult(
        findings=findings,
        skipped=parts.pop("skipped", ()),
        summary=Summary(files=4, lines=90, bytes=3000, seconds=0.2, allowed={"inline": 2}),
        rules=parts.pop("rules", RULES),
        **parts,
    )


ODD_PATHS = (
    "with blank.py",
    "100%/#1?.py",
    "%41.txt",
    "größe/密码/😀.env",
    "latin1-\udce9\udcff.txt",
    "a\nb\tc\x1b[31m.txt",
    'quote"\\back.txt',
    "c:d/e.txt",
    "-rf",
    "..hidden",
    "<stdin>",
    "~a!$&'()*+,;=@.txt",
    "::error file=x::y",
    "##[error]x",
    "../neighbour.txt",
    "/srv/data/x.txt",
)

SCENARIOS = {
    "nothing found": make_result(),
    "no rules": make_result(rules=()),
    "one of each level": make_result(
        make_finding(line_hash="e54938cc54b302f1:1"),
        make_finding(rule="iban", severity=Severity.WARN, line=4),
        make_finding(rule="private-date", severity=Severity.NOTE, line=5, score=0.0),
    ),
    "odd paths": make_result(
        *(make_finding(path) for path in ODD_PATHS),
        skipped=tuple(Skipped(path, "binary") for path in ODD_PATHS),
    ),
    "several lines": make_result(make_finding(line=3, end_line=9)),
    "broke off": make_result(
        make_finding(),
        error="cannot read 'bad\udcff\x1b name'",
        notices=("No model is installed; the rules ran alone.",),
        stale=("old/\udcff.txt github-pat",),
        skipped=(
            Skipped("big.sql", "too large", "12 MB, the limit is 5 MB"),
            Skipped("vendor/lib", "submodule"),
            Skipped("secret.key", "unreadable", "permission denied"),
        ),
    ),
    "thirty on one line": make_result(*(make_finding(start=at) for at in range(40, 70))),
    "rules that say little": make_result(
        make_finding(rule="x"),
        rules=(
            RuleInfo("x", "", "", "", "secret", Severity.BLOCK, "low", 99.0, 798),
            RuleInfo("y", "Y" * 3000, "y " * 3000, "", "secret", Severity.NOTE, "low", 1, 798),
        ),
    ),
}


@pytest.fixture(params=SCENARIOS.values(), ids=SCENARIOS.keys())
def scenario(request: pytest.FixtureRequest) -> ScanResult:
    """A scan that is hard to report well."""
    result: ScanResult = request.param
    return result


@pytest.fixture
def finding() -> Callable[..., Finding]:
    return make_finding


@pytest.fixture
def scan_result() -> Callable[..., ScanResult]:
    return make_result


@pytest.fixture(scope="session")
def multitool() -> Path:
    """Microsoft's SARIF checker (npm package @microsoft/sarif-multitool-linux)."""
    program = os.environ.get("SARIF_MULTITOOL")
    if not program:
        pytest.skip("SARIF_MULTITOOL does not name the program Sarif.Multitool")
    return Path(program)


@pytest.fixture(scope="session")
def schema_problems(multitool: Path) -> Callable[[Any], list[str]]:
    """Checks a log against the SARIF schema that the multitool ships."""
    from jsonschema.validators import validator_for

    schema = json.loads((multitool.parent / "sarif-2.1.0.json").read_text(encoding="utf-8-sig"))
    validator = validator_for(schema)(schema)
    return lambda log: [
        f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(log)
    ]


@pytest.fixture
def multitool_problems(multitool: Path, tmp_path: Path) -> Callable[[str], list[str]]:
    """Checks a log's text with the rules of SARIF and of GitHub's ingestion: errors, warnings."""

    def check(text: str) -> list[str]:
        file, verdict = tmp_path / "checked.sarif", tmp_path / "verdict.sarif"
        file.write_text(text, encoding="utf-8")
        command = [multitool, "validate", file, "--rule-kind", "Sarif;Ghas"]
        command += ["--level", "Error;Warning", "--quiet", "true"]
        command += ["--log", "ForceOverwrite", "-o", verdict]
        # It exits with 0 whatever it finds; only its own log tells.
        subprocess.run(command, capture_output=True, check=False)
        run = json.loads(verdict.read_text(encoding="utf-8-sig"))["runs"][0]
        problems = [
            f"{result['ruleId']} {result['message'].get('arguments')}"
            for result in run.get("results", [])
        ]
        for invocation in run.get("invocations", []):
            told = invocation.get("toolConfigurationNotifications", [])
            problems += [notification["message"]["text"] for notification in told]
        return problems

    return check
