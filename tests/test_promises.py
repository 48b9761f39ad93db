"""The promises that hold for any input: nothing leaks, nothing crashes, positions are right."""

import base64
import codecs
import html
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaksift import Document, Finding, ScanResult, Skipped, Summary, load_config
from leaksift.cli.outputs import FORMATS
from leaksift.finding import LABELS, Span
from leaksift.model.labels import label_rules, rule_id
from leaksift.pipeline import Target, scan
from leaksift.policy.judge import Policy, judge
from leaksift.rules.engine import RuleDetector
from leaksift.rules.presets import load_presets
from leaksift.rules.rule import PRESETS

RULES = {rule.id: rule for rule in label_rules()}

# Letters that no rule text, digest or number is made of, and everything that formats escape.
VALUES = st.text(alphabet="GHJKQVXYZ!§é日\U0001f600\n\"'<&:%\\", min_size=6, max_size=40).filter(
    lambda value: value.strip() == value
)


def spellings(value: str) -> set[str]:
    """How a value could hide in a report."""
    data = value.encode()
    return {
        value,
        value[::-1],
        repr(value)[1:-1],
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        value.encode("unicode_escape").decode(),
        html.escape(value),
        quote(value),
        quote(value, safe=""),
        quote_plus(value),
        data.hex(),
        base64.b64encode(data).decode().rstrip("="),
        base64.urlsafe_b64encode(data).decode().rstrip("="),
        codecs.encode(value, "rot13"),
    }


@given(
    st.lists(
        st.tuples(st.text(max_size=10), VALUES, st.sampled_from(LABELS)), min_size=1, max_size=6
    ),
    st.sampled_from([None, b"salt" * 8]),
)
def test_no_report_holds_a_value_that_was_found(
    parts: list[tuple[str, str, str]], salt: bytes | None
) -> None:
    text, spans = "", []
    for before, value, label in parts:
        start = len(text) + len(before)
        text += before + value
        spans.append(Span(start, len(text), label, rule_id(label), 0.99, "model"))  # type: ignore[arg-type]
    document = Document("a.txt", text, len(text.encode()))
    judged = judge(document, spans, Policy(rules=RULES, report_examples=True, salt=salt))
    assert judged.findings
    result = ScanResult(
        judged.findings,
        (Skipped("b", "binary"),),
        Summary(allowed=judged.allowed),
        tuple(RULES.values()),
        notices=judged.warnings,
    )
    config = load_config(Path.cwd(), environ={}).config
    for name, build in FORMATS.items():
        report = build(result, config, True, "always")
        for _, value, _ in parts:
            assert not [s for s in spellings(value) if s in report], name


@pytest.fixture(scope="module")
def detector() -> RuleDetector:
    return RuleDetector(load_presets(PRESETS))


CONTENT = st.one_of(
    st.binary(max_size=400),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(
        st.sampled_from(
            [
                "password",
                "=",
                '"',
                "'",
                ":",
                "AKIA",
                "ghp_",
                "//",
                "@",
                "-----BEGIN ",
                "\n",
                "x" * 40,
            ]
        ),
        max_size=40,
    ).map(lambda parts: "".join(parts).encode()),
)


@settings(max_examples=150)
@given(content=CONTENT)
def test_no_content_makes_the_scanner_fail(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("content")
    (folder / "file").write_bytes(content)
    loaded = load_config(folder, environ={}, flags={"model": "none"})
    result = scan(Target("paths", paths=(str(folder),)), loaded)
    assert result.error is None
    assert result.summary.files + len(result.skipped) == 1


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "password=",
        "x@y.z ",
        "1 ",
        "-----BEGIN PRIVATE KEY-----\n",
        "http://a:",
        '"token": "',
        "é",
    ],
)
def test_no_repetition_makes_the_scanner_hang(detector: RuleDetector, unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    begun = time.process_time()
    detector.detect([Document("a", text, len(text))])
    # Generous: it takes well under a second; quadratic time would be hours.
    assert time.process_time() - begun < 30


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]


@settings(max_examples=60)
@given(
    encoding=st.sampled_from(ENCODINGS),
    newline=st.sampled_from(["\n", "\r\n"]),
    before=st.lists(
        st.sampled_from(["", "x = 1", "naïve café", "# über", "\tindented"]), max_size=5
    ),
    prefix=st.sampled_from(["", "é = 1; ", "url = "]),
)
def test_line_and_column_point_at_the_value_in_the_original_bytes(
    encoding: str,
    newline: str,
    before: list[str],
    prefix: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    value = "k3ttle-" + "Drum9"
    line = f'{prefix}"postgres://app:{value}@db.acme.io/x"'
    text = newline.join(["# some words of plain text to tell the encoding by", *before, line, ""])
    folder = tmp_path_factory.mktemp("encoding")
    (folder / "file.py").write_bytes(text.encode(encoding))
    loaded = load_config(folder, environ={}, flags={"model": "none"})
    result = scan(Target("paths", paths=(str(folder),)), loaded)
    assert [
        at(finding, (folder / "file.py").read_bytes(), encoding) for finding in result.findings
    ] == [value]


def at(finding: Finding, data: bytes, encoding: str) -> str:
    """The text at a finding's line and column, read from the bytes without leaksift."""
    text = data.decode(encoding)
    lines = text.removeprefix("\ufeff").split("\n")
    assert finding.start_line == finding.end_line
    line = lines[finding.start_line - 1]
    utf16 = line.encode("utf-16-le")
    found = utf16[2 * finding.start_column_utf16 - 2 : 2 * finding.end_column_utf16 - 2]
    assert found.decode("utf-16-le") == line[finding.start_column - 1 : finding.end_column - 1]
    return line[finding.start_column - 1 : finding.end_column - 1]


def test_the_order_that_a_process_gives_its_sets_decides_nothing(tmp_path: Path) -> None:
    # Names and values about which as much speaks for a credential as against it.
    (tmp_path / "names.toml").write_text(
        'names = [\n  "psk", "*password", "wep-key*", "wep_key*", "wep_tx_keyidx/*", "key",\n]\n'
        'others = ["db_password", "ftp_pass", "ftp_password", "smtp_pass*", "redis_password"]\n',
        encoding="utf-8",
    )
    reports = {
        subprocess.run(
            [sys.executable, "-m", "leaksift", "scan", ".", "--model", "none", "-o", "jsonl"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            check=False,
        ).stdout
        for seed in range(20, 30)
    }
    assert len(reports) == 1
