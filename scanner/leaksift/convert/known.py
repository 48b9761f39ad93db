"""Known findings of other scanners that leaksift finds now: entries of its own baseline."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from leaksift.config import load_config
from leaksift.convert.converted import Known
from leaksift.detect import detect
from leaksift.document import Document
from leaksift.errors import UsageError
from leaksift.finding import Finding, Secret
from leaksift.pipeline import Target, documents, load_detectors, make_policy
from leaksift.policy import baseline as baselines
from leaksift.policy.baseline import Baseline, Key
from leaksift.policy.judge import judge
from leaksift.writing import write_atomically

# More lines than this nobody reads; the rest is counted.
_MOST_LINES = 20


def add_to_baseline(known: Sequence[Known], file: Path | None) -> list[str]:
    """Scans the files of the known findings and adds those that are recognised to the baseline
    `file`; lines for the reader about what was done. Without a file it only says what could be.

    Raises UsageError for a file that cannot be written, ConfigError for one that is no baseline.
    """
    if file is None:
        hint = "--baseline .leaksift-baseline.json adds those that leaksift still finds"
        return [f"{_count(known)} of the other scanner left out: {hint}"]
    before = baselines.load(file) if file.exists() else Baseline.new()
    found, missing = _recognised(known, before)
    after = Baseline(before.salt, dict(Counter(before.entries) | found))
    try:
        write_atomically(file, baselines.to_json(after).encode())
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror}") from None
    lines = [f"{file}: {len(after.entries) - len(before.entries)} known findings added"]
    for one in missing[:_MOST_LINES]:
        at = f":{one.line}" if one.line else ""
        lines.append(
            f"not in the baseline: {one.path}{at} ({one.kind}): it is gone, or leaksift does not "
            "find it"
        )
    if len(missing) > _MOST_LINES:
        lines.append(f"not in the baseline: {len(missing) - _MOST_LINES} more")
    return lines


def _recognised(known: Sequence[Known], baseline: Baseline) -> tuple[Counter[Key], list[Known]]:
    """The keys of the findings that are known, and the known ones that no finding is."""
    here = Path.cwd()
    by_path: defaultdict[str, list[Known]] = defaultdict(list)
    for one in known:
        by_path[one.path].append(one)
    paths = [path for path in by_path if (here / path).is_file()]
    loaded = load_config(here, flags={"scope": "file"})
    detectors = load_detectors(loaded)
    policy = make_policy(loaded.config, detectors, baseline)
    keys: Counter[Key] = Counter()
    seen: set[Known] = set()
    for path in paths:
        for document in documents(Target("paths", (path,)), loaded.config):
            if not isinstance(document, Document):
                continue
            reading = detect([document], detectors.detectors, detectors.model)[0]
            judged = judge(document, reading.spans, policy)
            for finding, key in zip(judged.findings, judged.keys, strict=True):
                matching = [one for one in by_path[path] if _is(one, finding, document)]
                seen.update(matching)
                keys[key] += bool(matching)
    return +keys, [one for one in known if one not in seen]


def _is(known: Known, finding: Finding, document: Document) -> bool:
    """Whether the finding is the known one: by its value where that is known, else by its line."""
    value = document.text[finding.start : finding.end]
    if known.sha1 is not None:
        # What detect-secrets writes; nothing is protected by it here.
        return hashlib.sha1(value.encode(), usedforsecurity=False).hexdigest() == known.sha1
    if known.value is not None:
        return known.value == Secret(value)
    return known.line is not None and finding.start_line <= known.line <= finding.end_line


def _count(known: Sequence[Known]) -> str:
    return f"{len(known)} known finding{'' if len(known) == 1 else 's'}"
