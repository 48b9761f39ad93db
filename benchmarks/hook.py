"""How much a commit costs: `leaksift hook` on 10 staged files with 300 changed lines.

    python -m benchmarks.hook [--rounds 15] [--json FILE]

Three shapes of such a commit: `scattered` changes 30 single lines in each file of 400, `hunks`
three blocks of 10 lines, `new` adds 10 files of 30 lines with some people in them, so that the
model has something to read. Bars, for the whole process with the git processes that it starts:
0.35 s of CPU by rules alone, 0.9 s with the model.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
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

FILES, LINES, CHANGED = 10, 400, 30
SHAPES = ("scattered", "hunks", "new")


def make_repository(folder: Path, shape: str = "scattered") -> None:
    """A repository with a staged change of this shape."""
    words = random.Random(7)

    def line(number: int) -> str:
        name, call = words.choice(_NAMES), words.choice(_NAMES)
        return f"    {name}_{number} = {call}(items[{number}], key={call!r})  # {name}\n"

    _git(folder, "init", "-q")
    texts = [[line(number) for number in range(LINES)] for _ in range(FILES)]
    for number, text in enumerate(texts):
        (folder / f"module_{number}.py").write_text("".join(text), encoding="utf-8")
    _git(folder, "add", ".")
    _git(folder, "commit", "-q", "-m", "base")
    for number, text in enumerate(texts):
        if shape == "new":
            record = [line(at) if at % 6 else _PERSON.format(at) for at in range(CHANGED)]
            (folder / f"added_{number}.py").write_text("".join(record), encoding="utf-8")
            continue
        if shape == "hunks":
            starts = (40, 180, 320)
            changed = [start + at for start in starts for at in range(CHANGED // len(starts))]
        else:
            changed = words.sample(range(LINES), CHANGED)
        for at in changed:
            text[at] = line(at + LINES)
        (folder / f"module_{number}.py").write_text("".join(text), encoding="utf-8")
    _git(folder, "add", ".")


_NAMES = ["load", "token", "password_form", "render", "query", "session", "widget", "merge", "user"]
_PERSON = "    Person(id={0}, name='Agnes Miller', email='agnes.{0}@example.com', desk='{0} B')\n"


def _git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.invalid"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    add_json_option(parser)
    options = parser.parse_args()
    results: dict[str, dict[str, dict[str, float]]] = {}
    leaksift = installed("leaksift")
    for shape in SHAPES:
        with tempfile.TemporaryDirectory() as folder:
            repository = Path(folder)
            make_repository(repository, shape)
            cache = str(repository / ".git" / "leaksift-cache")
            commands = {
                "leaksift hook": [leaksift, "hook"],
                "leaksift hook, rules only": [leaksift, "hook", "--model", "none"],
                "leaksift --version (start-up)": [leaksift, "--version"],
                "git diff --cached (what git alone costs)": ["git", "diff", "--cached"],
            }
            environ = {**os.environ, "LEAKSIFT_CACHE_DIR": cache}
            runs = take_turns(commands, repository, options.rounds, environ)
            results[shape] = {name: as_row(those) for name, those in runs.items()}
            print(f"\n{shape}\n\n{table(runs)}")
    write_results(options.json, "benchmarks.hook", results)


if __name__ == "__main__":
    main()
