"""What becomes of a span: reported, allowed and counted, or hidden by the baseline."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift.config import AllowEntry
from leaksift.document import Document, LineRange
from leaksift.finding import Finding, Label, RuleInfo, Severity, Span
from leaksift.policy import baseline
from leaksift.policy.allowlist import Allowlist
from leaksift.policy.baseline import Baseline
from leaksift.policy.judge import Judged, Policy, apply_baseline, found_keys, judge

VALUE = "kD93" + "fQz81mVx" * 2 + "0pLw7"
OTHER = "Zt71" + "uRy55bHn" * 2 + "8sGe3"
RULES = {
    "jwt": RuleInfo("jwt", "", "", "", "secret", Severity.BLOCK, "high", 8.0, 798),
    "email": RuleInfo("email", "", "", "", "private_email", Severity.WARN, "high", 4.0, 359),
}
SALT = b"s" * 32


def document(text: str, path: str = "a.py", changed: Sequence[int] | None = None) -> Document:
    lines = None if changed is None else tuple(LineRange(line, line) for line in changed)
    return Document(path, text, len(text.encode()), changed=lines)


def spans(text: str, *values: str, rule: str = "jwt", label: Label = "secret") -> list[Span]:
    """Every place where one of the values stands."""
    found = [
        Span(start, start + len(value), label, rule, 0.95, "rule")
        for value in values
        for start in range(len(text))
        if text.startswith(value, start)
    ]
    return sorted(found, key=lambda span: span.start)


def judged(text: str, policy: Policy, *values: str, changed: Sequence[int] | None = None) -> Judged:
    return judge(document(text, changed=changed), spans(text, *(values or (VALUE,))), policy)


def lines(findings: Iterable[Finding]) -> list[int]:
    return [finding.start_line for finding in findings]


def test_a_finding_has_position_mask_and_severity_but_no_value() -> None:
    text = f"a\n\U0001f600 k = {VALUE}\n"
    (finding,) = judged(text, Policy(RULES)).findings
    assert text[finding.start : finding.end] == VALUE
    assert (finding.start_line, finding.start_column, finding.start_column_utf16) == (2, 7, 8)
    assert (finding.end_line, finding.end_column) == (2, 7 + len(VALUE))
    assert finding.end_column_utf16 == 8 + len(VALUE)
    assert finding.severity is Severity.BLOCK
    assert finding.source == "rule"
    assert finding.preview.startswith("kD****w7")
    assert VALUE not in repr(finding)


@given(st.text(min_size=1, max_size=60), st.sampled_from(["secret", "private_email"]))
def test_nothing_that_is_handed_on_holds_the_value(value: str, label: Label) -> None:
    rule = "jwt" if label == "secret" else "email"
    marked = f"\u2402{value}\u2403"  # so that it cannot be found by chance
    text = f"x\n{marked} y"
    span = Span(2, 2 + len(marked), label, rule, 0.9, "rule")
    result = judge(document(text), [span], Policy(RULES, report_examples=True, salt=SALT))
    assert marked not in repr(result)
    assert f"({len(marked)} characters)" in result.findings[0].preview
    if len(value) > 4:
        assert value not in result.findings[0].preview


def test_a_finding_says_what_its_document_is_about_and_may_weigh_more_there() -> None:
    text = f"k = {VALUE}\n"
    policy = Policy(RULES, category_severity={"Health": {"jwt": Severity.NOTE}})

    def severity(category: str | None) -> Severity:
        (finding,) = judge(document(text), spans(text, VALUE), policy, category).findings
        assert finding.category == category
        return finding.severity

    assert severity("Health") is Severity.NOTE
    assert severity("Sports") is Severity.BLOCK
    assert severity(None) is Severity.BLOCK


def test_a_rule_that_is_off_is_not_even_counted() -> None:
    result = judged(f"k = {VALUE}", Policy(RULES, severity={"jwt": None}))
    assert not result.findings
    assert not result.allowed


def test_below_the_least_score_nothing_is_reported() -> None:
    assert not judged(f"k = {VALUE}", Policy(RULES, min_score={"secret": 0.96})).findings


def test_an_example_is_reported_only_when_asked_for() -> None:
    text = "k = changeme"
    result = judged(text, Policy(RULES), "changeme")
    assert (len(result.findings), result.allowed) == (0, {"example": 1})
    assert judged(text, Policy(RULES, report_examples=True), "changeme").findings


def test_an_allow_comment_is_honoured_unless_switched_off() -> None:
    text = f"k = {VALUE}  # leaksift: allow jwt -- old\n"
    result = judged(text, Policy(RULES))
    assert (len(result.findings), result.allowed) == (0, {"inline": 1})
    assert judged(text, Policy(RULES, inline_allow=False)).findings


def test_an_allow_comment_for_a_rule_that_does_not_exist_is_said() -> None:
    result = judged(f"k = {VALUE}  # leaksift: allow jvt\n", Policy(RULES))
    assert len(result.findings) == 1
    assert "did you mean jwt?" in result.warnings[0]


def test_the_allowlist_is_honoured() -> None:
    allowlist = Allowlist([AllowEntry(path="*.py", rule="jwt")])
    result = judged(f"k = {VALUE}", Policy(RULES, allowlist=allowlist))
    assert (len(result.findings), result.allowed) == (0, {"allowlist": 1})


def test_a_secret_on_an_unchanged_line_is_not_reported() -> None:
    text = f"k = {VALUE}\nl = {VALUE}\n"
    result = judged(text, Policy(RULES), changed=[2])
    assert lines(result.findings) == [2]
    assert result.allowed == {"unchanged": 1}
    assert lines(judged(text, Policy(RULES, scope="file"), changed=[2]).findings) == [1, 2]


def test_a_secret_that_shares_one_line_with_a_change_is_reported() -> None:
    value = f"{VALUE}\n{VALUE}\n{VALUE}"
    assert judged(f"x {value}\n", Policy(RULES), value, changed=[3]).findings


def test_the_fingerprint_is_the_same_whatever_the_scope_and_the_policy() -> None:
    text = f"k = {VALUE}\nk = {VALUE}\n"
    for salt in (None, SALT):
        whole = judged(text, Policy(RULES, salt=salt)).findings
        changed = judged(text, Policy(RULES, salt=salt), changed=[2]).findings
        assert changed[0].fingerprint == whole[1].fingerprint
        assert whole[0].fingerprint != whole[1].fingerprint


def test_no_spans_no_findings() -> None:
    assert judge(document("# leaksift: allow nonsense"), [], Policy(RULES)) == Judged("a.py")


def with_baseline(
    known: Baseline, documents: Sequence[tuple[Document, list[Span]]], present: Iterable[str]
) -> list[Finding]:
    """The findings that are left after the baseline, in the order of the documents."""
    policy = Policy(RULES, salt=known.salt)
    results = [judge(one, found, policy) for one, found in documents]
    match = baseline.match(known, found_keys(results), set(present).__contains__)
    return [finding for one in apply_baseline(results, match) for finding in one.findings]


def knows(*texts: tuple[str, str]) -> Baseline:
    """The baseline of files, given as path and text, with both values."""
    policy = Policy(RULES, salt=SALT)
    results = [
        judge(document(text, path), spans(text, VALUE, OTHER), policy) for path, text in texts
    ]
    return baseline.updated(
        Baseline(SALT), found_keys(results), {path for path, _ in texts}, lambda _: True, RULES
    )


def scan(known: Baseline, *files: Document, present: Iterable[str] = ()) -> list[Finding]:
    documents = [(file, spans(file.text, VALUE, OTHER)) for file in files]
    return with_baseline(known, documents, {*present, *(file.path for file in files)})


@given(st.lists(st.sampled_from(["", "x = 1", "# note"]), max_size=5), st.permutations(range(4)))
def test_moved_lines_stay_hidden(new_lines: list[str], order: list[int]) -> None:
    body = [f"a = {VALUE}", f"b = {OTHER}", f"c = {VALUE}", "d = 4"]
    known = knows(("a.py", "\n".join(body)))
    moved = [*new_lines, *(body[number] for number in order)]
    assert not scan(known, document("\n".join(moved)))


def test_a_second_copy_in_the_same_file_is_new_and_it_is_the_added_one() -> None:
    known = knows(("a.py", f"k = {VALUE}\n"))
    added_above = document(f"l = {VALUE}\nk = {VALUE}\n", changed=[1])
    assert lines(scan(known, added_above)) == [1]


def test_a_new_value_on_a_known_line_is_reported() -> None:
    known = knows(("a.py", f"k = {VALUE}\n"))
    assert lines(scan(known, document(f"k = {OTHER}\n", changed=[1]))) == [1]
    assert len(scan(known, document(f"k = {VALUE}, {OTHER}\n"))) == 1


def test_a_renamed_file_stays_hidden_and_a_copy_does_not() -> None:
    known = knows(("a.py", f"k = {VALUE}\n"))
    assert not scan(known, document(f"k = {VALUE}\n", "b.py"))
    assert scan(known, document(f"k = {VALUE}\n", "b.py"), present=["a.py"])


def test_what_the_baseline_hides_is_counted() -> None:
    text = f"k = {VALUE}\n"
    known = knows(("a.py", text))
    result = judge(document(text), spans(text, VALUE), Policy(RULES, salt=SALT))
    match = baseline.match(known, found_keys([result]), lambda _: True)
    (after,) = apply_baseline([result], match)
    assert after.allowed == {"baseline": 1}
    assert not after.findings


TEXTS = st.lists(st.sampled_from(["", f"k = {VALUE}", f"k = {OTHER}"]), max_size=4).map("\n".join)
TREES = st.dictionaries(st.sampled_from(["a.py", "b.py", "c.py"]), TEXTS, max_size=3)


@given(TREES, TREES, st.randoms())
def test_the_order_of_documents_does_not_change_what_is_reported(before, after, order) -> None:  # type: ignore[no-untyped-def]
    known = knows(*before.items())
    files = [document(text, path) for path, text in after.items()]
    first = scan(known, *files)
    order.shuffle(files)
    assert sorted(scan(known, *files), key=lambda f: (f.path, f.start)) == sorted(
        first, key=lambda f: (f.path, f.start)
    )


@given(TREES, TREES)
def test_every_value_beyond_the_known_ones_is_reported(before, after) -> None:  # type: ignore[no-untyped-def]
    reported = scan(knows(*before.items()), *(document(t, path) for path, t in after.items()))
    for value in (VALUE, OTHER):
        known = sum(text.count(value) for text in before.values())
        there = sum(text.count(value) for text in after.values())
        found = sum(after[f.path][f.start : f.end] == value for f in reported)
        assert found >= there - known


@pytest.mark.parametrize("module", ["numpy", "onnxruntime", "git", "tqdm", "pathspec", "sarif_om"])
def test_importing_it_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, leaksift.policy.judge; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
