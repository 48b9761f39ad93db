"""`docs/library.md`: every example prints what the page says."""

from __future__ import annotations

import contextlib
import io
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "library.md"
EXAMPLES = re.findall(
    r"(?:<!-- needs: (\w+) -->\n)?```python\n(.+?)```\n\n```text\n(.+?)```",
    PAGE.read_text(encoding="utf-8"),
    re.DOTALL,
)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_prints_what_the_page_says(number: int) -> None:
    needs, program, printed = EXAMPLES[number]
    if needs and find_spec(needs) is None:
        pytest.skip(f"{needs} is not installed")
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(program, f"example {number}", "exec"), {"__name__": "example"})
    assert output.getvalue() == printed


def test_every_example_of_the_page_is_run() -> None:
    assert PAGE.read_text(encoding="utf-8").count("```python") == len(EXAMPLES) > 5
