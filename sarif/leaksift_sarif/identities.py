"""One name per finding for platforms that fold findings of the same name into one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from leaksift.finding import Finding


def identified(findings: Iterable[Finding]) -> Iterator[tuple[str, Finding]]:
    """The findings by path and place, each with a name that no other of them has.

    The name is the finding's fingerprint, which holds neither value nor line. A scan makes none
    twice; where results of several scans were joined, a repeat gets a number.
    """
    seen: Counter[str] = Counter()
    for finding in sorted(findings, key=lambda one: (one.path, one.start, one.end, one.rule)):
        seen[finding.fingerprint] += 1
        count = seen[finding.fingerprint]
        yield finding.fingerprint + (f":{count}" if count > 1 else ""), finding
