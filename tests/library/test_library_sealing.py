"""Redaction that can be undone: byte by byte, with the key and with nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings

from leaksift import PrivacyFilter, Sealed, UsageError
from leaksift.library.sealing import create_key, read_key
from tests.library.private_texts import TOKEN, chunked

pytest.importorskip("cryptography")

KEY = bytes(range(64))
TEXT = f"Ask jane.doe@acme.io; the token is {TOKEN}.\n"


@settings(max_examples=60)
@given(chunked())
def test_what_was_sealed_is_restored_byte_by_byte(
    rules_only: PrivacyFilter, case: tuple[str, list[str]]
) -> None:
    text, chunks = case
    sealed = Sealed(KEY)
    whole = rules_only.redact(text, sealed).text
    assert sealed.restore(whole) == text
    assert "".join(rules_only.redact(chunks, sealed)) == whole
    # What was sealed once may be sealed again.
    twice = rules_only.redact(whole, sealed).text
    assert sealed.restore(sealed.restore(twice)) == text


def test_no_value_is_left_in_the_text(rules_only: PrivacyFilter) -> None:
    made = rules_only.redact(TEXT, Sealed(KEY)).text
    assert TOKEN not in made and "jane" not in made
    assert re.findall(r"\[(\w+):sealed:", made) == ["private_email", "secret"]


def test_sealing_may_be_for_one_label_only(rules_only: PrivacyFilter) -> None:
    sealed = Sealed(KEY)
    made = rules_only.redact(TEXT + ":sealed:", {"private_email": sealed}).text
    assert sealed.restore(made) == TEXT.replace(TOKEN, "[secret]") + ":sealed:"


@pytest.mark.parametrize("change", ["one character", "the label", "the end", "another key"])
def test_a_token_that_was_changed_is_one_clear_error(
    rules_only: PrivacyFilter, change: str
) -> None:
    made = rules_only.redact("\n\n" + TEXT, Sealed(KEY)).text
    start = made.index(":sealed:") + 8
    if change == "one character":
        made = made[:start] + ("B" if made[start] == "A" else "A") + made[start + 1 :]
    elif change == "the label":
        made = made.replace("[private_email:", "[private_phone:")
    elif change == "the end":
        made = made[: start + 10]
    key = bytes(64) if change == "another key" else KEY
    with pytest.raises(UsageError, match="line 3, column") as caught:
        Sealed(key).restore(made)
    assert "\n" not in str(caught.value) and "jane" not in str(caught.value)


def test_bits_that_no_encoder_sets_are_a_change_too() -> None:
    sealed = Sealed(KEY)
    token = sealed._token("secret", "x")
    last = token[-2]
    other = next(c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" if c != last)
    with pytest.raises(UsageError):
        sealed.restore(token[:-2] + other + "]")


def test_a_key_file_is_for_its_owner_and_never_written_over(tmp_path: Path) -> None:
    file = tmp_path / "leaksift.key"
    key = create_key(file)
    assert read_key(file) == key
    if os.name != "nt":
        assert file.stat().st_mode & 0o777 == 0o600
        file.chmod(0o644)
        with pytest.raises(UsageError, match="chmod 600"):
            read_key(file)
    with pytest.raises(UsageError, match="there is a file already"):
        create_key(file)


@pytest.mark.parametrize("content", ["", "leaksift-key-1:AAAA\n", "x" * 90, "\xff\n"])
def test_a_file_that_is_no_key_is_one_clear_error(tmp_path: Path, content: str) -> None:
    file = tmp_path / "leaksift.key"
    file.write_bytes(content.encode("latin-1"))
    file.chmod(0o600)
    with pytest.raises(UsageError, match="no key of leaksift"):
        read_key(file)
    with pytest.raises(UsageError, match="no such key file"):
        read_key(tmp_path / "nowhere")


def test_a_key_does_not_show() -> None:
    assert repr(Sealed(KEY)) == "Sealed(****)"
    with pytest.raises(UsageError, match="64 bytes"):
        Sealed(b"short")


def _restore(*arguments: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "leaksift", "restore", *arguments]
    return subprocess.run(command, input=data, capture_output=True)


def test_the_command_gives_back_the_bytes(rules_only: PrivacyFilter, tmp_path: Path) -> None:
    sealed = Sealed(create_key(tmp_path / "key"))
    # No UTF-8, and line ends of Windows.
    original = TEXT.encode() + b"\xff\xfe caf\xe9 " + TEXT.encode() + b"\r\n"
    safe = rules_only.redact(original.decode("utf-8", "surrogateescape"), sealed).text
    (tmp_path / "safe.txt").write_bytes(safe.encode("utf-8", "surrogateescape"))
    done = _restore("--key", str(tmp_path / "key"), str(tmp_path / "safe.txt"))
    assert (done.returncode, done.stdout, done.stderr) == (0, original, b"")
    out = tmp_path / "text.txt"
    data = (tmp_path / "safe.txt").read_bytes()
    done = _restore("--key", str(tmp_path / "key"), "-o", str(out), "-", data=data)
    assert (done.returncode, done.stdout, out.read_bytes()) == (0, b"", original)


def test_the_command_refuses_a_changed_text_with_one_line(
    rules_only: PrivacyFilter, tmp_path: Path
) -> None:
    sealed = Sealed(create_key(tmp_path / "key"))
    safe = rules_only.redact(TEXT, sealed).text.replace(":sealed:", ":sealed:A", 1)
    out = tmp_path / "text.txt"
    done = _restore("--key", str(tmp_path / "key"), "-o", str(out), "-", data=safe.encode())
    assert done.returncode == 2 and done.stdout == b"" and not out.exists()
    assert done.stderr.startswith(b"leaksift: -: line 1, column 5: this token was changed")
    assert done.stderr.count(b"\n") == 1
    done = _restore("--key", str(tmp_path / "no-key"), "-", data=safe.encode())
    assert done.returncode == 2 and b"no such key file" in done.stderr
