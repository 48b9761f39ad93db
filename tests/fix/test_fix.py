"""`leaksift fix`: what it makes of a file, what it leaves, and that it asks."""

from __future__ import annotations

import ast
import contextlib
import os
import re
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaksift.fix.languages import language_of
from leaksift.fix.literals import place_of
from leaksift.fix.proposal import CannotFix
from leaksift.fix.settings import kind_of, setting_edit
from leaksift.fix.source import digest, read_source
from tests.terminal import on_terminal

# In pieces, so that no scanner takes this file for a leak.
PASSWORD = "s3cr3t-" + "Horse-9xQ"

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def token(number: int) -> str:
    """A token with a check sum that is right, as GitHub's rule wants it."""
    body = f"R7kQ2vXw9LmT4bNc8ZpY3sHd6Fg{number:03}"
    rest, check = zlib.crc32(body.encode()), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        check = _DIGITS[digit] + check
    return f"ghp_{body}{check}"


TOKEN = token(0)


Run = Callable[..., "subprocess.CompletedProcess[str]"]


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


@pytest.fixture
def leaksift(tmp_path: Path) -> Run:
    """Runs the command in `tmp_path`, by rules alone."""

    def run(*arguments: str, **more: str) -> Any:
        return subprocess.run(
            [sys.executable, "-m", "leaksift", *arguments],
            cwd=tmp_path,
            env={**environment(), "LEAKSIFT_MODEL": "none", **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    return run


FUTURE = "from __future__ import annotations"

# File, content, what becomes of it (None: it is left), and the variables.
CASES: dict[str, tuple[str, str | None, str]] = {
    "plain.py": (
        f'"""Doc."""\n\n{FUTURE}\n\nimport sys\n\ntoken = "{TOKEN}"\n',
        f'"""Doc."""\n\n{FUTURE}\n\nimport os\nimport sys\n\ntoken = os.environ["GITHUB_TOKEN"]\n',
        "GITHUB_TOKEN",
    ),
    "script": (
        f"#!/usr/bin/env python3\nDEPLOY_TOKEN = '{TOKEN}'\n",
        '#!/usr/bin/env python3\nimport os\n\nDEPLOY_TOKEN = os.environ["DEPLOY_TOKEN"]\n',
        "DEPLOY_TOKEN",
    ),
    "quoted.py": (f'import os\nx = \'{{"token": "{TOKEN}"}}\'\n', None, ""),
    "bytes.py": (f'token = b"{TOKEN}"\n', None, ""),
    "default.py": (f'import os\nx = os.environ.get("T", "{TOKEN}")\n', None, ""),
    "comment.py": (f"# token {TOKEN}\n", "# token <GITHUB_TOKEN>\n", ""),
    "url.js": (
        f'const dbUrl = "postgres://app:{PASSWORD}@db.corp.io/x";\n',
        "const dbUrl = process.env.DB_URL;\n",
        "DB_URL",
    ),
    "key.ts": (f'const names = {{ "{TOKEN}": 1 }};\n', None, ""),
    "config.ts": (
        f"export const c = {{ apiToken: '{TOKEN}' }};\n",
        "export const c = { apiToken: process.env.API_TOKEN };\n",
        "API_TOKEN",
    ),
    "a.rb": (f"token = '{TOKEN}'\n", 'token = ENV.fetch("GITHUB_TOKEN")\n', "GITHUB_TOKEN"),
    "a.go": (
        f'package main\n\nimport (\n\t"fmt"\n)\n\nvar botToken = "{TOKEN}"\n',
        'package main\n\nimport (\n\t"os"\n\t"fmt"\n)\n\nvar botToken = os.Getenv("BOT_TOKEN")\n',
        "BOT_TOKEN",
    ),
    "const.go": (f'package main\n\nconst (\n\tBotToken = "{TOKEN}"\n)\n', None, ""),
    "A.java": (
        f'class A {{ String botToken = "{TOKEN}"; }}\n',
        'class A { String botToken = System.getenv("BOT_TOKEN"); }\n',
        "BOT_TOKEN",
    ),
    "B.java": (f'@Value("{TOKEN}")\nclass B {{}}\n', None, ""),
    "a.php": (
        f"<?php\n$botToken = '{TOKEN}';\n",
        "<?php\n$botToken = getenv('BOT_TOKEN');\n",
        "BOT_TOKEN",
    ),
    "b.php": (f'<?php ?>\n<input value="{TOKEN}">\n', None, ""),
    "c.php": (f"<?php\nclass C {{\n  private $token = '{TOKEN}';\n}}\n", None, ""),
    "a.cs": (
        f'var botToken = @"{TOKEN}";\n',
        'var botToken = System.Environment.GetEnvironmentVariable("BOT_TOKEN");\n',
        "BOT_TOKEN",
    ),
    "b.cs": (f'const string T = "{TOKEN}";\n', None, ""),
    "a.rs": (
        f'let bot_token = "{TOKEN}".to_string();\n',
        'let bot_token = std::env::var("BOT_TOKEN").expect("BOT_TOKEN is set").to_string();\n',
        "BOT_TOKEN",
    ),
    "b.rs": (f'const T: &str = "{TOKEN}";\n', None, ""),
    "a.sh": (
        f"export BOT_TOKEN='{TOKEN}'\n",
        'export BOT_TOKEN="${BOT_TOKEN}"\n',
        "BOT_TOKEN",
    ),
    "b.sh": (
        f"curl -H 'Authorization: token {TOKEN}' https://api.corp.io\n",
        "curl -H 'Authorization: token '\"${GITHUB_TOKEN}\"'' https://api.corp.io\n",
        "GITHUB_TOKEN",
    ),
    "compose.yaml": (
        f"services:\n  a:\n    environment:\n      BOT_TOKEN: {TOKEN}\n",
        "services:\n  a:\n    environment:\n      BOT_TOKEN: ${BOT_TOKEN}\n",
        "BOT_TOKEN",
    ),
    "flow.yaml": (
        f"a: {{ BOT_TOKEN: {TOKEN} }}\n",
        'a: { BOT_TOKEN: "${BOT_TOKEN}" }\n',
        "BOT_TOKEN",
    ),
    ".github/workflows/ci.yml": (
        f"env:\n  BOT_TOKEN: {TOKEN}\n",
        "env:\n  BOT_TOKEN: ${{ secrets.BOT_TOKEN }}\n",
        "",
    ),
    "secret.yaml": (f"apiVersion: v1\nkind: Secret\nstringData:\n  t: {TOKEN}\n", None, ""),
    "main.tf": (
        f'provider "github" {{\n  token = "{TOKEN}"\n}}\n',
        'provider "github" {\n  token = var.github_token\n}\n',
        "TF_VAR_github_token",
    ),
    "variables.tf": (f'variable "t" {{\n  default = "{TOKEN}"\n}}\n', None, ""),
    ".env": (f'A=1\nBOT_TOKEN="{TOKEN}"\n', "A=1\nBOT_TOKEN=\n", "BOT_TOKEN"),
    "a.json": (f'{{"token": "{TOKEN}"}}\n', None, ""),
    "notes.md": (f"The token is {TOKEN}.\n", None, ""),
}


def plant(folder: Path, name: str, content: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode())
    return file


def test_each_language_reads_the_environment_and_what_is_not_safe_is_left(
    leaksift, tmp_path
) -> None:
    # Each with a token of its own: the same value has the same name everywhere.
    tokens = {name: token(number) for number, name in enumerate(CASES)}
    files = {
        name: plant(tmp_path / f"{number}", name, case[0].replace(TOKEN, tokens[name]))
        for number, (name, case) in enumerate(CASES.items())
    }
    done = leaksift("fix", "--write")
    assert done.returncode == 1, done.stderr  # some are left
    assert TOKEN[4:20] not in done.stdout + done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    left = {line.split(":")[0] for line in done.stdout.splitlines() if ": left: " in line}
    for name, (before, after, _) in CASES.items():
        shown = files[name].relative_to(tmp_path).as_posix()
        assert (shown in left) == (after is None), name
        now = files[name].read_text("utf-8").replace(tokens[name], TOKEN)
        now = re.sub(r"(?i)(_token)_\d+", r"\1", now)
        assert now == (before if after is None else after), name
    ast.parse(files["plain.py"].read_text("utf-8"))
    example = re.sub(r"(?i)(_token)_\d+", r"\1", (tmp_path / ".env.example").read_text("utf-8"))
    assert {f"{name}=" for _, _, name in CASES.values() if name} <= set(example.split())
    # Nothing is found any more in what was changed, and a second run has nothing to do there.
    changed = [str(files[name]) for name, (_, after, _) in CASES.items() if after is not None]
    again = leaksift("scan", *changed)
    assert again.returncode == 0, again.stdout


def test_the_dry_run_shows_a_masked_difference_and_changes_nothing(leaksift, tmp_path) -> None:
    file = plant(tmp_path, "a.py", f'pair = ("{TOKEN}", "{token(1)}")  # {TOKEN}\n')
    before = file.read_bytes()
    done = leaksift("fix", "--dry-run", "a.py")
    assert done.returncode == 1
    assert '+pair = (os.environ["GITHUB_TOKEN"], ' in done.stdout
    assert "-pair = (" in done.stdout and "****" in done.stdout
    assert TOKEN[4:20] not in done.stdout + done.stderr
    assert file.read_bytes() == before
    assert not (tmp_path / ".env.example").exists()


def test_a_tree_without_findings_is_left_alone(leaksift, tmp_path) -> None:
    plant(tmp_path, "a.py", "x = 1\n")
    done = leaksift("fix", "--write")
    assert (done.returncode, done.stderr) == (0, "") or "no model" in done.stderr
    assert not (tmp_path / ".env.example").exists()


def test_it_never_changes_anything_without_being_asked(leaksift, tmp_path) -> None:
    file = plant(tmp_path, "a.sh", f"T={TOKEN}\n")
    before = file.read_bytes()
    for arguments, variables, words in (
        (["fix"], {}, "there is nobody to ask"),
        (["fix", "--write"], {"GIT_INDEX_FILE": ".git/index"}, "a hook must not change files"),
        (["fix", "--write"], {"PRE_COMMIT": "1"}, "a hook must not change files"),
        (["fix", "--write", "--dry-run"], {}, "exclude each other"),
    ):
        done = leaksift(*arguments, **variables)
        assert done.returncode == 2, arguments
        assert words in done.stderr
        assert file.read_bytes() == before


def test_line_ends_mark_charset_and_mode_stay(leaksift, tmp_path) -> None:
    text = f'# caf\u00e9\r\nDEPLOY_TOKEN = "{TOKEN}"\r\n'
    marked = tmp_path / "marked.py"
    marked.write_bytes(text.encode("utf-8-sig"))
    wide = tmp_path / "wide.sh"
    wide.write_bytes(b"\xff\xfe" + f"export DEPLOY_TOKEN={TOKEN}\r\n".encode("utf-16-le"))
    wide.chmod(0o750)
    mode = wide.stat().st_mode
    done = leaksift("fix", "--write")
    assert done.returncode == 0, done.stdout + done.stderr
    fixed = '# caf\u00e9\r\nDEPLOY_TOKEN = os.environ["DEPLOY_TOKEN"]\r\n'
    assert marked.read_bytes() == ("import os\r\n\r\n" + fixed).encode("utf-8-sig")
    expected = 'export DEPLOY_TOKEN="${DEPLOY_TOKEN}"\r\n'
    assert wide.read_bytes() == b"\xff\xfe" + expected.encode("utf-16-le")
    assert wide.stat().st_mode == mode


def test_names_go_into_the_example_file_once(leaksift, tmp_path) -> None:
    plant(tmp_path, ".env.example", "DEPLOY_TOKEN=\nOTHER=1")
    plant(tmp_path, "a.rb", f"DEPLOY_TOKEN = '{TOKEN}'\nMAIL_TOKEN = '{token(1)}'\n")
    assert leaksift("fix", "--write").returncode == 0
    assert (tmp_path / ".env.example").read_text() == "DEPLOY_TOKEN=\nOTHER=1\nMAIL_TOKEN=\n"


def test_private_data_is_replaced_in_fixtures_only(leaksift, tmp_path) -> None:
    row = "id,card\n1," + "4539 5787 " + "6362 1486" + "\n"
    phone = "name,phone\nA,+44 20 " + "7234 3456" + "\n"
    fixture = plant(tmp_path, "tests/fixtures/people.csv", phone)
    other = plant(tmp_path, "people.csv", phone)
    plant(tmp_path, "cards.csv", row)
    done = leaksift("fix", "--write")
    assert other.read_text() == phone
    assert "people.csv:2: phone-number: left: private data outside of tests" in done.stdout
    assert "7234 3456" not in fixture.read_text()
    assert fixture.read_text().startswith("name,phone\nA,+")
    assert leaksift("scan", "tests", "--fail-on", "warn").returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pty on Windows")
@pytest.mark.parametrize(
    ("answers", "replaced"), [("y\nn\nq\n", 1), ("n\na\n", 3), ("s\ny\n", 1), ("?\nq\n", 0)]
)
def test_it_asks_for_each_finding(tmp_path, answers: str, replaced: int) -> None:
    values = [token(number) for number in range(4)]
    lines = [f"BOT_{n} = '{value}'\n" for n, value in enumerate(values)]
    plant(tmp_path, "a.rb", "".join(lines[:3]))
    plant(tmp_path, "b.rb", lines[3])
    environ = {**environment(), "LEAKSIFT_MODEL": "none"}
    code, said = on_terminal([sys.executable, "-m", "leaksift", "fix"], tmp_path, environ, answers)
    assert code == 1, said.decode()
    assert not any(value[4:].encode() in said for value in values)
    text = (tmp_path / "a.rb").read_text() + (tmp_path / "b.rb").read_text()
    assert text.count("ENV.fetch") == replaced, said.decode()


def test_a_file_that_was_changed_meanwhile_is_left(tmp_path) -> None:
    file = plant(tmp_path, "a.py", "x = 1\n")
    with pytest.raises(CannotFix, match="not what was scanned"):
        read_source("a.py", tmp_path, digest("x = 2\n"))
    source = read_source("a.py", tmp_path, digest("x = 1\n"))
    file.write_text("x = 3\n")
    with pytest.raises(CannotFix, match="changed meanwhile"):
        source.write("x = 4\n")
    assert file.read_text() == "x = 3\n"


@pytest.mark.parametrize("name", ["a.py", "a.js", "a.go", "a.cs", "a.rs", "a.php", "a.sh", "a.tf"])
@pytest.mark.parametrize("piece", ['"', "'", "/*", "=/[", "=/a", "`", "\\", '"""', 'r#"', "@("])
def test_a_hostile_file_takes_linear_time(name: str, piece: str) -> None:
    text = piece * 100_000 + " " + TOKEN
    language = language_of(name, text)
    begun = time.process_time()
    start = len(text) - len(TOKEN)
    if language is not None:
        place_of(text, start, len(text), language)
    else:
        with contextlib.suppress(CannotFix):
            setting_edit(kind_of(name, text), text, start, len(text), "X")
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    ("first", "added"),
    [
        ("import requests\n", "import os\n\nimport requests\n"),
        ("from . import here\n", "import os\n\nfrom . import here\n"),
        ("import json\n", "import os\nimport json\n"),
        ("from pathlib import Path\n", "import os\nfrom pathlib import Path\n"),
    ],
)
def test_the_import_of_os_stands_with_those_of_python(
    leaksift, tmp_path, first: str, added: str
) -> None:
    plant(tmp_path, "a.py", f"{first}\nDEPLOY_TOKEN = '{TOKEN}'\n")
    assert leaksift("fix", "--write").returncode == 0
    expected = f'{added}\nDEPLOY_TOKEN = os.environ["DEPLOY_TOKEN"]\n'
    assert (tmp_path / "a.py").read_text("utf-8") == expected


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://x:{}@github.com/acme/x.git", "GITHUB_URL"),
        ("https://x:{}@git.acme.co.uk:8443/x.git", "ACME_URL"),
        ("https://x:{}@localhost/x", "HTTPS_URL"),
        ("postgres://app:{}@db.acme.io/x", "POSTGRES_URL"),
    ],
)
def test_an_address_is_called_after_its_host_or_its_scheme(
    leaksift, tmp_path, url: str, name: str
) -> None:
    plant(tmp_path, "a.js", f"const u = '{url.format(TOKEN)}';\n")
    assert leaksift("fix", "--write").returncode == 0
    assert (tmp_path / "a.js").read_text("utf-8") == f"const u = process.env.{name};\n"
