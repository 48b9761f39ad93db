"""The page for triage: what it holds, and in a real browser what it does and does not do."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift.config import AllowEntry
from leaksift.document import Document
from leaksift.finding import Finding, RuleInfo, ScanResult, Severity, Skipped, Summary
from leaksift.policy.allowlist import Allowlist
from leaksift.policy.comment_syntax import comment_syntax
from leaksift.policy.inline import allow_comments
from leaksift.report import html

HOSTILE = "</script><script>boom=1</script><img src=x onerror=boom=1>&quot;'\"`${boom=1}"
ENTER, ESCAPE = "\ue007", "\ue00c"


def rule(name: str, label: Any = "secret", title: str = "") -> RuleInfo:
    references = ("https://example.com/docs", "javascript:boom=1")
    return RuleInfo(
        name, title or f"A {name}", "It opens.", "Revoke it.", label, Severity.BLOCK, "high", 9.0,
        798, references,
    )  # fmt: skip


RULES = (rule("key"), rule("mail", "private_email"), rule("odd", title=HOSTILE))


def found(
    path: str, name: str = "key", severity: Severity = Severity.BLOCK, line: int = 3
) -> Finding:
    return Finding(
        path=path, rule=name, label={"mail": "private_email"}.get(name, "secret"),  # type: ignore[arg-type]
        severity=severity, source="rule", score=0.95, start=line, end=line + 9, start_line=line,
        start_column=5, end_line=line, end_column=14, fingerprint=f"{line:064x}",
        preview="gh****xx (40 characters)", start_column_utf16=5, end_column_utf16=14,
        category="Health" if name == "mail" else None,
    )  # fmt: skip


RESULT = ScanResult(
    (
        found("src/app.py"),
        found("src/app.py", "mail", Severity.NOTE, 9),
        found("web/page.html", "key", Severity.WARN),
        found(HOSTILE, "odd"),
        found("data/a.json", "mail", Severity.WARN),
    ),
    (Skipped("logo.png", "binary"), Skipped(HOSTILE, "unreadable", HOSTILE)),
    Summary(7, 90, 999, 0.5, {"example": 2}),
    RULES,
    notices=(HOSTILE,),
    stale=(HOSTILE,),
)


def page(result: ScanResult = RESULT, **options: Any) -> str:
    return html.build(result, version="1.2", **options)


def data_of(text: str) -> Any:
    (block,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    return json.loads(block)


def test_the_same_result_is_the_same_page_and_has_a_date_only_where_one_is_given() -> None:
    assert page() == page()
    assert data_of(page())["made"] is None
    made = datetime(2025, 3, 1, 12, tzinfo=timezone.utc)
    assert data_of(page(made=made))["made"] == "2025-03-01 12:00 UTC"


@given(st.text())
def test_no_name_can_leave_the_block_of_data(name: str) -> None:
    result = ScanResult(
        (found(name, "odd"),), (Skipped(name, "binary", name),), Summary(),
        (rule("odd", title=name),), notices=(name,), error=name,
    )  # fmt: skip
    text = page(result, message=name)
    assert text.isascii()
    assert [text.lower().count(mark) for mark in ("<script", "</script", "<!--", "<style")] == [
        2, 2, 0, 1,
    ]  # fmt: skip
    assert data_of(text)["summary"]["files"] == 0


@given(st.text(min_size=1).map(lambda name: name.replace("\0", "-")))
def test_an_allow_entry_matches_its_file_and_no_sibling(path: str) -> None:
    (entry,) = data_of(page(ScanResult((found(path),), (), Summary(), RULES)))["paths"]
    pattern = entry["pattern"]
    if pattern is None or not path.strip("/") or re.search(r"/\.?/|/\.\.?$|^\.{1,2}/|/$", path):
        return  # no name of a file
    allowlist = Allowlist([AllowEntry(path=pattern)])
    assert allowlist.allows(path, "key", "x")
    assert not allowlist.allows(f"{path}x", "key", "x")


@pytest.mark.parametrize(
    ("path", "comment"),
    [
        ("a.py", "# leaksift: allow key -- why"),
        ("a.TS", "// leaksift: allow key -- why"),
        ("Dockerfile.web", "# leaksift: allow key -- why"),
        ("conf/.env.local", "# leaksift: allow key -- why"),
        ("a.sql", "-- leaksift: allow key -- why"),
        ("a.css", "/* leaksift: allow key -- why */"),
        ("a.html", "<!-- leaksift: allow key: why -->"),
        ("a.json", None),
    ],
)
def test_the_comment_of_a_language_is_read_by_a_scan(path: str, comment: str | None) -> None:
    syntax = comment_syntax(path)
    if comment is None:
        assert syntax is None
        return
    assert syntax is not None
    made = f"{syntax.open} leaksift: allow key{syntax.separator}why {syntax.close}".strip()
    assert made == comment
    assert allow_comments(Document(path, f"{made}\n", 0), ["key"]).rules[1] == {"key"}


# In a browser


@pytest.fixture
def opened(chromium: Any, tmp_path: Path) -> Any:
    file = tmp_path / "report.html"
    file.write_text(page(), encoding="utf-8")
    chromium.open(file.as_uri())
    return chromium


def places(browser: Any) -> list[str]:
    script = "return [...document.querySelectorAll('.place')].map((e) => e.textContent)"
    return list(browser.run(script))


def type_into(browser: Any, name: str, text: str) -> None:
    script = """
        const box = document.getElementById(arguments[0]);
        box.value = arguments[1];
        box.dispatchEvent(new Event('input'));
    """
    browser.run(script, name, text)


def test_the_page_asks_for_nothing_and_nothing_of_the_scanned_runs(opened: Any) -> None:
    assert len(opened.requests()) == 1
    assert opened.log("browser") == []
    assert opened.run("return typeof boom") == "undefined"
    assert opened.run("return document.querySelectorAll('img, iframe, object').length") == 0
    assert HOSTILE in opened.run("return document.body.innerText")
    assert any(HOSTILE in place for place in places(opened))
    # A script that got in all the same would be refused.
    opened.run("""
        const script = document.createElement('script');
        try { script.text = 'boom = 1'; } catch (error) { return; }
        document.body.append(script);
    """)
    assert opened.run("return typeof boom") == "undefined"


def test_the_head_says_what_was_found_and_names_what_was_not_scanned(opened: Any) -> None:
    text = opened.run("return document.querySelector('header').innerText")
    assert "2 things that must not be shared, in 2 files" in text
    assert "Scanned 7 files, 90 lines, 1 kB; let be: 2 example." in text
    assert "Not scanned: 2 files (1 binary, 1 unreadable)" in text
    assert "logo.png (binary)" in text
    assert "version 1.2" in text


def test_findings_are_filtered(opened: Any) -> None:
    assert [place.split(":")[0] for place in places(opened)][-1] == "src/app.py"  # note: the last
    click = "[...document.querySelectorAll(arguments[0])].find((e) => e.innerText.includes("
    click += "arguments[1])).click()"
    warned = ["web/page.html:3:5", "data/a.json:3:5"]
    mailed = ["data/a.json:3:5", "src/app.py:9:5"]
    for selector, text, expected in (
        (".counts button", "warn", warned),
        (".counts button", "warn", None),
        ("#facets label", "mail", mailed),
        ("#facets label", "private_email", mailed),
        ("#facets label", "Health", mailed),
        ("#clear", "", None),
    ):
        opened.run(click, selector, text)
        assert len(places(opened)) == 5 if expected is None else places(opened) == expected
    type_into(opened, "path", "SRC/*.py")
    assert places(opened) == ["src/app.py:3:5", "src/app.py:9:5"]
    type_into(opened, "text", "health")
    assert places(opened) == ["src/app.py:9:5"]
    assert opened.run("return document.getElementById('count').innerText") == "1 of 5 findings"
    type_into(opened, "text", "nothing like it")
    assert "No finding fits" in opened.run("return document.getElementById('list').innerText")


def test_keys_move_open_copy_and_search(opened: Any) -> None:
    opened.keys("j", ENTER)
    assert "Revoke it." in opened.run("return document.activeElement.closest('li').innerText")
    links = opened.run("return [...document.querySelectorAll('.more a')].map(a => a.href)")
    assert links == ["https://example.com/docs"]
    opened.keys("c")
    assert opened.clipboard() == "# leaksift: allow key -- why"
    opened.keys("b")
    assert opened.clipboard() == "leaksift baseline update src/app.py"
    opened.keys("a")
    entry = '[[allow]]\npath = "/src/app.py"\nrule = "key"\nreason = "why"'
    assert opened.clipboard() == entry
    opened.keys("j", "j", "k", "j", "c")
    assert opened.clipboard() == "<!-- leaksift: allow key: why -->"
    opened.keys("/", "m", "a", "i", "l", ESCAPE)
    assert places(opened) == ["data/a.json:3:5", "src/app.py:9:5"]
    assert opened.run("return document.activeElement.className") == "row"
    opened.keys("?")
    assert opened.run("return document.getElementById('help').open") is True
    opened.keys(ESCAPE)
    assert opened.run("return document.getElementById('help').open") is False


def test_the_reason_cannot_end_the_comment(opened: Any) -> None:
    opened.keys("j", "j", "j", ENTER)
    opened.run("""
        const box = document.querySelector('.reason input');
        box.value = 'a --> b */ c';
        box.dispatchEvent(new Event('input'));
        document.querySelector('.copy button').click();
    """)
    assert re.fullmatch(r"<!-- leaksift: allow key: a +b +c -->", opened.clipboard())


def contrast(first: str, second: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio of two `rgb(r, g, b)`."""

    def luminance(colour: str) -> float:
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(f * p for f, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read_in_both_schemes_and_everything_has_a_name(
    opened: Any, theme: str
) -> None:
    features = [
        {"name": "prefers-color-scheme", "value": theme},
        {"name": "prefers-reduced-motion", "value": "reduce"},  # no colour on its way to another
    ]
    opened.devtools("Emulation.setEmulatedMedia", features=features)
    opened.keys("j", ENTER)
    pairs = opened.run("""
        const ground = (e) => {
            for (; e; e = e.parentElement) {
                const colour = getComputedStyle(e).backgroundColor;
                if (!/, 0\\)$/.test(colour)) return colour;
            }
            return getComputedStyle(document.documentElement).colorScheme;
        };
        const hasText = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
        return [...document.querySelectorAll('body *')].filter(
            (e) => e.checkVisibility() && hasText(e)
        ).map((e) => [e.className || e.tagName, getComputedStyle(e).color, ground(e)]);
    """)
    assert len(pairs) > 40
    assert [pair for pair in pairs if contrast(pair[1], pair[2]) < 4.5] == []
    grounds = {pair[2] for pair in pairs if pair[0] == "brand"}
    assert grounds == {"rgb(246, 247, 249)" if theme == "light" else "rgb(15, 19, 24)"}
    nodes = opened.devtools("Accessibility.getFullAXTree")["nodes"]
    nodes = [node for node in nodes if not node.get("ignored")]
    roles = {node["role"]["value"] for node in nodes}
    assert {"banner", "main", "complementary", "search", "heading", "list"} <= roles
    assert {"button", "checkbox", "searchbox", "textbox"} <= roles
    for node in nodes:
        if node["role"]["value"] in {"button", "checkbox", "searchbox", "textbox", "link"}:
            assert node["name"]["value"], node
    opened.devtools("Emulation.setEmulatedMedia", features=[])


def test_the_switch_overrides_the_scheme_of_the_system(opened: Any) -> None:
    seen = []
    for _ in range(3):
        opened.run("document.getElementById('theme').click()")
        seen.append(opened.run("return document.documentElement.dataset.theme ?? 'system'"))
    assert seen == ["light", "dark", "system"]


def test_ten_thousand_findings_are_there_at_once_and_all_are_printed(
    chromium: Any, tmp_path: Path
) -> None:
    many = tuple(found(f"src/file{n // 10}.py", "key", line=n % 10 + 1) for n in range(10_000))
    file = tmp_path / "many.html"
    file.write_text(page(ScanResult(many, (), Summary(), RULES)), encoding="utf-8")
    assert file.stat().st_size < 2_500_000
    chromium.open(file.as_uri())
    milliseconds = chromium.run("""
        const begun = performance.now();
        for (const text of ['file99', 'file999', '']) {
            const box = document.getElementById('text');
            box.value = text;
            box.dispatchEvent(new Event('input'));
            document.body.getBoundingClientRect();
        }
        return performance.now() - begun;
    """)
    assert milliseconds < 3000  # a third of that for each, on a machine that is busy
    assert len(places(chromium)) < 1000
    chromium.run("dispatchEvent(new Event('beforeprint'))")
    assert len(places(chromium)) == 10_000
    assert places(chromium)[-1] == "src/file999.py:10:5"
