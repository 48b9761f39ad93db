"""The report for triage: one page of HTML that needs nothing else, not even a network.

What was scanned is hostile here: the names of files, the titles of one's own rules. It stands in
the page as data only (JSON in a block that no browser runs), the page's script puts it on the
screen as text, and the page's policy allows that one script, by its hash, and no other source of
anything (https://www.w3.org/TR/CSP3/). The page itself is in `page/`.

The same result gives the same bytes: there is no clock, and how long the scan took is left out.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shlex
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from leaksift.finding import Finding, RuleInfo, ScanResult, Severity
from leaksift.policy.comment_syntax import comment_syntax
from leaksift.printable import printable

_PAGE = Path(__file__).parent / "page"


def build(
    result: ScanResult,
    *,
    version: str,
    made: datetime | None = None,
    fail_on: Severity = Severity.BLOCK,
    strict: bool = False,
    message: str = "",
) -> str:
    """The page as text in ASCII. `made` is the date to show; without one the page has none.
    `message` is the reader's own house's line for what stops a commit."""
    style, script = ((_PAGE / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    data = {
        "version": version,
        "made": made.strftime("%Y-%m-%d %H:%M %Z").strip() if made else None,
        "failOn": int(fail_on),
        "message": printable(message),
        **_data(result, strict),
    }
    parts = {
        "style": style,
        "script": script,
        "style-hash": _hash(style),
        "script-hash": _hash(script),
        "data": _in_script(data),
    }
    template = (_PAGE / "page.html").read_text(encoding="utf-8")
    # One pass, so that nothing that was put in is looked at again.
    return re.sub(r"@([a-z-]+)@", lambda match: parts[match[1]], template)


def _hash(text: str) -> str:
    """The hash of a style or script as a Content-Security-Policy names it."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _in_script(data: Any) -> str:
    """JSON that nothing of HTML can be read into: neither the end of the block nor a comment
    (https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements)."""
    text = json.dumps(data, separators=(",", ":"))
    return re.sub("[<>&]", lambda match: f"\\u{ord(match[0]):04x}", text)


def _data(result: ScanResult, strict: bool) -> dict[str, Any]:
    known = {rule.id: rule for rule in result.rules}
    paths = _numbered(finding.path for finding in result.findings)
    rules = _numbered(finding.rule for finding in result.findings)
    summary = result.summary
    return {
        "summary": {
            "files": summary.files,
            "lines": summary.lines,
            "bytes": summary.bytes,
            "allowed": [[printable(why), count] for why, count in sorted(summary.allowed.items())],
        },
        "notices": [printable(notice) for notice in result.notices],
        "stale": [printable(entry) for entry in result.stale],
        "error": None if result.error is None else printable(result.error),
        "skipped": [
            [printable(one.path), one.reason, printable(one.detail), one.is_failure(strict)]
            for one in result.skipped
        ],
        "rules": [_rule(rule, known.get(rule)) for rule in rules],
        "paths": [_path(path) for path in paths],
        "findings": [
            _finding(finding, paths[finding.path], rules[finding.rule])
            for finding in result.findings
        ],
    }


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(dict.fromkeys(names))}


def _rule(name: str, rule: RuleInfo | None) -> dict[str, Any]:
    return {
        "id": printable(name),
        "title": printable((rule.title if rule else "") or name),
        "why": printable(rule.why if rule else ""),
        "fix": printable(rule.fix if rule else ""),
        # Nothing that runs when it is clicked.
        "references": [
            url
            for url in (rule.references if rule else ())
            if url.startswith("https://") and url.isprintable()
        ],
    }


def _path(path: str) -> dict[str, Any]:
    """A file as the page shows it, and what is needed to let findings in it be.

    `pattern` and `argument` are None for a name that cannot be written into a configuration or
    typed at a prompt.
    """
    syntax = comment_syntax(path)
    return {
        "shown": printable(path),
        "comment": [syntax.open, syntax.separator, syntax.close] if syntax else None,
        "pattern": _pattern(path),
        "argument": _argument(path),
    }


def _pattern(path: str) -> str | None:
    """The pattern of a `.gitignore` that matches this file alone, as far as its name can be
    written: `?` stands for what cannot."""
    if path.startswith("../") or re.match("[A-Za-z]:", path):
        return None
    name = "".join(c if c.isprintable() else "?" for c in path.lstrip("/"))
    name = re.sub(r"([\\*\[\]])", r"\\\1", name)
    # A blank at the end would be cut off.
    return "/" + (f"{name[:-1]}\\ " if name.endswith(" ") else name)


def _argument(path: str) -> str | None:
    """The file as an argument on a command line, of a POSIX shell and of PowerShell, which takes
    four more signs for a single quote."""
    if not path.isprintable() or re.search("['\u2018-\u201b]", path):
        return None
    return shlex.quote(f"./{path}" if path.startswith("-") else path)


def _finding(finding: Finding, path: int, rule: int) -> list[Any]:
    """In the order that the page's script knows: a list is a third of the size of an object."""
    return [
        path,
        rule,
        int(finding.severity),
        finding.label,
        finding.category and printable(finding.category),
        finding.source,
        round(finding.score, 4),
        finding.start_line,
        finding.start_column,
        finding.end_line,
        finding.fingerprint,
        printable(finding.preview),
    ]
