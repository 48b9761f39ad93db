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
    from leaksift.pipeline import Target, scan

__version__ = "0.1.0"

__all__ = [
    "Config",
    "ConfigError",
    "Document",
    "Finding",
    "LeaksiftError",
    "LineRange",
    "Loaded",
    "ModelError",
    "RuleInfo",
    "ScanResult",
    "Secret",
    "Severity",
    "Skipped",
    "SourceError",
    "Summary",
    "Target",
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
    "leaksift.pipeline": ("Target", "scan"),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(home), name)
    raise AttributeError(f"module 'leaksift' has no attribute {name!r}")
