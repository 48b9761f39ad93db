"""Allow entries and stop words of the configuration."""

from __future__ import annotations

import pytest

from leaksift.config import AllowEntry
from leaksift.errors import ConfigError
from leaksift.policy.allowlist import Allowlist

VALUE = "kd93Kd02" * 4


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("docs/", "docs/a/b.md", True),
        ("docs/", "src/docs/b.md", True),
        ("/docs/", "src/docs/b.md", False),
        ("*.md", "a/b.md", True),
        ("tests/**/data", "tests/x/y/data/f.txt", True),
        ("*.md", "a/b.py", False),
        ("a b.txt", "a b.txt", True),
    ],
)
def test_a_path_is_a_gitignore_pattern(pattern: str, path: str, expected: bool) -> None:
    assert Allowlist([AllowEntry(path=pattern)]).allows(path, "jwt", VALUE) is expected


def test_a_rule_may_hold_wildcards() -> None:
    allowlist = Allowlist([AllowEntry(rule="aws-*")])
    assert allowlist.allows("a", "aws-access-key", VALUE)
    assert not allowlist.allows("a", "my-aws-key", VALUE)


def test_a_value_is_searched_unless_it_is_anchored() -> None:
    assert Allowlist([AllowEntry(value="Kd02k")]).allows("a", "jwt", VALUE)
    assert not Allowlist([AllowEntry(value="^Kd02$")]).allows("a", "jwt", VALUE)


def test_all_conditions_of_an_entry_must_hold() -> None:
    allowlist = Allowlist([AllowEntry(path="docs/", rule="jwt", value="^kd")])
    assert allowlist.allows("docs/a", "jwt", VALUE)
    assert not allowlist.allows("src/a", "jwt", VALUE)
    assert not allowlist.allows("docs/a", "pem", VALUE)
    assert not allowlist.allows("docs/a", "jwt", "x" + VALUE)


def test_one_entry_is_enough() -> None:
    assert Allowlist([AllowEntry(rule="x"), AllowEntry(path="a")]).allows("a", "jwt", VALUE)


def test_a_stop_word_is_found_in_any_case() -> None:
    assert Allowlist(stop_words=["ACME-test"]).allows("a", "jwt", "12acme-TEST34")
    assert not Allowlist(stop_words=["acme"]).allows("acme", "jwt", VALUE)


def test_nothing_configured_allows_nothing() -> None:
    assert not Allowlist().allows("a", "jwt", VALUE)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (AllowEntry(), "needs a path"),
        (AllowEntry(reason="because"), "needs a path"),
        (AllowEntry(value=""), "needs a path"),
        (AllowEntry(rule="jwt", value=""), "empty value"),
        (AllowEntry(rule="jwt", path=""), "empty path"),
        (AllowEntry(value="("), "no regular expression"),
        (AllowEntry(path="# docs"), "matches nothing"),
        (AllowEntry(path="!docs"), "matches nothing"),
        (AllowEntry(path="   "), "matches nothing"),
    ],
)
def test_an_entry_that_cannot_be_meant_is_one_clear_line(entry: AllowEntry, says: str) -> None:
    with pytest.raises(ConfigError, match="allow entry 2") as caught:
        Allowlist([AllowEntry(rule="fine"), entry])
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_empty_stop_word_is_refused() -> None:
    with pytest.raises(ConfigError, match="stop-words"):
        Allowlist(stop_words=["a", " "])
