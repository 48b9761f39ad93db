"""The action as act runs it: another reader of `action.yml`, and a real installation.

act (https://github.com/nektos/act) is named by ACT. It needs no container here and no network but
the package index. What the action uses of others is replaced by folders that do nothing.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="act's own runner has no bash there"),
]

ROOT = Path(__file__).parents[2]

# In pieces, so that no scanner takes this file for a leak.
PASSWORD = "s3cr3t-" + "Horse-9x"
LEAK = f"url = 'postgres://app:{PASSWORD}@db.internal:5432/x'\n"

WORKFLOW = """\
on: [pull_request]
jobs:
  scan:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      - id: leaksift
        uses: leaksift/leaksift@v0
        with:
          sarif-file: out/leaks.sarif
      - if: ${{ always() }}
        shell: bash
        env:
          RESULT: ${{ toJSON(steps.leaksift.outputs) }}
        run: printf '%s' "$RESULT" >"$HOME/outputs.json"
"""

NOTHING = "name: x\ndescription: x\nruns:\n  using: composite\n  steps: []\n"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the action is made of, without the rest of the checkout: act copies it."""
    folder = tmp_path_factory.mktemp("published")
    for name in ("action.yml", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy2(ROOT / name, folder)
    for name in ("action", "scanner", "sarif"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    return folder


def act(published: Path, home: dict[str, str], project: Path, event: Any) -> Any:
    """Runs the workflow; exit code, log and the outputs of the action."""
    program = os.environ.get("ACT") or shutil.which("act")
    if not program or not shutil.which("node"):
        pytest.skip("ACT does not name the program act, or there is no node")
    folder = Path(home["HOME"])
    (folder / "event.json").write_text(json.dumps(event), "utf-8")
    stubs = folder / "stubs"
    used = set(re.findall(r"uses: ([\w.-]+/[\w.-]+)(/[\w-]+)?@(\w{40})", text := _action()))
    assert used, text
    options = []
    for name, below, commit in used:
        stub = stubs / name.replace("/", "-")
        (stub / below.lstrip("/")).mkdir(parents=True, exist_ok=True)
        (stub / below.lstrip("/") / "action.yml").write_text(NOTHING, "utf-8")
        options += ["--local-repository", f"{name}@{commit}={stub}"]
    options += ["--local-repository", f"leaksift/leaksift@v0={published}"]
    where = ("-P", "ubuntu-latest=-self-hosted", "-e", str(folder / "event.json"))
    uv = os.environ.get("UV")
    path = f"{Path(uv).parent}{os.pathsep}{home['PATH']}" if uv else home["PATH"]
    done = subprocess.run(
        [program, "pull_request", *where, *options],
        cwd=project,
        # One cache of downloads for all runs; act's own is in the home.
        env={**home, "PATH": path, "XDG_CACHE_HOME": str(folder / "cache")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=900,
        check=False,
    )
    log = done.stdout.decode("utf-8", "replace")
    outputs = folder / "outputs.json"
    return done.returncode, log, json.loads(outputs.read_text("utf-8")) if outputs.exists() else {}


def _action() -> str:
    return (ROOT / "action.yml").read_text("utf-8")


def test_a_pull_request_from_a_hostile_branch_fails_in_act_with_its_report(
    published: Path, origin: Any, home: dict[str, str], propose: Any, checkout: Any, tmp_path: Path
) -> None:
    origin.commit({".github/workflows/leaksift.yml": WORKFLOW})
    change = propose(
        {"a b,line=9.py": "import os\n" + LEAK},
        branch="x$(touch${IFS}pwned)`touch${IFS}pwned`",
    )
    # act's checkout is a copy of this folder, so what has to be there is there.
    project = checkout(change.merge, depth=0)
    code, log, outputs = act(published, home, project, change.event)
    assert code == 1, log
    assert outputs["exit-code"] == "1", log
    assert (outputs["findings"], outputs["scanned-files"]) == ("1", "1")
    report = json.loads(Path(outputs["sarif-file"]).read_text("utf-8"))
    (result,) = report["runs"][0]["results"]
    location = result["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "a%20b%2Cline%3D9.py"
    assert location["region"]["startLine"] == 2
    assert "::error file=a b%2Cline=9.py,line=2,endLine=2" in log
    assert "Upload to code scanning" in log
    assert log.index("Upload to code scanning") < log.index("Main Result")
    assert PASSWORD not in log
    assert not list(tmp_path.rglob("pwned"))
