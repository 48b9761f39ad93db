"""The page that puts textsift's names beside ours: all that it names is there."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import click
import pytest

import leaksift
import leaksift.tables
from leaksift.cli import cli
from leaksift.library.settings import Settings

ROOT = Path(__file__).parents[2]
ROWS = [
    [cell.strip() for cell in line.split("|")[1:-1]]
    for line in (ROOT / "docs" / "coming-from-textsift.md").read_text("utf-8").splitlines()
    if line.startswith("|") and "`tests/" in line
]
WANTED = (
    "create dispose detect redact redactBatch classifyColumns redactTable faker rules presets "
    "confidence categories chunk cache offline abort progress download table classify"
)


def names(cell: str) -> list[str]:
    return re.findall("`([^`]+)`", cell)


def test_every_name_of_the_reference_is_in_the_table() -> None:
    theirs = " ".join(row[0] for row in ROWS)
    assert [word for word in WANTED.split() if word not in theirs] == []


@pytest.mark.parametrize("test", sorted({name for row in ROWS for name in names(row[3])}))
def test_each_test_that_it_names_is_there(test: str) -> None:
    path, _, name = test.partition("::")
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    assert name in {node.name for node in tree.body if isinstance(node, functions)}


@pytest.mark.parametrize("name", sorted({name for row in ROWS for name in names(row[1])}))
def test_each_name_of_ours_is_there(name: str) -> None:
    if name.startswith("leaksift "):
        command: click.Command = cli
        for word in name.split()[1:]:
            assert isinstance(command, click.Group)
            found = command.get_command(click.Context(command), word)
            assert found is not None
            command = found
    elif "=" in name:
        option, _, value = name.partition("=")
        takes = {
            *inspect.signature(leaksift.PrivacyFilter.load).parameters,
            *inspect.signature(leaksift.PrivacyFilter.redact).parameters,
        }
        assert option in takes
        if value:
            from leaksift.library.markers import NAMES

            assert value.strip('"') in NAMES
    elif name.isupper():
        assert any(name in file.read_text("utf-8") for file in (ROOT / "docs").glob("*.md"))
    else:
        here: object = leaksift
        for part in name.split("."):
            here = getattr(here, part)
        assert callable(here)


def test_what_the_filter_is_loaded_with_is_what_its_settings_are() -> None:
    takes = set(inspect.signature(leaksift.PrivacyFilter.load).parameters)
    assert takes - {"on_progress"} <= set(inspect.signature(Settings).parameters)
