"""How fast the embedded model loads and reads, and how much memory that takes.

    python -m benchmarks.model [FOLDER] [--rounds 5] [--model DIR] [--json FILE]

Reads real source files below FOLDER (by default the installed packages) by one thread, with and
without the screen, each round in a fresh process. Bars: loaded in 150 ms, 20,000 tokens a second
on one core without the screen, 300 MB at the peak.
"""

from __future__ import annotations

import argparse
import statistics
import sysconfig
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import leaksift.model
from benchmarks.measure import add_json_option, write_results
from training.speed import measure_speed

CHARACTERS = 600_000


def texts(folder: Path) -> list[str]:
    """The first files below the folder, in the order of their names, up to so many characters."""
    found: list[str] = []
    for file in sorted(folder.rglob("*.py")):
        if sum(map(len, found)) > CHARACTERS:
            break
        found.append(file.read_text(encoding="utf-8", errors="replace")[:20_000])
    return found


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "folder", type=Path, nargs="?", default=Path(sysconfig.get_paths()["purelib"])
    )
    parser.add_argument("--rounds", type=int, default=5)
    embedded = Path(leaksift.model.__file__).parent / "embedded"
    parser.add_argument("--model", type=Path, default=embedded)
    add_json_option(parser)
    options = parser.parse_args()
    results = {}
    read = texts(options.folder)
    print("| | load ms | tokens/s | characters/s | peak MB |\n|---|---|---|---|---|")
    for name, screened in (("every token", False), ("with the screen", True)):
        runs = []
        for _ in range(options.rounds):
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
                runs.append(fresh.submit(measure_speed, options.model, read, screened).result())
        medians = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        results[name] = medians
        print(f"| {name} | " + " | ".join(f"{it:,.0f}" for it in medians.values()) + " |")
    write_results(options.json, "benchmarks.model", results)


if __name__ == "__main__":
    main()
