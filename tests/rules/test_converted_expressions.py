"""Expressions of other tools: in Python's words with the same meaning, or refused."""

import re

import pytest
from pathspec import GitIgnoreSpec

from leaksift.convert.expressions import path_patterns, python_pattern


@pytest.mark.parametrize(
    ("expression", "group", "pattern"),
    [
        (r"(?i)foo(?-i)Bar([a-z]{3})", None, r"(?i)foo(?-i:Bar(?P<value>[a-z]{3}))"),
        (r"a(?i)b|c(d)", None, r"a(?i:b)|(?i:c(?P<value>d))"),
        (r"(a)(b)(c)", 2, r"(?:a)(?P<value>b)(?:c)"),
        (r"(a)(b)", None, r"(?P<value>a)(?:b)"),
        (r"(a)(?<TOKEN>b)", "TOKEN", r"(?:a)(?P<value>b)"),
        (r"[[:alnum:]_-]{3}\z", None, r"[0-9A-Za-z_-]{3}\Z"),
        ("(?x) foo # [ note\n bar[ #]", None, "foobar[ #]"),
        (r"\Qa.b\E+", None, r"a\.b+"),
        (r"[]a[]\x{41}", None, r"[\]a\[]A"),
    ],
)
def test_an_expression_says_the_same_in_python(
    expression: str, group: int | str | None, pattern: str
) -> None:
    assert python_pattern(expression, group) == pattern
    re.compile(pattern)


@pytest.mark.parametrize(
    "expression", [r"\p{L}", r"[\pL]", r"(?U)a", r"(?=a)", "(a", "a)", "[a", "[[:^alpha:]]"]
)
def test_what_python_cannot_say_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        python_pattern(expression)


PATHS = [
    "vendor/a.js", "x/vendor/b/c.py", "docs/a.md", "docs/x/b.md", "x/docs/a.md", "a.svg", "x/b.svg",
    "svg", "go.mod", "x/go.sum", "tests/fixtures/a", "x/test/fixtures/b/c", "mytests/fixtures/a",
    "src/gen.py", "src/a/gen.py", "src/a/b/gen.py", ".env", "x/.env", ".envrc", "node_modules/a/b",
    "x/my_node_modules_2/y", "x[1]/a.py", "package-lock.json",
]  # fmt: skip


@pytest.mark.parametrize(
    "expression",
    [
        r"(^|/)vendor/",
        r"\.svg$",
        r"^docs/.*\.md$",
        r"(go.mod|go.sum)$",
        r"tests?/fixtures/.*",
        r"src/.*/gen\.py$",
        r"^\.env$",
        r"node_modules",
        r"x\[1\]/",
        r"^[^/]*-lock\.json$",
        r"(.*?)(svg|md)$",
    ],
)
def test_a_path_pattern_fits_the_same_paths(expression: str) -> None:
    spec = GitIgnoreSpec.from_lines(path_patterns(expression))
    assert {path for path in PATHS if spec.match_file(path)} == {
        path for path in PATHS if re.search(expression, path)
    }


@pytest.mark.parametrize("expression", [r"foo.*bar", r"[a-z]+/x", ".*", "^", r"(?i)\.PY$", "a{9}"])
def test_a_path_that_no_pattern_can_say_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        path_patterns(expression)
