"""Credentials in real repositories, by line: what leaksift finds, misses and takes for one.

    python -m benchmarks.credentials FOLDER [--half tune|check] [--errors missed|false]
                                    [--json FILE]

FOLDER has files below `data/<repository>/`, and in `meta/*.csv` judgements of places in them, one a
row, with the columns FilePath, LineStart, LineEnd, GroundTruth (T is a credential, anything else
only looks like one) and ValueStart: the layout of CredData (Samsung, Apache-2.0), of which only the
repositories that are agreed for development may be in FOLDER here. The figures that count are of
the others, which nobody looks at.

UUIDs and names of buckets, which the judges of CredData count, open nothing: they are left out.
Only files with a judged place are scanned. A place judged T is found when a finding touches one of
its lines; a finding that touches no such place is false, also where nobody judged the line. Beside
leaksift stands betterleaks, where its command is on the PATH or beside this Python: both read the
same files in the same run. Rules only; findings of personal data do not count.

The halves are there to be honest while rules are made: look at errors in `tune` only. `--errors`
prints where they are, not the values.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measure import add_json_option, installed, write_results

# Of the categories of CredData, those whose values open nothing.
_NO_CREDENTIAL = frozenset({"UUID", "AWS S3 Bucket"})


@dataclass(frozen=True, order=True)
class Place:
    """Lines of a file, counted from 1, both inclusive. `path` is relative to FOLDER."""

    path: str
    first: int
    last: int

    def touches(self, other: Place) -> bool:
        return self.path == other.path and self.first <= other.last and other.first <= self.last


@dataclass(frozen=True)
class Found:
    """What a scanner reported: where, and by which of its rules."""

    place: Place
    rule: str


@dataclass
class Count:
    """How many true places were found and missed, and how many findings were false."""

    found: int = 0
    missed: int = 0
    false: int = 0

    @property
    def precision(self) -> float:
        return self.found / (self.found + self.false or 1)

    @property
    def recall(self) -> float:
        return self.found / (self.found + self.missed or 1)

    @property
    def f1(self) -> float:
        return 2 * self.found / (2 * self.found + self.false + self.missed or 1)


@dataclass
class Result:
    """The counts of one scanner in all files, by kind of file and by rule, and where it erred."""

    total: Count = field(default_factory=Count)
    by_kind: dict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    by_rule: dict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    missed: list[Place] = field(default_factory=list)
    false: list[Found] = field(default_factory=list)


@dataclass(frozen=True)
class Judged:
    """The paths of all files with a judged place, the places with a credential, and those that are
    neither right nor wrong."""

    paths: frozenset[str]
    places: tuple[Place, ...]
    neither: tuple[Place, ...]


def read_judged(folder: Path, half: str | None) -> Judged:
    """What is judged in one half or both.

    A place of several lines counts only where no shorter one is inside it: some rows name a
    user's line together with the password's.
    """
    paths: set[str] = set()
    places: set[Place] = set()
    neither: set[Place] = set()
    for table in sorted(folder.glob("meta/*.csv")):
        if half and half_of(table.stem) != half:
            continue
        with table.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                path = row["FilePath"]
                paths.add(path)
                if row["GroundTruth"] == "T":
                    place = Place(path, int(row["LineStart"]), int(row["LineEnd"]))
                    (neither if row["Category"] in _NO_CREDENTIAL else places).add(place)
    kept: list[Place] = []
    by_path: dict[str, list[Place]] = defaultdict(list)
    for place in sorted(places, key=lambda place: (place.last - place.first, place)):
        if not any(place.touches(other) for other in by_path[place.path]):
            by_path[place.path].append(place)
            kept.append(place)
    return Judged(frozenset(paths), tuple(sorted(kept)), tuple(sorted(neither - places)))


def half_of(repository: str) -> str:
    """A repository belongs to one half as a whole, by its name. The number was chosen so that the
    development repositories give halves of about the same size with the same kinds of files."""
    return "tune" if hashlib.sha256(f"266 {repository}".encode()).digest()[0] % 2 else "check"


def compare(judged: Judged, found: Iterable[Found]) -> Result:
    """Counts what was found against what was judged."""
    result = Result()
    by_path: dict[str, list[Found]] = defaultdict(list)
    for one in found:
        by_path[one.place.path].append(one)
    neither: dict[str, list[Place]] = defaultdict(list)
    for place in judged.neither:
        neither[place.path].append(place)
    good: set[Found] = set()
    for place in judged.places:
        those = {one for one in by_path[place.path] if one.place.touches(place)}
        kind = _kind(place.path)
        if those:
            good |= those
            result.by_rule[min(one.rule for one in those)].found += 1
        else:
            result.missed.append(place)
        for count in (result.total, result.by_kind[kind]):
            count.found += bool(those)
            count.missed += not those
    lines: set[Place] = set()
    for one in sorted(set(found) - good, key=lambda one: (one.place, one.rule)):
        if one.place in lines or any(one.place.touches(other) for other in neither[one.place.path]):
            continue  # by line: two rules that are wrong about one line are wrong once
        lines.add(one.place)
        result.false.append(one)
        for count in (
            result.total,
            result.by_kind[_kind(one.place.path)],
            result.by_rule[one.rule],
        ):
            count.false += 1
    return result


def leaksift(tree: Path) -> list[Found]:
    """What `leaksift scan` finds with rules alone, at `block` or `warn`."""
    with tempfile.TemporaryDirectory() as work:
        report = Path(work) / "report.json"
        command = [installed("leaksift"), "scan", "--model", "none", "-o", f"json={report}"]
        _run([*command, "--no-inline-allow", "--no-baseline", str(tree)], (0, 1))
        findings = json.loads(report.read_text(encoding="utf-8"))["findings"]
    return [
        Found(_place(one["path"], one["start_line"], one["end_line"], tree), one["rule"])
        for one in findings
        if one["label"] == "secret" and one["severity"] != "note"
    ]


def betterleaks(tree: Path) -> list[Found]:
    """What betterleaks finds, as it comes."""
    with tempfile.TemporaryDirectory() as work:
        report = Path(work) / "report.json"
        command = [_betterleaks() or "betterleaks", "auto", str(tree), "-o", str(report)]
        _run([*command, "--redact", "--no-banner", "--exit-code=0", "-s"], (0,))
        findings = json.loads(report.read_text(encoding="utf-8"))["findings"]
    return [
        Found(_place(at["path"], at["start_line"], at["end_line"], tree), str(one["rule_id"]))
        for one in findings
        for at in [one["location"]]
    ]


def _betterleaks() -> str | None:
    beside = shutil.which("betterleaks", path=sysconfig.get_path("scripts"))
    return beside or shutil.which("betterleaks")


def _run(command: list[str], codes: tuple[int, ...]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in codes:
        sys.exit(f"{command[0]} failed with {done.returncode}: {done.stderr.strip()[:500]}")


def _place(path: str, first: int, last: int, tree: Path) -> Place:
    absolute = Path(path) if Path(path).is_absolute() else Path.cwd() / path
    inside = absolute.resolve().relative_to(tree.resolve())
    return Place(inside.as_posix(), first, last)


def _kind(path: str) -> str:
    return Path(path).suffix.lower() or "(none)"


def _copy(folder: Path, paths: Iterable[str], tree: Path) -> None:
    """The files in a tree of their own: a scanner reads nothing else. A lone carriage return ends a
    line for the judges and none for a scanner."""
    for path in paths:
        target = tree / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(re.sub(rb"\r(?!\n)", b"\n", (folder / path).read_bytes()))


def _table(title: str, counts: Mapping[str, Count], least: int = 1) -> str:
    lines = [f"| {title} | true | found | false | precision | recall | F1 |", "|---" * 7 + "|"]
    shown = sorted(counts.items(), key=lambda item: -(item[1].found + item[1].missed))
    for name, count in shown:
        if count.found + count.missed + count.false >= least:
            lines.append(
                f"| {name} | {count.found + count.missed} | {count.found} | {count.false} "
                f"| {count.precision:.3f} | {count.recall:.3f} | {count.f1:.3f} |"
            )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=("tune", "check"))
    parser.add_argument("--errors", choices=("missed", "false"))
    add_json_option(parser)
    arguments = parser.parse_args()
    judged = read_judged(arguments.folder, arguments.half)
    if not judged.paths:
        sys.exit(f"{arguments.folder} has no judged places: see the top of this program")
    scanners: dict[str, Callable[[Path], list[Found]]] = {"leaksift": leaksift}
    if _betterleaks():
        scanners["betterleaks"] = betterleaks
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name)
        _copy(arguments.folder, judged.paths, tree)
        results = {scanner: compare(judged, find(tree)) for scanner, find in scanners.items()}
    ours = results["leaksift"]
    if arguments.errors:
        wrong = ours.missed if arguments.errors == "missed" else [one.place for one in ours.false]
        rules = {one.place: one.rule for one in ours.false}
        for place in wrong:
            print(f"{place.path}:{place.first}", rules.get(place, ""), sep="\t")
        return
    print(f"{len(judged.paths)} files\n")
    print(_table("scanner", {scanner: result.total for scanner, result in results.items()}))
    print("\n" + _table("leaksift, by kind of file", ours.by_kind, least=5))
    print("\n" + _table("leaksift, by rule", ours.by_rule))
    totals = {scanner: vars(result.total) for scanner, result in results.items()}
    write_results(arguments.json, "benchmarks.credentials", totals)


if __name__ == "__main__":
    main()
