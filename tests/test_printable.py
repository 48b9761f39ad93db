"""Names from a repository cannot act on a terminal or a CI log."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift.printable import printable


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("src/app.py", "src/app.py"),
        ("naïve café.txt", "naïve café.txt"),
        ("a\nb", "a\\x0ab"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("::error::x", "\\x3a:error::x"),
        ("  ::error::x", "  \\x3a:error::x"),
        ("a##[error]x", "a#\\x23[error]x"),
        ("a##vso[task.setvariable]x", "a#\\x23vso[task.setvariable]x"),
        ("caf\udce9", "caf\\xe9"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
    ],
)
def test_what_could_act_is_shown_as_an_escape(name: str, shown: str) -> None:
    assert printable(name) == shown


@given(st.text())
def test_the_result_is_one_harmless_line(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert not shown.lstrip().startswith("::")
    assert "##[" not in shown
