"""Whole-process measurements: CPU seconds of a command and everything it starts, and wall time.

Machines are noisy, so a figure is the median of several runs, and comparisons are ratios of runs
that took turns.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


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


def installed(name: str) -> str:
    """The command `name` of the environment that runs this program, or from the PATH."""
    found = shutil.which(name, path=sysconfig.get_path("scripts")) or shutil.which(name)
    if found is None:
        sys.exit(f"{name} is not installed in this environment")
    return found
