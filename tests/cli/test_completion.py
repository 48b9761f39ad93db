"""Shell completion, in the shells that are installed here, as the page says to switch it on."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest
from click.shell_completion import get_completion_class

PAGE = Path(__file__).parents[2] / "docs" / "command-line.md"
WANTED = {"redact", "restore"}

# What completes `leaksift re`, after the line of the page.
ASKS = {
    "bash": "COMP_WORDS=(leaksift re); COMP_CWORD=1; _leaksift_completion leaksift; "
    'printf "%s\\n" "${COMPREPLY[@]}"',
    # Its own completion needs a terminal: what it is given to show is printed.
    "zsh": "words=(leaksift re); CURRENT=2; _leaksift_completion",
    "fish": "complete -C 'leaksift re'",
    "powershell": "[System.Management.Automation.CommandCompletion]::CompleteInput("
    "'leaksift re', 11, $null).CompletionMatches.CompletionText",
}
PROGRAMS = {
    "bash": ["bash", "--norc", "-c"],
    "zsh": ["zsh", "-f", "-c"],
    "fish": ["fish", "--no-config", "-c"],
    "powershell": ["pwsh", "-NoProfile", "-Command"],
}
ZSH_SHOWS = (
    "compdef() { : }; compadd() { : }; _path_files() { : }; "
    '_describe() { print -l -- "${(@P)3}"; }; '
)


def line_of(shell: str) -> str:
    """What the page tells people to put into their shell's file."""
    found = re.search(rf"^.*_LEAKSIFT_COMPLETE.*{shell}_source.*$", PAGE.read_text("utf-8"), re.M)
    assert found is not None
    return re.sub(r" {2,}#.*", "", found[0])


@pytest.mark.parametrize("shell", sorted(ASKS))
def test_a_shell_completes_commands(shell: str) -> None:
    program = PROGRAMS[shell]
    if shutil.which(program[0]) is None:
        pytest.skip(f"{program[0]} is not installed")
    if get_completion_class(shell) is None:
        pytest.skip("this version of click has none for it")
    path = sysconfig.get_path("scripts") + os.pathsep + os.environ["PATH"]
    script = f"{ZSH_SHOWS if shell == 'zsh' else ''}{line_of(shell)}\n{ASKS[shell]}"
    done = subprocess.run(
        [*program, script],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert {line.split("\t")[0].split(":")[0] for line in done.stdout.splitlines()} >= WANTED, done


@pytest.mark.parametrize("shell", sorted(ASKS))
def test_the_page_says_how_each_shell_completes(shell: str) -> None:
    assert "leaksift" in line_of(shell)
