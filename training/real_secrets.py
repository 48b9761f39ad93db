"""Real lines with secrets: places in public repositories that people have judged one by one.

`secret_lines.tsv` says which lines of which files hold a secret (T), only look like it (F) or are
left open (X); the files come from the repositories of the lock file. `collect_secrets` cuts
windows of text around those lines; `write_window` writes one, with every second value replaced by
a made-up one, so that the model learns the places and not the values.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from training.pools import secrets
from training.pools.split import Split, part_of
from training.template import Filling

LINES = Path(__file__).with_name("secret_lines.tsv")
AROUND = 7
LONGEST_LINE = 500


@dataclass(frozen=True)
class Row:
    """One judged place: lines count from 1, columns from 0; no columns where the whole line is
    meant."""

    path: str
    first: int
    last: int
    truth: str
    start: int | None
    end: int | None


@dataclass(frozen=True)
class Window:
    """Lines of a file with the secrets in it."""

    text: str
    spans: tuple[tuple[int, int], ...]
    unknown: tuple[tuple[int, int], ...]
    repository: str


def read_rows() -> dict[str, list[Row]]:
    """The judged places by repository."""
    found: dict[str, list[Row]] = {}
    for line in LINES.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        name, path, first, last, truth, start, end = line.split("\t")
        row = Row(
            path,
            int(first),
            int(last),
            truth,
            int(start) if start else None,
            int(end) if end else None,
        )
        found.setdefault(name, []).append(row)
    return found


def windows_of(text: str, rows: list[Row], repository: str) -> list[Window]:
    """The windows around all judged places of one file."""
    lines = text.split("\n")
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line) + 1)
    spans: list[tuple[int, int]] = []
    unknown: list[tuple[int, int]] = []
    # Short places first: a place of several lines only counts where nothing finer is known.
    for row in sorted(rows, key=lambda r: (r.last - r.first, r.first, r.start or 0)):
        if row.last > len(lines) or row.truth == "F":
            continue
        start = offsets[row.first - 1] + (row.start or 0)
        end = offsets[row.last] - 1 if row.end is None else offsets[row.last - 1] + row.end
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        target = (
            spans
            if row.truth == "T" and (row.start is not None or row.last > row.first)
            else unknown
        )
        if start < end and not any(a < end and start < b for a, b in spans + unknown):
            target.append((start, end))
    windows = []
    done = 0
    for row in sorted(rows, key=lambda r: r.first):
        if row.first <= done or row.last > len(lines):
            continue
        first, last = max(0, row.first - 1 - AROUND), min(len(lines), row.last + AROUND)
        done = last
        begin, stop = offsets[first], offsets[last] - 1
        if any(len(line) > LONGEST_LINE for line in lines[first:last]) or stop - begin > 4000:
            continue
        inside = [
            [(a - begin, b - begin) for a, b in found if begin <= a and b <= stop]
            for found in (spans, unknown)
        ]
        windows.append(
            Window(text[begin:stop], tuple(sorted(inside[0])), tuple(sorted(inside[1])), repository)
        )
    return windows


def collect_secrets(places: Mapping[str, Path], work: Path) -> dict[str, int]:
    """Writes `secrets.json.gz`; returns how many windows and secrets there are."""
    windows: list[Window] = []
    for repository, rows in read_rows().items():
        by_path: dict[str, list[Row]] = {}
        for row in rows:
            by_path.setdefault(row.path, []).append(row)
        for path, found in sorted(by_path.items()):
            try:
                text = (
                    (places[repository] / path).read_bytes().decode("utf-8").replace("\r\n", "\n")
                )
            except UnicodeDecodeError:
                continue
            windows += windows_of(text, found, repository)
    with gzip.GzipFile(work / "secrets.json.gz", "wb", mtime=0) as file:
        file.write(json.dumps([vars(window) for window in windows], ensure_ascii=False).encode())
    return {"windows": len(windows), "secrets": sum(len(window.spans) for window in windows)}


def load(work: Path, split: Split) -> tuple[Window, ...]:
    """The windows of one split; a repository belongs to one as a whole."""
    with gzip.open(work / "secrets.json.gz", "rt", encoding="utf-8") as file:
        entries = json.load(file)
    return tuple(
        Window(
            entry["text"],
            tuple((a, b) for a, b in entry["spans"]),
            tuple((a, b) for a, b in entry["unknown"]),
            entry["repository"],
        )
        for entry in entries
        if part_of(entry["repository"], dev_share=0.15, salt="repository") == split
    )


def write_window(filling: Filling, window: Window) -> None:
    """Writes the window; in training every second value is another one."""
    rng, text = filling.rng, window.text
    swap = filling.split == "train" and rng.random() < 0.5
    position = 0
    places = sorted(
        [(a, b, True) for a, b in window.spans] + [(a, b, False) for a, b in window.unknown]
    )
    for start, end, secret in places:
        filling.write(text[position:start])
        position = end
        value = text[start:end]
        if not secret:
            filling.write_unknown(value)
            continue
        if swap and "\n" not in value:
            if len(value) < 16 or rng.random() < 0.4:
                value = secrets.url_password(rng, filling.lists)
            else:
                value = secrets.token(rng, filling.split)
        filling.write_labelled(value, "secret")
    filling.write(text[position:])
