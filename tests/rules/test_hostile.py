"""Hostile input: time in proportion to size, nothing lost, everything counted.

Each case is a unit that is repeated; a real credential stands at the end. Cost is measured in CPU
seconds at one size and at four times that size: linear is a ratio of four, quadratic one of
sixteen.
"""

import base64
import json
import time
from pathlib import Path

import pytest

from leaksift import ScanResult, load_config
from leaksift.pipeline import Target, scan

PASSWORD = "Grue7-" + "lamp!9"
LAST = f"\n\ndatabase = postgres://app:{PASSWORD}@db.acme.io/x\n"
TOKEN = "ghp_" + "x1Yk2mQ9vB7rT4wZ8pL6sN3dF5gH0jabcdef"


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


UNITS: dict[str, str] = {
    # Against patterns: beginnings that never end, ends that never began, blanks, nesting.
    "unclosed quotes": 'password = "',
    "unclosed quotes, escaped": '\\"',
    "unclosed quotes behind a name": '"token": "\\"',
    "equals signs": "password = ",
    "names": "api_key_",
    "blanks": " ",
    "blanks between quotes": '"' + " " * 70 + "+",
    "line ends": "\r\n",
    "carriage returns": "\r",
    "addresses": "http://a:",
    "addresses with users": "x://a:b@c/",
    "e-mail": "a.b-",
    "e-mail ends": "@a.",
    "digits": "4",
    "digits with blanks": "4 1 ",
    "key blocks that begin": "-----BEGIN PRIVATE KEY-----\n",
    "key blocks that end": "-----END PRIVATE KEY-----",
    "key lines": "MIIEpAIBAAKCAQEA" * 4 + "\n",
    "PuTTY": "PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\n",
    "connection strings": "Server=a;Password=",
    "curl": "curl -u a:b ",
    "bearers": "Bearer ",
    "prefixes": "ghp_ xoxb- AKIA sk_live_ eyJ ",
    "tokens one character short": TOKEN[:-1] + "!",
    "tokens without an end": TOKEN[:12],
    "one finding after the other": f"x://u:{PASSWORD}@db.acme.io ",
    "brackets": "[[{{((",
    "XML": "<a><password>",
    "JSON": '{"a":[',
    # Against decoding.
    "base64 of text": base64_of("password = hunter2; "),
    "base64 words": base64_of("password = hunter2; one") + " ",
    "hexadecimal": b"password ".hex(),
    "hexadecimal words": b"password =  ".hex() + " ",
    "percent": "%41",
    "percent of percent": "%25",
    "unicode escapes": "\\u0041",
    "backslashes": "\\",
    "references": "&#65;",
    "ampersands": "&amp;",
    "literals": "a'+'",
    "continued lines": "a\\\n",
    "escapes before anchors": "\\nghp_",
    "wrapped base64": base64_of("x" * 57) + "\n",
    # Against reading.
    "NUL and text": "text \0",
    "bidi controls": "\u202e\u2066x\u2069",
    "wide characters": "\U0001f600",
    "characters of three bytes": "日本語 ",
    "lone replacement": "\ufffd a ",
}


def scanned(folder: Path, content: bytes, name: str = "hostile.txt") -> tuple[float, ScanResult]:
    """CPU seconds and result of a scan of one file."""
    (folder / name).write_bytes(content)
    loaded = load_config(folder, environ={}, flags={"model": "none"})
    begun = time.process_time()
    result = scan(Target("paths", paths=(str(folder / name),)), loaded)
    return time.process_time() - begun, result


def found_last(result: ScanResult, content: bytes) -> bool:
    """Whether the credential at the end was found."""
    last = content.decode("utf-8", "replace").rindex(PASSWORD)
    return any(finding.start == last for finding in result.findings)


