"""Writes `docs/rules/`: a page for each family of rules, a section for each rule.

    python docs/build_rules.py

The text is that of the rules themselves. SARIF's `helpUri` and `leaksift rules show` lead here, by
the family's page and the rule's id. Values in examples are masked, so that nothing takes a page for
a leak. A test tells when the pages are older than the rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from leaksift.detect import merge
from leaksift.document import Document
from leaksift.finding import RuleInfo, Secret, Span
from leaksift.model.labels import label_rules
from leaksift.rules.engine import RuleDetector
from leaksift.rules.presets import load_presets
from leaksift.rules.rule import PRESETS, examples, preset_bytes

PAGES = Path(__file__).parent / "rules"

_TITLES = {
    "secrets": "Credentials of known kinds",
    "keys": "Private keys",
    "files": "Files that hold credentials",
    "schemes": "Places that hold credentials",
    "generic": "Values under credential-like names",
    "pii": "Private data",
    "internal": "Internal names",
    "model": "What the model finds",
}
_BESIDE = {"internal": "Off unless the configuration's `presets` names it.\n\n"}

_LONGEST_EXAMPLE = 120


def pages() -> dict[str, str]:
    """The text of each page by its file name."""
    rules = load_presets(PRESETS)
    paths = {rule.info.id: rule.example_path for rule in rules}
    detector = RuleDetector(rules)
    shown: dict[str, str] = {}
    for family in PRESETS:
        for rule, kind, text in examples(preset_bytes(family)):
            if kind == "match" and rule not in shown:
                shown[rule] = _example(detector, rule, paths[rule], text)
    made = {
        f"{family}.md": _page(family, (r.info for r in rules if r.info.family == family), shown)
        for family in PRESETS
    }
    made["model.md"] = _page("model", label_rules(), {})
    made["README.md"] = _index(made)
    return made


def _page(family: str, infos: Iterable[RuleInfo], shown: Mapping[str, str]) -> str:
    sections = [_section(info, shown.get(info.id, "")) for info in infos]
    return (
        f"# {_TITLES[family]}\n\n{_BESIDE.get(family, '')}"
        "Made from the rules by `python docs/build_rules.py`; values are masked.\n\n"
        + "\n".join(sections)
    )


def _section(info: RuleInfo, example: str) -> str:
    lines = [
        f"## {info.id}",
        "",
        f"**{info.title}.** {info.why}",
        "",
        f"What to do: {info.fix}",
        "",
    ]
    facts = [str(info.severity), f"precision {info.precision}", f"`{info.label}`"]
    facts += [f"CWE-{info.cwe}", f"security severity {info.security_severity:g}"]
    lines += [f"{' · '.join(facts)}", ""]
    if example:
        lines += ["```text", example, "```", ""]
    if info.references:
        lines += [" · ".join(f"<{link}>" for link in info.references), ""]
    return "\n".join(lines)


def _example(detector: RuleDetector, rule: str, path: str, text: str) -> str:
    """The line of an example in which the rule finds its value, with every value masked."""
    document = Document(path, text, len(text))
    spans = merge(detector.detect([document])[0])
    own = next(span for span in spans if span.rule == rule)
    low, _ = document.line_bounds(document.line_at(own.start))
    _, high = document.line_bounds(document.line_at(own.end - 1))
    made, at = "", low
    for span in spans:
        if low <= span.start and span.end <= high:
            made += text[at : span.start] + _mask(text, span)
            at = span.end
    made += text[at:high]
    line = next(line for line in made.splitlines() if "****" in line).strip().replace("```", "'''")
    if len(line) <= _LONGEST_EXAMPLE:
        return line
    start = max(0, line.index("****") - _LONGEST_EXAMPLE // 2)
    return f"{'…' if start else ''}{line[start : start + _LONGEST_EXAMPLE]}…"


def _mask(text: str, span: Span) -> str:
    # Without the first and last characters that a report shows: a page needs no recognising.
    return f"**** {Secret(text[span.start : span.end]).preview('private_person')[5:]}"


def _index(made: Mapping[str, str]) -> str:
    lines = ["# Rules", "", "| family | rules | |", "| --- | --- | --- |"]
    for name, text in made.items():
        family = name.removesuffix(".md")
        lines.append(f"| [{family}]({name}) | {text.count(chr(10) + '## ')} | {_TITLES[family]} |")
    commands = (
        "`leaksift rules list` shows the rules that a scan uses, `leaksift rules show ID` one of "
        "them, `leaksift rules explain FILE:LINE` what they make of a line. Rules of your own: "
        "[own-rules.md](../own-rules.md)."
    )
    return "\n".join([*lines, "", commands, ""])


def main() -> None:
    """Writes the pages and removes those of families that there are no more."""
    PAGES.mkdir(exist_ok=True)
    made = pages()
    for name, text in made.items():
        (PAGES / name).write_text(text, encoding="utf-8", newline="\n")
    for file in PAGES.glob("*.md"):
        if file.name not in made:
            file.unlink()


if __name__ == "__main__":
    main()
