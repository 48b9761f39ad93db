"""The baseline: findings that were there when somebody said "from now on".

It is a JSON file that is committed with the repository. An entry is a rule, a path, a keyed hash of
the value and how often the value is there. There is no line number, no time and no version of the
program in it, so that it changes only when the findings do, and one entry stands on one line, so
that two branches merge. The key of the hashes is a random salt in the same file: it keeps hashes of
different repositories apart and precomputed tables useless, but whoever has the file can try out
guesses, just as they can read the repository.

An entry hides as many equal values as it counts, wherever in the file they stand. When its file is
gone it hides them in another file: a renamed one. A value that is copied to a second file while
the first is still there is new. Nothing is hidden that has another value.

What is hidden depends on all findings of a scan together, so that the order of the files does not
matter: `match` takes them all at once. Reading values and deciding what to do is not done here.
"""

from __future__ import annotations

import codecs
import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from leaksift.errors import ConfigError
from leaksift.finding import Secret

FORMAT = 1


class Key(NamedTuple):
    """What a finding is known by: the path has forward slashes, the hash is `value_hash`."""

    path: str
    rule: str
    hash: str


@dataclass(frozen=True)
class Baseline:
    """The known findings and how often each is there."""

    salt: bytes = field(repr=False)
    entries: Mapping[Key, int] = field(default_factory=dict)

    @classmethod
    def new(cls) -> Baseline:
        """An empty baseline with a fresh salt."""
        return cls(os.urandom(32))


@dataclass(frozen=True)
class Match:
    """What a baseline means for the findings of one scan.

    `hidden` says of how many findings of a key nothing is said, `unused` how many of an entry's
    count no finding used up.
    """

    hidden: Mapping[Key, int]
    unused: Mapping[Key, int]


def value_hash(value: Secret, salt: bytes, rule: str) -> str:
    """The hash by which a value that `rule` found is known. The path is not part of it, so that a
    renamed file's findings are recognised."""
    return value.digest(salt, "baseline", rule)


