"""`leaksift detect` and `leaksift redact`, as somebody types them."""

from __future__ import annotations

import codecs
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from leaksift.cli import cli
from leaksift.cli.redact import _LeftOut, _replace

# In pieces, so that no scanner takes this file for a leak.
MAIL = "jane.doe" + "@acme.io"
PASSWORD = "s3cr3t-" + "Horse-9x"
TEXT = f"Mail {MAIL} today.\npassword = '{PASSWORD}'\n"
SAFE = "Mail [private_email] today.\npassword = '[secret]'\n"

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="signals and modes of POSIX")

Done = subprocess.CompletedProcess[bytes]
Run = Callable[..., Done]

COMMAND = [sys.executable, "-m", "leaksift"]
RULES = ["--model", "none"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the command in `tmp_path`, by rules alone."""

    def run(name: str, *arguments: str, stdin: bytes = b"", **environment: str) -> Done:
        done = subprocess.run(
            [*COMMAND, name, *arguments, *RULES],
            cwd=tmp_path,
            env={**os.environ, **environment},
            input=stdin,
            capture_output=True,
            check=False,
            timeout=120,
        )
        for value in (MAIL, PASSWORD):
            assert value.encode() not in done.stderr
        return done

    return run


def assert_one_line(done: Done, code: int, words: str) -> None:
    assert done.returncode == code, done
    assert done.stdout == b""
    assert words in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


# detect


def test_detect_shows_places_and_masks(run, tmp_path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    done = run("detect", "a.txt")
    assert done.returncode == 1
    lines = done.stdout.decode().splitlines()
    assert lines[0] == "a.txt"
    assert lines[1].split()[:5] == ["1:6", "private_email", "0.95", "rule", "note"]
    assert lines[2].split()[:2] == ["2:13", "secret"]
    assert done.stderr.endswith(b"leaksift: 2 spans in 1 text\n")
    assert MAIL.encode() not in done.stdout
    assert PASSWORD.encode() not in done.stdout


def test_detect_gives_offsets_as_json_lines_and_never_the_value(run, tmp_path) -> None:
    for name in ("b.txt", "a.txt", "clean.txt"):
        text = "nothing\n" if name == "clean.txt" else TEXT
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = run("detect", "--jsonl", "-q", "*.txt")
    spans: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert done.stderr == b""
    assert [span["path"] for span in spans] == ["a.txt", "a.txt", "b.txt", "b.txt"]
    assert [TEXT[span["start"] : span["end"]] for span in spans] == [MAIL, PASSWORD] * 2
    assert MAIL not in done.stdout.decode()
    assert spans[0]["preview"] == f"**** ({len(MAIL)} characters)"


def test_detect_shows_what_an_allow_comment_would_hide_from_a_scan(run) -> None:
    text = f"{TEXT.rstrip()}  # leaksift: allow * -- test\n".encode()
    assert b"generic-credential" in run("detect", stdin=text).stdout


def test_labels_and_scores_choose_what_counts(run) -> None:
    def labels(*arguments: str) -> list[str]:
        done = run("detect", "-", "--jsonl", *arguments, stdin=TEXT.encode())
        assert done.returncode == (1 if done.stdout else 0), done
        return [json.loads(line)["label"] for line in done.stdout.splitlines()]

    assert labels("--labels", "private_email,private_phone") == ["private_email"]
    assert labels("--min-score", "private_email=0.99") == ["secret"]
    assert labels("--min-score", "1") == []


# redact


def test_text_of_standard_input_is_redacted_to_standard_output(run) -> None:
    done = run("redact", stdin=TEXT.encode())
    assert done.returncode == 0
    assert done.stdout.decode() == SAFE
    told = "leaksift: redacted 2 values in 1 text: 1 private_email, 1 secret\n"
    assert done.stderr.decode() == told


def test_markers_are_named_or_texts_of_ones_own(run) -> None:
    chosen = ("--markers", "numbered", "--marker", "private_email=XXX", "-q")
    done = run("redact", *chosen, stdin=TEXT.encode())
    assert done.stdout.decode() == TEXT.replace(MAIL, "XXX").replace(PASSWORD, "[secret_1]")
    assert done.stderr == b""
    kept = run("redact", "--marker", "private_email=none", stdin=TEXT.encode())
    assert kept.stdout.decode() == TEXT.replace(PASSWORD, "[secret]")
    assert b"1 of them left" in kept.stderr


def test_numbers_go_through_all_files_of_a_run(run, tmp_path) -> None:
    for name, address in (("a.txt", MAIL), ("b.txt", "x." + MAIL), ("c.txt", MAIL)):
        (tmp_path / name).write_text(address, encoding="utf-8")
    run("redact", "--markers", "numbered", "-o", "safe", "?.txt")
    made = [(tmp_path / "safe" / f"{name}.txt").read_text("utf-8") for name in "abc"]
    assert made == ["[private_email_1]", "[private_email_2]", "[private_email_1]"]


def test_hashes_are_the_same_with_the_same_key(run, tmp_path) -> None:
    pytest.importorskip("cryptography")
    first = run("redact", "--markers", "hash", "--key-file", "k", "--new-key", stdin=TEXT.encode())
    again = run("redact", "--markers", "hash", "--key-file", "k", stdin=TEXT.encode())
    assert first.stdout == again.stdout
    assert first.stdout.count(b"#") == 2


def test_sealed_text_is_restored_to_the_byte(run, tmp_path) -> None:
    pytest.importorskip("cryptography")
    sealed = run(
        "redact", "--markers", "sealed", "--key-file", "k", "--new-key", stdin=TEXT.encode()
    )
    assert MAIL.encode() not in sealed.stdout
    (tmp_path / "safe.txt").write_bytes(sealed.stdout)
    restore = [*COMMAND, "restore", "--key-file", "k", "safe.txt"]
    done = subprocess.run(restore, cwd=tmp_path, capture_output=True, check=True)
    assert done.stdout.decode() == TEXT


@posix_only
def test_in_place_keeps_mode_encoding_mark_and_line_ends(run, tmp_path) -> None:
    text, safe = (f"Grüße\r\n{one}" for one in (TEXT, SAFE))
    wide, plain = tmp_path / "wide.txt", tmp_path / "plain.txt"
    wide.write_bytes(codecs.BOM_UTF16_LE + text.encode("utf-16-le"))
    wide.chmod(0o640)
    plain.write_text("nothing\n", encoding="utf-8")
    before = plain.stat().st_ino
    assert run("redact", "-i", "--backup", ".orig", "*.txt").returncode == 0
    assert wide.read_bytes() == codecs.BOM_UTF16_LE + safe.encode("utf-16-le")
    assert wide.stat().st_mode & 0o777 == 0o640
    copy = tmp_path / "wide.txt.orig"
    assert copy.read_bytes() == codecs.BOM_UTF16_LE + text.encode("utf-16-le")
    assert copy.stat().st_mode & 0o777 == 0o640
    # What holds nothing private is not touched.
    assert plain.stat().st_ino == before
    assert sorted(os.listdir(tmp_path)) == ["plain.txt", "wide.txt", "wide.txt.orig"]


def test_a_backup_is_never_written_over(run, tmp_path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "a.txt.orig").write_text("older", encoding="utf-8")
    done = run("redact", "-i", "--backup", ".orig", "a.txt")
    assert done.returncode == 3
    assert b"a.txt.orig is there already" in done.stderr
    assert (tmp_path / "a.txt").read_text("utf-8") == TEXT
    assert (tmp_path / "a.txt.orig").read_text("utf-8") == "older"


def test_what_is_no_text_is_named_and_left_alone(run, tmp_path) -> None:
    binary = bytes(range(256)) * 40
    (tmp_path / "logo.bin").write_bytes(binary)
    (tmp_path / "a.txt").write_bytes(TEXT.encode())
    done = run("redact", "-i", "logo.bin", "a.txt")
    assert done.returncode == 3
    assert b"not redacted: logo.bin (binary)" in done.stderr
    assert (tmp_path / "logo.bin").read_bytes() == binary
    assert (tmp_path / "a.txt").read_bytes() == SAFE.encode()


def test_a_file_that_changes_meanwhile_is_left_as_it_is(tmp_path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"old")

    def pieces() -> Any:
        yield b"made of old"
        file.write_bytes(b"newer")

    with pytest.raises(_LeftOut, match="changed meanwhile"):
        _replace(file, pieces(), hashlib.sha256(b"old").digest, ".orig")
    assert file.read_bytes() == b"newer"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_rules_of_the_configuration_are_redacted_with_their_markers(run, tmp_path) -> None:
    (tmp_path / ".leaksift.toml").write_text(
        """[[rules]]
id = "acme-staff"
title = "Number of somebody at ACME"
pattern = 'staff-[0-9]{6}'
marker = "[staff]"
""",
        encoding="utf-8",
    )
    done = run("redact", "-q", stdin=b"by staff-123456\n")
    assert done.stdout == b"by [staff]\n", done


def test_json_lines_stay_json(run) -> None:
    lines = [
        {
            "to": MAIL,
            "password": PASSWORD,
            "n": 7,
            "tags": ["x", f"cc {MAIL}"],
            "deep": {"a": None},
        },
        {"text": 'Grüße \n "x"'},
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines) + f"no json {MAIL}\n"
    done = run("redact", "--jsonl", stdin=text.encode())
    first, second, third = done.stdout.decode().splitlines()
    assert json.loads(first) == {
        "to": "[private_email]",
        "password": "[secret]",
        "n": 7,
        "tags": ["x", "cc [private_email]"],
        "deep": {"a": None},
    }
    assert second == json.dumps(lines[1])
    assert third == "no json [private_email]"
    assert b"1 line is no JSON" in done.stderr


def test_a_line_of_json_goes_out_before_the_next_one_comes(tmp_path) -> None:
    command = [*COMMAND, "redact", "--jsonl", "-q", *RULES]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        for _ in range(2):
            process.stdin.write(json.dumps({"to": MAIL}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline()) == {"to": "[private_email]"}
        process.stdin.close()
    assert process.returncode == 0


def test_a_stream_goes_out_while_it_comes_in() -> None:
    command = [*COMMAND, "redact", "-q", *RULES]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        line = f"{TEXT}and some more words\n".encode()
        process.stdin.write(line * 200)
        process.stdin.flush()
        assert process.stdout.readline() == b"Mail [private_email] today.\n"
        process.stdin.write(line)
        process.stdin.close()
        rest = process.stdout.read()
    safe = f"{SAFE}and some more words\n".encode() * 201
    assert b"Mail [private_email] today.\n" + rest == safe


@posix_only
def test_interrupted_it_leaves_no_half_a_file(tmp_path) -> None:
    command = [*COMMAND, "redact", "-o", "safe.txt", *RULES]
    process = subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin
    process.stdin.write(TEXT.encode() * 500)
    process.stdin.flush()
    deadline = time.monotonic() + 60
    while not os.listdir(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert told.strip() == b"leaksift: interrupted"
    assert os.listdir(tmp_path) == []


def test_killed_at_any_moment_in_place_leaves_the_old_file_or_the_new_one(tmp_path) -> None:
    file = tmp_path / "a.txt"
    old, new = TEXT.encode() * 1_000, SAFE.encode() * 1_000
    command = [*COMMAND, "redact", "-i", "a.txt", *RULES, "-q"]
    file.write_bytes(old)
    begun = time.monotonic()
    subprocess.run(command, cwd=tmp_path, check=True)
    whole = time.monotonic() - begun
    assert file.read_bytes() == new
    moments = random.Random()
    for _ in range(8):
        file.write_bytes(old)
        process = subprocess.Popen(command, cwd=tmp_path)
        time.sleep(moments.uniform(0, whole))
        process.kill()  # SIGKILL, and TerminateProcess on Windows
        process.wait()
        assert file.read_bytes() in (old, new)
        for rest in set(os.listdir(tmp_path)) - {"a.txt"}:
            # Half of the new file, which holds no value.
            assert new.startswith((tmp_path / rest).read_bytes())
            (tmp_path / rest).unlink()


def test_killed_while_it_writes_in_place_leaves_the_old_file(tmp_path) -> None:
    file = tmp_path / "a.txt"
    old, new = TEXT.encode() * 5_000, SAFE.encode() * 5_000
    file.write_bytes(old)
    with subprocess.Popen([*COMMAND, "redact", "-i", "a.txt", *RULES], cwd=tmp_path) as process:
        while len(os.listdir(tmp_path)) == 1 and process.poll() is None:
            time.sleep(0.001)
        process.kill()
    assert file.read_bytes() in (old, new)


@posix_only
@pytest.mark.parametrize(
    "command",
    [
        ["detect", "a.txt"],
        ["detect", "--jsonl", "a.txt"],
        ["redact", "a.txt"],
        ["redact", "--jsonl", "a.txt"],
        ["columns", "a.csv"],
        ["table", "a.csv"],
        ["rules", "list"],
    ],
    ids=" ".join,
)
def test_a_reader_that_goes_away_is_no_noise(tmp_path, command: list[str]) -> None:
    (tmp_path / "a.txt").write_text(TEXT * 4_000, encoding="utf-8")
    (tmp_path / "a.csv").write_text(f"id,mail\n1,{MAIL}\n" * 4_000, encoding="utf-8")
    options = RULES if command[0] != "rules" else []
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    arguments = [*COMMAND, *command, *options]
    with subprocess.Popen(arguments, cwd=tmp_path, **pipes) as process:  # type: ignore[call-overload]
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 3


@pytest.mark.parametrize(
    ("command", "arguments", "words"),
    [
        ("redact", ["gone.txt"], "'gone.txt' does not exist"),
        ("redact", ["*.gone"], "no file matches"),
        ("redact", ["."], "is a folder"),
        ("redact", ["a.txt", "b.txt"], "--output FOLDER"),
        ("redact", ["-o", "a.txt", "a.txt"], "is the file itself"),
        ("redact", ["--markers", "sealed", "a.txt"], "need --key-file"),
        ("redact", ["--marker", "private_mail=X", "a.txt"], "no label or rule"),
        ("redact", ["-i"], "--in-place is for files"),
        ("redact", ["--jsonl", "--markers", "sealed", "a.txt"], "leave out --jsonl"),
        ("detect", ["--labels", "email", "a.txt"], "no label is called 'email'"),
        ("detect", ["--min-score", "much", "a.txt"], "--min-score takes"),
    ],
)
def test_wrong_usage_is_one_clear_line(
    run, tmp_path, command: str, arguments: list[str], words: str
) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(TEXT, encoding="utf-8")
    assert_one_line(run(command, *arguments), 2, words)


def test_shells_are_told_how_to_complete() -> None:
    environment = {**os.environ, "_LEAKSIFT_COMPLETE": "bash_complete", "COMP_CWORD": "1"}
    environment["COMP_WORDS"] = "leaksift re"
    done = subprocess.run(COMMAND, env=environment, capture_output=True, text=True, check=False)
    # The name that decides is the program's, which main() says.
    assert {"plain,redact", "plain,restore"} <= set(done.stdout.split())


def commands(group: click.Group = cli, *names: str) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        yield (*names, name)
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, *names, name)


@pytest.mark.parametrize("names", list(commands()), ids=" ".join)
def test_every_command_s_help_has_an_example(names: tuple[str, ...]) -> None:
    done = CliRunner().invoke(cli, [*names, "--help"])
    assert done.exit_code == 0
    described = done.output.split("Options:")[0].split("\n", 2)[2]
    assert f"    leaksift {names[0]}" in described


@pytest.mark.parametrize("command", ["detect", "redact", "columns", "table"])
def test_help_has_examples(command: str) -> None:
    done = CliRunner().invoke(cli, [command, "--help"])
    assert done.exit_code == 0
    assert f"leaksift {command} " in done.output.split("Options:")[0].split("\n", 2)[2]
    assert "Exit codes: 0" in done.output
