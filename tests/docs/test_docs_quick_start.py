"""`docs/quick-start.md` is true to the letter: its commands are run as they stand there.

A fence after `<!-- run -->` is run by a shell, where the one before it ended; `exit 1` in the
comment is the exit code that it has to have, 0 without. If a fence of text follows, its lines have
to be in what was printed, in this order; `…` stands for anything. Nothing needs the network.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "quick-start.md"
STEP = re.compile(
    r"<!-- run(?:: exit (?P<code>\d))? -->\n```sh\n(?P<commands>.+?)```\n"
    r"(?:\n```text\n(?P<printed>.+?)```\n)?",
    re.DOTALL,
)
STEPS = list(STEP.finditer(PAGE.read_text(encoding="utf-8")))


@pytest.mark.skipif(sys.platform == "win32", reason="the page is for a POSIX shell")
def test_every_step_of_the_quick_start_does_what_the_page_says(tmp_path: Path) -> None:
    shell = shutil.which("sh")
    assert shell is not None
    folder, home, place = tmp_path / "start", tmp_path / "home", tmp_path / "place"
    folder.mkdir()
    home.mkdir()
    environ = {
        **{name: text for name, text in os.environ.items() if not name.startswith("GIT_")},
        "PATH": os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]]),
        "HOME": str(home),
        "PLACE": str(place),
        "GIT_CONFIG_NOSYSTEM": "1",
        "LEAKSIFT_CACHE_DIR": str(tmp_path / "cache"),
    }
    for step in STEPS:
        program = f"trap 'pwd >\"$PLACE\"' EXIT\nset -eu\n{step['commands']}"
        done = subprocess.run(
            [shell, "-c", program],
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == int(step["code"] or 0), f"{step['commands']}\n{done.stdout}"
        _assert_printed(step["printed"] or "", done.stdout)
        folder = Path(place.read_text(encoding="utf-8").strip())


def _assert_printed(expected: str, output: str) -> None:
    lines = iter(output.splitlines())
    for line in filter(str.strip, expected.splitlines()):
        pattern = ".*".join(map(re.escape, line.split("…")))
        assert any(re.fullmatch(pattern, printed) for printed in lines), f"{line}\n{output}"


def test_every_command_of_the_page_but_the_installation_is_run() -> None:
    text = PAGE.read_text(encoding="utf-8")
    fences = re.findall(r"^```sh\n", text, re.MULTILINE)
    assert len(fences) == len(STEPS) >= 8
    installing = re.findall(r"^    ```sh\n    (.+)\n    ```", text, re.MULTILINE)
    assert installing == ["pip install .", "pipx install .", "uv tool install ."]
