"""Runs a command on a terminal of POSIX, and tells what it wrote there."""

from __future__ import annotations

import os
import struct
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


def on_terminal(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str] | None = None,
    answers: str = "",
) -> tuple[int, bytes]:
    """The exit code and all that is written; `answers` are typed before it is asked."""
    import fcntl  # none of them is on Windows
    import pty
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 25, 100, 0, 0))
    os.write(ours, answers.encode())
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        told = b""
        try:
            while piece := os.read(ours, 65_536):
                told += piece
        except OSError:
            pass  # Linux says so at the end of a terminal
        process.wait(60)
    os.close(ours)
    return process.returncode, told
