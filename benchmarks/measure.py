"""Whole-process measurements: CPU seconds of a command and everything it starts, and wall time.

Machines are noisy, so a figure is the median of several runs, and comparisons are ratios of runs
that took turns.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leaksift import __version__


@dataclass(frozen=True)
class Run:
    """One run of a command, in seconds; `cpu` is user and system time with all children."""

    cpu: float
    wall: float
    code: int


def run_once(command: Sequence[str], cwd: Path, environ: Mapping[str, str] | None = None) -> Run:
    """Runs the command and waits for it; its output is thrown away."""
    before, start = os.times(), time.perf_counter()
    done = subprocess.run(
        command, cwd=cwd, env=environ, capture_output=True, stdin=subprocess.DEVNULL, check=False
    )
    wall, after = time.perf_counter() - start, os.times()
    cpu = after.children_user - before.children_user + after.children_system
    return Run(cpu - before.children_system, wall, done.returncode)


def take_turns(
    commands: Mapping[str, Sequence[str]],
    cwd: Path,
    rounds: int,
    environ: Mapping[str, str] | None = None,
) -> dict[str, list[Run]]:
    """Every command once to warm the caches, then `rounds` times, one after the other."""
    for command in commands.values():
        run_once(command, cwd, environ)
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(run_once(command, cwd, environ))
    return runs


def table(runs: Mapping[str, Sequence[Run]]) -> str:
    """A Markdown table of medians, with the first command as the measure of the ratios."""
    first = median_cpu(next(iter(runs.values())))
    lines = ["| | CPU s (median) | least | wall s (median) | CPU ratio |", "|---|---|---|---|---|"]
    for name, those in runs.items():
        cpu, wall = median_cpu(those), statistics.median(run.wall for run in those)
        least = min(run.cpu for run in those)
        lines.append(f"| {name} | {cpu:.3f} | {least:.3f} | {wall:.3f} | {cpu / first:.2f} |")
    return "\n".join(lines)


def median_cpu(runs: Sequence[Run]) -> float:
    """Median of the CPU seconds."""
    return statistics.median(run.cpu for run in runs)


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """`--json FILE`, the same for all programs here."""
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write the figures too, for benchmarks.plots"
    )


def as_row(runs: Sequence[Run]) -> dict[str, float]:
    """What a result file keeps of the runs of one command: seconds."""
    return {
        "cpu_s": round(median_cpu(runs), 4),
        "cpu_s_least": round(min(run.cpu for run in runs), 4),
        "wall_s": round(statistics.median(run.wall for run in runs), 4),
        "runs": len(runs),
    }


def write_results(file: Path | None, program: str, results: Mapping[str, Any]) -> None:
    """Writes the figures of a program to a file for `benchmarks.plots`, with what they depend on;
    nothing without a file."""
    if file is None:
        return
    system = f"{platform.system()} {platform.machine()}"
    about = {
        "program": program,
        "leaksift": __version__,
        "python": platform.python_version(),
        "system": f"{system}, {os.cpu_count()} CPUs",
    }
    text = json.dumps({**about, "results": results}, indent=2)
    file.write_text(f"{text}\n", encoding="utf-8", newline="\n")


def installed(name: str) -> str:
    """The command `name` of the environment that runs this program, or from the PATH."""
    found = shutil.which(name, path=sysconfig.get_path("scripts")) or shutil.which(name)
    if found is None:
        sys.exit(f"{name} is not installed in this environment")
    return found
