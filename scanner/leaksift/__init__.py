"""leaksift finds secrets and private data in text that is about to be shared.

    import leaksift
    from pathlib import Path

    loaded = leaksift.load_config(Path.cwd())
    result = leaksift.scan(leaksift.Target("paths", paths=("src",)), loaded)
    for finding in result.findings:
        print(finding.path, finding.start_line, finding.rule, finding.preview)

The names below are the public API. They are imported when they are first used, so that a hook pays
only for what it needs.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leaksift.config import Config, Loaded, load_config
    from leaksift.document import Document, LineRange
    from leaksift.errors import ConfigError, LeaksiftError, ModelError, SourceError, UsageError
    from leaksift.finding import Finding, RuleInfo, ScanResult, Secret, Severity, Skipped, Summary
    from leaksift.library.filter import PrivacyFilter
    from leaksift.library.markers import Hashed, Marker, Numbered, Synthetic
    from leaksift.library.result import Detection, FoundSpan, Progress, Redaction, TextSummary
    from leaksift.library.sealing import Sealed
    from leaksift.library.streams import AsyncStream, Stream
    from leaksift.pipeline import Target, scan
    from leaksift.rules.custom import CustomRule

__version__ = "0.1.0"

__all__ = [
    "AsyncStream",
    "Config",
    "ConfigError",
    "CustomRule",
    "Detection",
    "Document",
    "Finding",
    "FoundSpan",
    "Hashed",
    "LeaksiftError",
    "LineRange",
    "Loaded",
    "Marker",
    "ModelError",
    "Numbered",
    "PrivacyFilter",
    "Progress",
    "Redaction",
    "RuleInfo",
    "ScanResult",
    "Sealed",
    "Secret",
    "Severity",
    "Skipped",
    "SourceError",
    "Stream",
    "Summary",
    "Synthetic",
    "Target",
    "TextSummary",
    "UsageError",
    "load_config",
    "scan",
]

_HOMES = {
    "leaksift.config": ("Config", "Loaded", "load_config"),
    "leaksift.document": ("Document", "LineRange"),
    "leaksift.errors": (
        "ConfigError",
        "LeaksiftError",
        "ModelError",
        "SourceError",
        "UsageError",
    ),
    "leaksift.finding": (
        "Finding",
        "RuleInfo",
        "ScanResult",
        "Secret",
        "Severity",
        "Skipped",
        "Summary",
    ),
    "leaksift.library.filter": ("PrivacyFilter",),
    "leaksift.library.markers": ("Hashed", "Marker", "Numbered", "Synthetic"),
    "leaksift.library.result": (
        "Detection",
        "FoundSpan",
        "Progress",
        "Redaction",
        "TextSummary",
    ),
    "leaksift.library.sealing": ("Sealed",),
    "leaksift.library.streams": ("AsyncStream", "Stream"),
    "leaksift.pipeline": ("Target", "scan"),
    "leaksift.rules.custom": ("CustomRule",),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(home), name)
    raise AttributeError(f"module 'leaksift' has no attribute {name!r}")
