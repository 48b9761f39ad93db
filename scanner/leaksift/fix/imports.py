"""The imports that a reference to the environment needs, where adding one is simple."""

from __future__ import annotations

import ast
import re
import sys
import warnings

from leaksift.fix.proposal import CannotFix, Edit


def import_edit(text: str, needs: str) -> Edit | None:
    """The edit that imports what `needs` names (`python-os`, `go-os`); None where it is there.

    Raises CannotFix for a file whose imports are written in an unusual way.
    """
    edit = _python_os(text) if needs == "python-os" else _go_os(text)
    if edit is None or "\r\n" not in text[: text.find("\n") + 1]:
        return edit
    return Edit(edit.start, edit.end, edit.new.replace("\n", "\r\n"))


def _python_os(text: str) -> Edit | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            body = ast.parse(text).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise CannotFix("the file is no Python that can be read here") from None
    first: ast.Import | ast.ImportFrom | None = None
    after = 0
    for number, statement in enumerate(body):
        if isinstance(statement, ast.Import):
            if any(alias.name == "os" and alias.asname is None for alias in statement.names):
                return None
            first = first or statement
        elif isinstance(statement, ast.ImportFrom):
            if statement.module == "__future__":
                after = statement.end_lineno or after
            else:
                first = first or statement
        elif number == 0 and isinstance(statement, ast.Expr):
            is_text = isinstance(statement.value, ast.Constant) and isinstance(
                statement.value.value, str
            )
            after = (statement.end_lineno or after) if is_text else after
    if first is not None:
        at = _line_start(text, first.lineno)
        # The standard library's imports are a block of their own (PEP 8).
        return Edit(at, at, "import os\n" if _is_of_python(first) else "import os\n\n")
    if after:
        at = _line_start(text, after + 1)
        return Edit(at, at, "\nimport os\n" if text[:at].endswith("\n") else "\n\nimport os\n")
    # After the lines that must be the first ones: https://peps.python.org/pep-0263/
    head = re.match(r"(?:#!.*\n)?(?:#.*coding[:=].*\n)?", text)
    at = head.end() if head else 0
    return Edit(at, at, "import os\n\n")


def _is_of_python(statement: ast.Import | ast.ImportFrom) -> bool:
    if isinstance(statement, ast.Import):
        name = statement.names[0].name
    else:
        name = statement.module if statement.module and not statement.level else ""
    return name.partition(".")[0] in sys.stdlib_module_names


def _line_start(text: str, line: int) -> int:
    """The start of a line as Python's parser counts: it also takes a lone CR for an end."""
    at = 0
    for _ in range(line - 1):
        end = re.compile(r"\r\n|\r|\n").search(text, at)
        if end is None:
            return len(text)
        at = end.end()
    return at


def _go_os(text: str) -> Edit | None:
    if re.search(r'^(?:import[ \t]+|[ \t]+)"os"[ \t]*(?://.*)?\r?$', text, re.MULTILINE):
        return None
    block = re.search(r"^import[ \t]*\([ \t]*\r?\n", text, re.MULTILINE)
    if block:
        return Edit(block.end(), block.end(), '\t"os"\n')
    single = re.search(r"^import[ \t]", text, re.MULTILINE)
    if single:
        return Edit(single.start(), single.start(), 'import "os"\n')
    package = re.search(r"^package[ \t]+\w+[ \t]*\r?\n", text, re.MULTILINE)
    if package:
        return Edit(package.end(), package.end(), '\nimport "os"\n')
    raise CannotFix("its imports could not be made out")
