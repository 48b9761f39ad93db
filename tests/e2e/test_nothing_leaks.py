"""The first promise: a value that was found appears nowhere, in no disguise.

Planted values go through every mode and every format; then everything that was written is searched:
standard output and error, the report files, the cache and the baseline.
"""

from __future__ import annotations

import base64
import html
import json
import subprocess
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

# In pieces, so that no scanner takes this file for a leak.
PASSWORD = 's3cr3t-"Horse"-9x/é'
KEY_ID = "AKIA" + "QYLPMN5HFIQR7BXA"
MAIL = "ottoline.brandlhuber" + "@" + "kastanienhof.de"
CARD = "4929 7165" + " 8201 4461"
VALUES = {"password": PASSWORD, "key id": KEY_ID, "mail": MAIL, "card": CARD}

PLANTED = f"""\
# Two on one line: what stands beside a finding must not be shown either.
dsn = 'postgres://app:{urllib.parse.quote(PASSWORD, safe="")}@db.internal:5432/x'; id = "{KEY_ID}"
aws_access_key_id = {KEY_ID}
contact = "{MAIL}"
card = "{CARD}"
password = {json.dumps(PASSWORD)}
"""

FORMATS = ["text", "json", "jsonl", "sarif", "github", "junit", "summary"]
FORMATS += ["gitlab-sast", "gitlab-secret-detection", "codequality", "html"]


def disguises(value: str) -> Iterator[bytes]:
    """The value as it might be written: raw, reversed, escaped, encoded, in pieces."""
    data = value.encode()
    texts = [value, value[::-1], html.escape(value), ascii(value)[1:-1]]
    texts += [json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]]
    texts += [urllib.parse.quote(value), urllib.parse.quote(value, safe="")]
    texts += [urllib.parse.quote_plus(value), "".join(f"%{byte:02X}" for byte in data)]
    texts += ["".join(f"\\x{byte:02x}" for byte in data)]
    texts += ["".join(f"\\u{ord(character):04x}" for character in value)]
    texts += [data.hex(), data.hex(" "), data.hex(":"), "".join(f"\\{byte:03o}" for byte in data)]
    # Base64 of the value alone and inside a longer text, whose three alignments differ.
    for encode in (base64.b64encode, base64.urlsafe_b64encode, base64.b32encode):
        for shift in range(5):
            coded = encode(b"\x00" * shift + data).decode().rstrip("=")
            texts.append(coded[8 : len(coded) - 2] if shift else coded[:-1])
    # No more than the preview's two characters at each end: no piece of eight from the middle.
    texts += [value[at : at + 8] for at in range(len(value) - 7)]
    for text in texts:
        yield text.encode()
        yield text.lower().encode()
        yield text.upper().encode()
        yield text.encode("utf-16-le")


def assert_hides(data: bytes, where: str) -> None:
    for name, value in VALUES.items():
        for disguise in disguises(value):
            assert disguise not in data, f"{where} holds the {name}"


def written_under(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path), path.read_bytes()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "settings.py").write_text(PLANTED, encoding="utf-8")
    (folder / "settings16.txt").write_text(PLANTED, encoding="utf-16")
    (folder / "oneline.json").write_text(PLANTED.replace("\n", "; ") * 40, encoding="utf-8")
    return folder


def test_the_search_would_find_a_value(tree: Path) -> None:
    with pytest.raises(AssertionError, match="holds the key id"):
        assert_hides(f"preview: {KEY_ID[::-1]}".encode(), "this")
    with pytest.raises(AssertionError, match="holds the mail"):
        assert_hides(base64.b64encode(f"to: {MAIL};".encode()), "this")


def test_no_format_no_message_and_no_cache_holds_a_value(
    leaksift: Run, tree: Path, tmp_path: Path
) -> None:
    out, cache = tmp_path / "out", tmp_path / "cache"
    out.mkdir()
    outputs = [part for name in FORMATS for part in ("-o", f"{name}={out / name}")]
    done = leaksift(
        "scan",
        "-v",
        "--report-examples",
        *outputs,
        cwd=tree,
        env={"LEAKSIFT_CACHE_DIR": str(cache)},
    )
    assert done.returncode == 1, done.stderr
    found = json.loads((out / "json").read_text("utf-8"))["findings"]
    for file in ("settings.py", "settings16.txt", "oneline.json"):
        labels = {item["label"] for item in found if item["path"] == file}
        assert labels >= {"secret", "private_email", "account_number"}, file
    assert sorted(path.name for path in out.iterdir()) == sorted(FORMATS)
    assert_hides(done.stdout.encode() + done.stderr.encode(), "the terminal")
    for where, data in (*written_under(out), *written_under(cache)):
        assert_hides(data, where)


@pytest.mark.parametrize("form", FORMATS)
def test_standard_output_holds_no_value(leaksift: Run, tree: Path, form: str) -> None:
    done = leaksift("scan", "-v", "-o", form, "--color", "always", cwd=tree)
    assert done.returncode == 1, done.stderr
    assert "oneline.json" in done.stdout
    assert_hides(done.stdout.encode() + done.stderr.encode(), form)


def test_the_baseline_holds_no_value(leaksift: Run, tree: Path) -> None:
    assert leaksift("baseline", "create", cwd=tree).returncode == 0
    baseline = tree / ".leaksift-baseline.json"
    assert json.loads(baseline.read_text("utf-8"))
    assert_hides(baseline.read_bytes(), "the baseline")
    again = leaksift("scan", "-v", cwd=tree)
    assert again.returncode == 0, again.stdout
    assert_hides(again.stdout.encode(), "a scan with the baseline")


def test_the_hook_shows_no_value(leaksift: Run, repository: Path, git: Run) -> None:
    (repository / "settings.py").write_text(PLANTED, encoding="utf-8")
    git("add", "settings.py", cwd=repository)
    done = leaksift("hook", "-v", cwd=repository, env={"PRE_COMMIT": "1", "CI": "true"})
    assert done.returncode == 1, done.stderr
    assert_hides(done.stdout.encode() + done.stderr.encode(), "the hook")


@pytest.mark.parametrize(
    "content", [f'allow = ["{KEY_ID}"', f'fail-on = "{KEY_ID}', f"x = {KEY_ID}"]
)
def test_a_broken_configuration_is_not_quoted(leaksift: Run, tree: Path, content: str) -> None:
    (tree / ".leaksift.toml").write_text(content, encoding="utf-8")
    done = leaksift("scan", cwd=tree)
    assert done.returncode == 2
    assert_hides(done.stdout.encode() + done.stderr.encode(), "the complaint")


def test_nothing_is_left_in_the_temporary_folder(leaksift: Run, tree: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    names = ("TMPDIR", "TEMP", "TMP")
    done = leaksift("scan", "-o", "sarif", cwd=tree, env=dict.fromkeys(names, str(temporary)))
    assert done.returncode == 1, done.stderr
    assert list(temporary.iterdir()) == []