def repeated(unit: str, size: int) -> bytes:
    return (unit * (size // len(unit.encode())) + LAST).encode()


@pytest.mark.parametrize("name", UNITS)
def test_cost_is_linear_and_the_last_line_is_found(name: str, tmp_path: Path) -> None:
    small, large = repeated(UNITS[name], 50_000), repeated(UNITS[name], 200_000)
    scanned(tmp_path, small)
    cost, result = scanned(tmp_path, large)
    assert result.error is None
    if result.skipped and result.skipped[0].reason == "binary":
        return  # named, so that nobody takes it for scanned
    assert found_last(result, large)
    if cost > 0.15:  # what is cheap needs no proof, and noise would decide
        before = min(scanned(tmp_path, small)[0] for _ in range(3))
        assert cost < 12 * max(before, 0.01)


@pytest.mark.parametrize("ending", [".json", ".ipynb", ".yml", ".env", ".py", ".xml", ".lock"])
@pytest.mark.parametrize("name", ["unclosed quotes, escaped", "JSON", "XML", "equals signs"])
def test_no_ending_of_a_name_makes_it_worse(name: str, ending: str, tmp_path: Path) -> None:
    small, large = repeated(UNITS[name], 50_000), repeated(UNITS[name], 200_000)
    scanned(tmp_path, small, f"credentials{ending}")
    cost, result = scanned(tmp_path, large, f"credentials{ending}")
    assert result.error is None
    if cost > 0.15:
        before = min(scanned(tmp_path, small, f"credentials{ending}")[0] for _ in range(3))
        assert cost < 12 * max(before, 0.01)


def test_a_spelling_in_twenty_others_ends_and_is_named(tmp_path: Path) -> None:
    text = f"TOKEN={TOKEN}\n" * 10
    for _ in range(20):
        text = base64_of(text)
    content = (text + LAST).encode()
    _, result = scanned(tmp_path, content)
    assert found_last(result, content)
    assert [one.reason for one in result.skipped] == ["encoded"]


def test_wrong_utf8_hides_nothing(tmp_path: Path) -> None:
    content = b"caf\xe9 \xff\xfe \xc3( some words of text\n" * 3000 + LAST.encode()
    _, result = scanned(tmp_path, content)
    text = content.decode("cp1252", "replace")
    assert [text[finding.start : finding.end] for finding in result.findings] == [PASSWORD]


def test_a_notebook_of_images_and_many_cells_is_read(tmp_path: Path) -> None:
    def made(cells: int) -> bytes:
        image = {"output_type": "display_data", "data": {"image/png": "iVBORw0K" * 500}}
        code = {"cell_type": "code", "source": ["x = 1\n"] * 5, "outputs": [image]}
        last = {"cell_type": "code", "source": LAST, "outputs": []}
        return json.dumps({"cells": [*[code] * cells, last], "nbformat": 4}).encode()

    scanned(tmp_path, made(10), "n.ipynb")
    small = min(scanned(tmp_path, made(100), "n.ipynb")[0] for _ in range(3))
    large, result = scanned(tmp_path, made(400), "n.ipynb")
    assert large < 12 * max(small, 0.01)
    assert len(result.findings) == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", UNITS)
def test_cost_is_linear_up_to_eight_megabytes(name: str, tmp_path: Path) -> None:
    small, large = repeated(UNITS[name], 2_000_000), repeated(UNITS[name], 8_000_000)
    before, _ = scanned(tmp_path, small)
    cost, result = scanned(tmp_path, large)
    assert result.skipped or found_last(result, large)
    assert cost < 10 * max(before, 0.1)


@pytest.mark.slow
def test_a_million_candidates_are_all_counted(tmp_path: Path) -> None:
    unit = f"x://u:{PASSWORD}@db.acme.io\n"
    content = unit.encode() * 1_000_000
    (tmp_path / ".leaksift.toml").write_text("max-file-size = 100_000_000\n")
    _, result = scanned(tmp_path, content)
    assert len(result.findings) == 1_000_000


@pytest.mark.slow
def test_a_line_of_fifty_megabytes_is_scanned_to_its_end(tmp_path: Path) -> None:
    words = "the quick brown fox jumps over the lazy dog; "
    small, large = repeated(words, 5_000_000), repeated(words, 50_000_000)
    (tmp_path / ".leaksift.toml").write_text("max-file-size = 100_000_000\n")
    before, _ = scanned(tmp_path, small)
    cost, result = scanned(tmp_path, large)
    assert found_last(result, large)
    assert cost < 25 * max(before, 0.1)
