"""The report for scripts: one JSON object, or one finding a line.

The form is described by the JSON Schema in `docs/report.schema.json`.
"""

from __future__ import annotations

import json
from typing import Any

from leaksift.finding import Finding, ScanResult

_FIELDS = (
    "path",
    "rule",
    "label",
    "severity",
    "source",
    "score",
    "start",
    "end",
    "start_line",
    "start_column",
    "end_line",
    "end_column",
    "fingerprint",
    "preview",
    "category",
)


def build_json(result: ScanResult) -> str:
    """The whole result as one object, indented, in ASCII, ended by a line feed."""
    return json.dumps(as_object(result), indent=2) + "\n"


def build_jsonl(result: ScanResult) -> str:
    """One finding a line."""
    return "".join(json.dumps(_finding(finding)) + "\n" for finding in result.findings)


def as_object(result: ScanResult) -> dict[str, Any]:
    """The result as what JSON can hold."""
    summary = result.summary
    skipped = [
        {"path": item.path, "reason": item.reason, "detail": item.detail} for item in result.skipped
    ]
    return {
        "findings": [_finding(finding) for finding in result.findings],
        "skipped": skipped,
        "summary": {
            "files": summary.files,
            "lines": summary.lines,
            "bytes": summary.bytes,
            "seconds": round(summary.seconds, 3),
            "skipped": len(skipped),
            "allowed": dict(sorted(summary.allowed.items())),
            "notices": list(result.notices),
            "stale_baseline_entries": list(result.stale),
            "error": result.error,
        },
    }


def _finding(finding: Finding) -> dict[str, Any]:
    fields = {name: getattr(finding, name) for name in _FIELDS}
    fields["severity"] = str(finding.severity)
    fields["score"] = round(finding.score, 4)
    return fields
