"""How much a commit costs: `leaksift hook` on 10 staged files with 300 changed lines, rules only.

    python -m benchmarks.hook [--rounds 15]

Bar: at most 0.35 s of CPU for the whole process with the git processes that it starts.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import tempfile
from pathlib import Path

from benchmarks.measure import installed, table, take_turns

FILES, LINES, CHANGED = 10, 400, 30


def make_repository(folder: Path) -> None:
    """A repository with 10 files of 400 lines, 30 lines of each changed and staged."""
    words = random.Random(7)

    def line(number: int) -> str:
        name, call = words.choice(_NAMES), words.choice(_NAMES)
        return f"    {name}_{number} = {call}(items[{number}], key={call!r})  # {name}\n"

    _git(folder, "init", "-q")
    texts = [[line(number) for number in range(LINES)] for _ in range(FILES)]
    for step in range(2):
        for number, text in enumerate(texts):
            if step:
                for at in words.sample(range(LINES), CHANGED):
                    text[at] = line(at + LINES)
            (folder / f"module_{number}.py").write_text("".join(text), encoding="utf-8")
        _git(folder, "add", ".")
        if not step:
            _git(folder, "commit", "-q", "-m", "base")


_NAMES = ["load", "token", "password_form", "render", "query", "session", "widget", "merge", "user"]


def _git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.invalid"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        repository = Path(folder)
        make_repository(repository)
        environ = {**os.environ, "LEAKSIFT_CACHE_DIR": str(repository / ".git" / "leaksift-cache")}
        leaksift = installed("leaksift")
        commands = {
            "leaksift hook, rules only": [leaksift, "hook", "--model", "none"],
            "leaksift --version (start-up)": [leaksift, "--version"],
            "git diff --cached (what git alone costs)": ["git", "diff", "--cached"],
        }
        print(table(take_turns(commands, repository, rounds, environ)))


if __name__ == "__main__":
    main()
