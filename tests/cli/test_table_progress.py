"""How far a table is, on a terminal and nowhere else."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

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
    import fcntl
    import pty
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with subprocess.Popen(
        [*COMMAND, "-q"], cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        told = b""
        try:
            while data := os.read(ours, 65_536):
                told += data
        except OSError:
            pass  # Linux says so when the other end is closed
    os.close(ours)
    assert process.returncode == 0
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
