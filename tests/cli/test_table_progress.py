"""How far a table is, on a terminal and nowhere else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.terminal import on_terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")

COMMAND = [sys.executable, "-m", "leaksift", "table", "a.csv", "-o", "b.csv", "--model", "none"]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table that takes seconds, with cells that all differ."""
    with (tmp_path / "a.csv").open("w", encoding="utf-8") as file:
        file.write("id,mail,note\n")
        file.writelines(f"{n},u{n}@acme.io,about {n} of {n * 7919}\n" for n in range(120_000))
    return tmp_path


def shown(folder: Path) -> str:
    """What the command writes to a terminal."""
    code, told = on_terminal([*COMMAND, "-q"], folder)
    assert code == 0
    return told.decode()


def test_a_terminal_shows_a_bar_that_is_gone_at_the_end(table: Path) -> None:
    told = shown(table)
    assert "redact: " in told and " rows" in told
    assert " % |" in told
    assert "acme" not in told
    assert told.rstrip(" ").endswith("\r")  # the line was cleared


def test_a_pipe_shows_nothing(table: Path) -> None:
    done = subprocess.run([*COMMAND, "-q"], cwd=table, capture_output=True, check=True)
    assert done.stdout == done.stderr == b""
