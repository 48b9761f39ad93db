"""What is kept of the rules between runs."""

import os
import time
from pathlib import Path

import pytest

from leaksift.rules import cache

MONTH = 31 * 24 * 3600


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LEAKSIFT_CACHE_DIR", str(tmp_path))
    return tmp_path


def age(file: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(file, (then, then))


def test_a_damaged_file_is_none(folder: Path):
    cache.write("kind-one.db", b"content")
    assert cache.read("kind-one.db") == b"content"
    with (folder / "kind-one.db").open("ab") as file:
        file.write(b"more")
    assert cache.read("kind-one.db") is None


def test_what_nobody_asked_for_in_a_month_goes_when_something_new_comes(folder: Path):
    for name in ("kind-old.db", "kind-read.db", "kind-new.db", "other-old.db"):
        cache.write(name, b"content")
        (folder / name).touch()
    for name in ("kind-old.db", "kind-read.db", "other-old.db"):
        age(folder / name, MONTH)
    (folder / "somebody-else.db").touch()
    age(folder / "somebody-else.db", MONTH)
    assert cache.read("kind-read.db") == b"content"
    cache.write("kind-newest.db", b"content")
    left = {file.name for file in folder.iterdir()}
    assert left == {
        "kind-read.db",
        "kind-new.db",
        "kind-newest.db",
        "other-old.db",
        "somebody-else.db",
    }
