"""The SARIF log holds what GitHub needs, in a form that every reader takes."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift.finding import Finding, ScanResult, Severity, Skipped
from leaksift_sarif import log as sarif_log
from leaksift_sarif.serialize import to_json
from leaksift_sarif.uris import place

MakeFinding = Callable[..., Finding]
MakeResult = Callable[..., ScanResult]


def written(result: ScanResult, version: str = "1.2.3", category: str = "leaksift/") -> Any:
    return json.loads(to_json(sarif_log.build(result, version=version, category=category)))


def only_run(result: ScanResult) -> Any:
    (run,) = written(result)["runs"]
    return run


def strings(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from strings(value)


def test_every_scan_fits_the_sarif_schema(
    scenario: ScanResult, schema_problems: Callable[[Any], list[str]]
) -> None:
    assert schema_problems(written(scenario)) == []


@pytest.mark.slow
def test_the_multitool_has_neither_error_nor_warning(
    scenario: ScanResult, multitool_problems: Callable[[str], list[str]]
) -> None:
    assert multitool_problems(to_json(sarif_log.build(scenario, version="1.2.3"))) == []


@pytest.mark.slow
def test_the_multitool_would_see_an_unencoded_path(
    scan_result: MakeResult, finding: MakeFinding, multitool_problems: Callable[[str], list[str]]
) -> None:
    text = to_json(sarif_log.build(scan_result(finding("a b.py")), version="1.2.3"))
    assert multitool_problems(text.replace("a%20b.py", "a b.py")) != []


def test_every_scan_has_what_github_requires(scenario: ScanResult) -> None:
    log = written(scenario)
    (run,) = log["runs"]
    assert log["$schema"] and log["version"] == "2.1.0"
    assert run["columnKind"] == "utf16CodeUnits"
    assert run["automationDetails"]["id"] == "leaksift/"
    assert len(run["results"]) == len(scenario.findings)
    for rule in run["tool"]["driver"]["rules"]:
        assert len(rule["shortDescription"]["text"]) <= 1024
        assert len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["text"] and rule["help"]["markdown"]
        assert len(rule["name"]) <= 255 and rule["name"].lower() != rule["id"].lower()
        assert rule["defaultConfiguration"]["level"] in ("note", "warning", "error")
        assert 0.1 <= float(rule["properties"]["security-severity"]) <= 10
        assert len(rule["properties"]["tags"]) <= 10
    for result in run["results"]:
        assert result["level"] in ("note", "warning", "error")
        assert result["message"]["text"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert all(region[key] >= 1 for key in ("startLine", "startColumn", "endLine", "endColumn"))
        artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert artifact["uriBaseId"] in run["originalUriBaseIds"]


def test_no_text_is_empty_and_all_is_ascii_that_ends_with_a_newline(scenario: ScanResult) -> None:
    text = to_json(sarif_log.build(scenario, version="1.2.3"))
    assert text.isascii() and text.endswith("}\n")
    assert all(strings(json.loads(text)))
    # A lone surrogate escape is refused by strict JSON readers.
    assert all(one.encode("utf-8") for one in strings(json.loads(text)))


def test_a_warning_is_written_although_it_is_the_default(
    scan_result: MakeResult, finding: MakeFinding
) -> None:
    run = only_run(scan_result(finding(rule="github-pat", severity=Severity.WARN)))
    assert run["tool"]["driver"]["rules"][0]["defaultConfiguration"]["level"] == "error"
    assert run["results"][0]["level"] == "warning"


@pytest.mark.parametrize(
    ("severity", "level"),
    [(Severity.BLOCK, "error"), (Severity.WARN, "warning"), (Severity.NOTE, "note")],
)
def test_a_severity_becomes_a_level(
    scan_result: MakeResult, finding: MakeFinding, severity: Severity, level: str
) -> None:
    assert only_run(scan_result(finding(severity=severity)))["results"][0]["level"] == level


def test_a_scan_that_found_nothing_still_lists_its_rules_and_no_results(
    scan_result: MakeResult,
) -> None:
    run = only_run(scan_result())
    assert run["results"] == []
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["github-pat", "iban", "private-date"]


def test_a_result_points_at_its_rule_and_at_its_place_in_utf_16_columns(
    scan_result: MakeResult, finding: MakeFinding
) -> None:
    run = only_run(scan_result(finding(rule="iban", line=3, end_line=5)))
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "iban"
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 3, "startColumn": 6, "endLine": 5, "endColumn": 46}


def test_the_message_is_the_title_and_the_masked_value(
    scan_result: MakeResult, finding: MakeFinding
) -> None:
    (result,) = only_run(scan_result(finding()))["results"]
    assert result["message"] == {"text": "GitHub personal access token: gh****42 (40 characters)."}


def test_githubs_line_hash_is_there_only_when_it_is_known(
    scan_result: MakeResult, finding: MakeFinding
) -> None:
    results = only_run(scan_result(finding(start=1), finding(start=2, line_hash="abc:1")))[
        "results"
    ]
    assert [sorted(result["partialFingerprints"]) for result in results] == [
        ["leaksift/v1"],
        ["leaksift/v1", "primaryLocationLineHash"],
    ]


def test_findings_of_one_rule_on_one_line_stay_apart(
    scan_result: MakeResult, finding: MakeFinding
) -> None:
    results = only_run(scan_result(*(finding(start=at) for at in range(30))))["results"]
    assert len({result["partialFingerprints"]["leaksift/v1"] for result in results}) == 30


def test_the_order_of_findings_rules_and_files_changes_nothing(
    scan_result: MakeResult, finding: MakeFinding
) -> None:
    findings = [finding(path, start=at) for path in ("b", "a", "\udcff") for at in (9, 1)]
    skipped = [Skipped("x", "binary"), Skipped("a", "unreadable")]
    plain = scan_result(*findings, skipped=tuple(skipped))
    random.Random(1).shuffle(findings)
    turned = scan_result(*findings, skipped=tuple(skipped[::-1]), rules=plain.rules[::-1])
    assert written(plain) == written(turned)


def test_more_results_than_github_takes_are_cut_to_the_most_severe_and_it_says_so(
    scan_result: MakeResult, finding: MakeFinding
) -> None:
    notes = [finding("a.txt", severity=Severity.NOTE, start=at) for at in range(25_000)]
    run = only_run(scan_result(*notes, finding("z.txt", severity=Severity.BLOCK)))
    assert len(run["results"]) == 25_000
    assert run["results"][-1]["level"] == "error"
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert "25,000 most severe of 25,001" in told["message"]["text"]


def test_a_scan_that_broke_off_is_not_called_successful(
    scan_result: MakeResult, finding: MakeFinding
) -> None:
    (invocation,) = only_run(scan_result(finding(), error="no git"))["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["level"] == "error"
    assert "no git" in invocation["toolExecutionNotifications"][0]["message"]["text"]
    assert only_run(scan_result())["invocations"][0]["executionSuccessful"] is True


def test_skipped_files_notices_and_stale_entries_are_notifications(
    scan_result: MakeResult,
) -> None:
    result = scan_result(
        skipped=(Skipped("b c.bin", "binary"), Skipped("a", "unreadable", "permission denied")),
        notices=("nothing staged",),
        stale=("old.txt iban",),
    )
    told = only_run(result)["invocations"][0]["toolExecutionNotifications"]
    assert [(one["level"], one["message"]["text"]) for one in told] == [
        ("note", "nothing staged"),
        ("note", "This baseline entry matches nothing any more: old.txt iban"),
        ("warning", "Not scanned: unreadable (permission denied)."),
        ("note", "Not scanned: binary."),
    ]
    (location,) = told[-1]["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "b%20c.bin"


@pytest.mark.parametrize("category", ["leaksift/linux", "leaksift/linux/"])
def test_a_category_always_ends_with_a_slash_so_that_github_takes_all_of_it(
    scan_result: MakeResult, category: str
) -> None:
    run = written(scan_result(), category=category)["runs"][0]
    assert run["automationDetails"]["id"] == "leaksift/linux/"


def test_a_pre_release_of_python_is_not_called_a_semantic_version(scan_result: MakeResult) -> None:
    release = written(scan_result(), version="1.2.3")["runs"][0]["tool"]["driver"]
    candidate = written(scan_result(), version="1.2.3rc1")["runs"][0]["tool"]["driver"]
    assert release["semanticVersion"] == release["version"] == "1.2.3"
    assert candidate["version"] == "1.2.3rc1" and "semanticVersion" not in candidate


@pytest.mark.parametrize(
    ("path", "uri", "base"),
    [
        ("src/a b#1.py", "src/a%20b%231.py", "%SRCROOT%"),
        ("./é.txt", "%C3%A9.txt", "%SRCROOT%"),
        ("\udce9.txt", "%E9.txt", "%SRCROOT%"),
        ("c:d/e.txt", "c%3Ad/e.txt", "%SRCROOT%"),
        ("../other/x", "../other/x", "%SRCROOT%"),
        ("/srv/data/x", "srv/data/x", "%OUTSIDE%"),
        ("//srv/data/x", "srv/data/x", "%OUTSIDE%"),
    ],
)
def test_a_path_becomes_a_relative_percent_encoded_uri(path: str, uri: str, base: str) -> None:
    if sys.platform == "win32" and path.startswith(("c:", "//")):
        pytest.skip("a drive and a share, which Windows puts outside")
    assert (place(path).uri, place(path).base) == (uri, base)


@pytest.mark.skipif(sys.platform != "win32", reason="drives exist on Windows only")
def test_a_drive_is_outside_the_repository() -> None:
    assert (place("C:/data/x").uri, place("C:/data/x").base) == ("data/x", "%OUTSIDE%")


file_name = st.binary(min_size=1, max_size=20).filter(lambda name: b"/" not in name)


@given(st.lists(file_name.filter(lambda name: name not in (b".", b"..")), min_size=1, max_size=3))
def test_the_uri_of_any_name_gives_back_its_bytes(names: list[bytes]) -> None:
    path = b"/".join(names)
    where = place("x/" + path.decode("utf-8", "surrogateescape"))
    assert where.uri.isascii() and not set(where.uri) & set(' "<>\\^`{|}#?:')
    assert unquote_to_bytes(where.uri) == b"x/" + path


def test_the_light_parts_of_the_package_do_not_load_sarif_om() -> None:
    code = (
        "import sys, leaksift_sarif, leaksift_sarif.annotations, leaksift_sarif.fingerprints,"
        " leaksift_sarif.serialize; print('sarif_om' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_the_package_takes_only_dataclasses_from_the_scanner() -> None:
    code = (
        "import sys, leaksift_sarif.log, leaksift_sarif.annotations, leaksift_sarif.fingerprints,"
        " leaksift_sarif.serialize;"
        "print(*sorted(name for name in sys.modules if name.startswith('leaksift.')))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["leaksift.document", "leaksift.finding"]


def test_the_log_is_the_same_in_every_process() -> None:
    code = (
        "from leaksift.finding import ScanResult, Skipped, Summary\n"
        "from leaksift_sarif import log, serialize\n"
        "skipped = (Skipped('/b', 'binary'), Skipped('a', 'binary'))\n"
        "result = ScanResult((), skipped, Summary(allowed={'inline': 1, 'baseline': 2}), ())\n"
        "print(serialize.to_json(log.build(result, version='1.0.0')))"
    )
    # Each process has its own seed of string hashes, and so its own order of sets.
    logs = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
        for _ in range(3)
    }
    assert len(logs) == 1
