"""Annotations show the worst findings, and hostile names and texts cannot steer the runner."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift.finding import Finding, RuleInfo, ScanResult, Severity, Summary
from leaksift_sarif import annotations

MakeFinding = Callable[..., Finding]
MakeResult = Callable[..., ScanResult]


def unescape(text: str, pairs: dict[str, str]) -> str:
    return re.sub("|".join(pairs), lambda match: pairs[match[0]], text)


DATA = {"%0D": "\r", "%0A": "\n", "%25": "%"}
PROPERTY = {**DATA, "%3A": ":", "%2C": ","}


def understood(line: str) -> tuple[str, dict[str, str], str]:
    """A command as actions/runner reads it (ActionCommand.TryParseV2)."""
    trimmed = line.lstrip()
    assert trimmed.startswith("::")
    end = trimmed.index("::", 2)
    name, _, rest = trimmed[2:end].partition(" ")
    properties: dict[str, str] = {}
    for part in filter(None, rest.strip().split(",")):
        key, equals, value = part.partition("=")
        if equals:
            properties[key] = unescape(value, PROPERTY)
    return name, properties, unescape(trimmed[end + 2 :], DATA)


def commands(output: str) -> list[tuple[str, dict[str, str], str]]:
    return [understood(line) for line in output.splitlines() if line.startswith("::")]


def test_a_finding_becomes_one_command(scan_result: MakeResult, finding: MakeFinding) -> None:
    assert annotations.build(scan_result(finding("src/a b.py"))) == (
        "::error file=src/a b.py,line=3,endLine=3,col=6,endColumn=46,"
        "title=GitHub personal access token (github-pat)"
        "::GitHub personal access token: gh****42 (40 characters). "
        "Revoke it in the account's settings, then make a new one.\n"
    )


def test_nothing_found_is_no_output(scan_result: MakeResult) -> None:
    assert annotations.build(scan_result()) == ""


def test_a_finding_over_several_lines_has_no_columns(
    scan_result: MakeResult, finding: MakeFinding
) -> None:
    ((_, properties, _),) = commands(annotations.build(scan_result(finding(line=3, end_line=9))))
    assert (properties["line"], properties["endLine"]) == ("3", "9")
    assert "col" not in properties and "endColumn" not in properties


def test_the_worst_come_first_ten_of_a_level_and_the_rest_is_counted(
    scan_result: MakeResult, finding: MakeFinding
) -> None:
    found = [
        finding(f"{number:02}.txt", severity=severity)
        for number in range(12, 0, -1)
        for severity in (Severity.NOTE, Severity.BLOCK, Severity.WARN)
    ]
    output = annotations.build(scan_result(*found))
    *shown, rest = commands(output)
    assert [(name, properties["file"]) for name, properties, _ in shown] == [
        (level, f"{number:02}.txt")
        for level, room in (("error", 10), ("warning", 10), ("notice", 9))
        for number in range(1, room + 1)
    ]
    assert rest[0] == "notice"
    assert rest[2].startswith("7 more without an annotation")


def test_three_hundred_of_a_level_are_ten_and_a_count(
    scan_result: MakeResult, finding: MakeFinding
) -> None:
    output = annotations.build(scan_result(*(finding(start=at) for at in range(300))))
    assert [name for name, _, _ in commands(output)] == ["error"] * 10 + ["notice"]
    assert "290 more" in output.splitlines()[-1]


def test_an_error_is_one_command_whatever_it_says() -> None:
    ((name, properties, message),) = commands(annotations.error("no\n::warning::x ##[y]"))
    assert (name, properties) == ("error", {"title": "leaksift"})
    assert message == "no\n::warning::x # #[y]"


def test_ten_of_a_level_leave_nothing_to_count(
    scan_result: MakeResult, finding: MakeFinding
) -> None:
    output = annotations.build(scan_result(*(finding(start=at) for at in range(10))))
    assert len(commands(output)) == len(output.splitlines()) == 10


def test_a_repository_in_a_folder_of_the_workspace_has_that_prefix(
    scan_result: MakeResult, finding: MakeFinding
) -> None:
    for prefix in ("sub/repo", "sub/repo/"):
        ((_, properties, _),) = commands(
            annotations.build(scan_result(finding("a.py")), prefix=prefix)
        )
        assert properties["file"] == "sub/repo/a.py"


@pytest.mark.parametrize(
    "path",
    [
        "x,line=9,title=pwn.txt",
        "x::error::y",
        "100%0A::error::y",
        "a\n::error::y",
        "a\r\n::set-env name=x::y",
        "a=b:c,d%e",
    ],
)
def test_a_hostile_name_stays_the_name_of_the_file(
    scan_result: MakeResult, finding: MakeFinding, path: str
) -> None:
    output = annotations.build(scan_result(finding(path)))
    ((name, properties, _),) = commands(output)
    assert (name, properties["file"], properties["line"]) == ("error", path, "3")
    assert properties["title"] == "GitHub personal access token (github-pat)"
    assert output.count("\n") == 1


@pytest.mark.parametrize(
    "path", ["##[error]x", "a ##vso[task.setvariable]x", "\x1b[2K\udcff\u202e"]
)
def test_what_cannot_be_escaped_is_made_harmless(
    scan_result: MakeResult, finding: MakeFinding, path: str
) -> None:
    output = annotations.build(scan_result(finding(path)))
    assert not re.search(r"##\w*\[", output)
    assert output.replace("\n", "").isprintable()
    assert output.encode("utf-8")


hostile = st.text(
    st.one_of(st.sampled_from("::##[]%,=\r\n 0ADerrorvso\x1b\u2028\udcff"), st.characters()),
    min_size=1,
    max_size=40,
)


@given(hostile, hostile, hostile)
def test_no_name_and_no_rule_text_breaks_out_of_its_command(
    path: str, title: str, fix: str
) -> None:
    rule = RuleInfo("r", title, "why", fix, "secret", Severity.WARN, "low", 5.0, 798)
    found = Finding(
        path=path,
        rule="r",
        label="secret",
        severity=Severity.WARN,
        source="rule",
        score=1.0,
        start=0,
        end=1,
        start_line=7,
        start_column=1,
        end_line=7,
        end_column=2,
        fingerprint="f",
        preview="**** (1 character)",
        start_column_utf16=1,
        end_column_utf16=2,
    )
    output = annotations.build(ScanResult((found,), (), Summary(), (rule,)))
    assert output.count("\n") == 1 and not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", output)
    assert not re.search(r"##\w*\[", output)
    name, properties, message = understood(output[:-1])
    assert name == "warning"
    assert list(properties) == ["file", "line", "endLine", "col", "endColumn", "title"]
    assert (properties["line"], properties["col"]) == ("7", "1")
    if title.isprintable() and "##" not in title:
        assert message.startswith(f"{title}: **** (1 character).")
    if path.isprintable() and "##" not in path:
        assert properties["file"] == path or path != path.strip()