def load(path: Path) -> Baseline:
    """Reads a baseline. Raises ConfigError for a file that is not there or not a baseline."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: there is no baseline; `leaksift baseline create` makes one"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path}: the baseline cannot be read: {error.strerror}") from None
    try:
        content = json.loads(_decode(data))
    except json.JSONDecodeError as error:
        raise ConfigError(
            f"{path}:{error.lineno}: the baseline is not valid JSON; resolve a merge conflict by "
            "keeping both sides' lines, or make a new one with `leaksift baseline create`"
        ) from None
    except (ValueError, RecursionError):
        raise ConfigError(f"{path}: the baseline is not JSON in UTF-8") from None
    return _parse(content, str(path))


def is_baseline(text: str) -> bool:
    """Whether a text is a whole baseline: then it holds paths, rules and hashes, and no value."""
    try:
        _parse(json.loads(text), "")
    except (ValueError, RecursionError, ConfigError):
        return False
    return True


def _decode(data: bytes) -> str:
    # PowerShell's `>` writes UTF-16 with a byte order mark, and editors on Windows may add one.
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    return data.decode("utf-8-sig")


def _parse(content: Any, where: str) -> Baseline:
    if not isinstance(content, dict) or "format" not in content:
        raise ConfigError(f"{where}: this JSON file is not a baseline of leaksift")
    if content["format"] != FORMAT:
        raise ConfigError(
            f"{where}: the baseline is not of format {FORMAT}, the one this leaksift reads; update "
            f"leaksift or make a new one with `leaksift baseline create`"
        )
    salt, entries = content.get("salt"), content.get("entries")
    if not isinstance(salt, str) or not re.fullmatch(r"[0-9a-f]{64}", salt):
        raise ConfigError(f"{where}: the baseline's salt must be 64 hexadecimal digits")
    if not isinstance(entries, list):
        raise ConfigError(f"{where}: the baseline has no list of entries")
    counts: dict[Key, int] = {}
    for number, entry in enumerate(entries, 1):
        key, count = _entry(entry, f"{where}: entry {number} of the baseline")
        # The same entry twice comes from a merge: each branch meant the same findings.
        counts[key] = max(count, counts.get(key, 0))
    return Baseline(bytes.fromhex(salt), counts)


def _entry(entry: Any, where: str) -> tuple[Key, int]:
    if not isinstance(entry, dict) or entry.keys() != {"path", "rule", "hash", "count"}:
        raise ConfigError(f"{where} must have path, rule, hash and count and nothing else")
    path, rule, digest, count = (entry[name] for name in ("path", "rule", "hash", "count"))
    if not (isinstance(path, str) and isinstance(rule, str)):
        raise ConfigError(f"{where}: path and rule must be texts")
    if not isinstance(digest, str) or not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise ConfigError(f"{where}: hash must be 64 hexadecimal digits")
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise ConfigError(f"{where}: count must be a whole number from 1")
    return Key(path, rule, digest), count


def to_json(baseline: Baseline) -> str:
    """The baseline as the text of its file: sorted, one entry a line, ended by a line feed.

    It is to be written as UTF-8 with line feeds on every system. Equal baselines give equal text.
    """
    lines = [
        _to_ascii_where_needed({"path": path, "rule": rule, "hash": digest, "count": count})
        for (path, rule, digest), count in sorted(baseline.entries.items())
    ]
    entries = "".join(
        f"\n    {line}{',' if n < len(lines) else ''}" for n, line in enumerate(lines, 1)
    )
    closing = "\n  ]" if lines else "]"
    return (
        f'{{\n  "format": {FORMAT},\n  "salt": "{baseline.salt.hex()}",\n'
        f'  "entries": [{entries}{closing}\n}}\n'
    )


def _to_ascii_where_needed(entry: Mapping[str, Any]) -> str:
    """One line of JSON. A name that is not UTF-8 holds surrogates, which only an escape can carry;
    other names stay readable."""
    text = json.dumps(entry, ensure_ascii=False)
    return text if text.isprintable() else json.dumps(entry)


def match(baseline: Baseline, found: Mapping[Key, int], exists: Callable[[str], bool]) -> Match:
    """Sets the findings of a whole scan against the baseline.

    `found` counts the findings of each key. `exists` tells whether a path is there in what is
    scanned (the index, the target of a range, the working tree), whether or not it was scanned.
    """
    hidden = {key: min(count, baseline.entries.get(key, 0)) for key, count in found.items()}
    unused = {
        key: count - hidden.get(key, 0)
        for key, count in baseline.entries.items()
        if count > hidden.get(key, 0)
    }
    moved: defaultdict[tuple[str, str], list[Key]] = defaultdict(list)
    for key in sorted(unused):
        moved[key.rule, key.hash].append(key)
    gone: dict[str, bool] = {}
    for key in sorted(found):
        for entry in moved.get((key.rule, key.hash), ()):
            if entry.path not in gone:
                gone[entry.path] = not exists(entry.path)
            if gone[entry.path]:
                taken = min(found[key] - hidden[key], unused[entry])
                hidden[key] += taken
                unused[entry] -= taken
    return Match(
        {key: count for key, count in hidden.items() if count},
        {key: count for key, count in unused.items() if count},
    )


def stale(
    match: Match,
    scanned: Collection[str],
    exists: Callable[[str], bool],
    rules: Collection[str],
) -> tuple[str, ...]:
    """The entries that no longer mean anything, as "rule in path", sorted.

    `scanned` are the paths of the documents that were read, `rules` the ids of the rules that ran:
    of a file that was not read, and of a rule that did not run, nothing is known.
    """
    return tuple(
        f"{key.rule} in {key.path}"
        for key in sorted(match.unused)
        if key.rule in rules and (key.path in scanned or not exists(key.path))
    )


def updated(
    baseline: Baseline,
    found: Mapping[Key, int],
    scanned: Collection[str],
    exists: Callable[[str], bool],
    rules: Collection[str],
) -> Baseline:
    """The baseline that knows exactly the findings of this scan, with the same salt.

    Entries that the scan could not judge stay: those of files that are there and were not read,
    and those of rules that did not run. See `stale` for the arguments. With a new baseline this
    creates one.
    """
    kept = {
        key: count
        for key, count in baseline.entries.items()
        if (key.path not in scanned or key.rule not in rules) and exists(key.path)
    }
    return Baseline(baseline.salt, dict(Counter(kept) | Counter(found)))
