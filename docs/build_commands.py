"""Writes `docs/commands.md`: every command with its arguments, options and examples.

    python docs/build_commands.py

The text is that of the commands themselves, from click's objects and not from what it prints, which
differs from version to version. A test tells when the page is older than the commands.

Not with mkdocs-click 0.9: it shows examples as running text, and internal values of click 8.3 and
newer as defaults.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click

from leaksift.cli import cli

PAGE = Path(__file__).parent / "commands.md"

# What click calls the kind of a value, in words that say what to write.
_VALUES = {
    "choice": "WORD",
    "file": "FILE",
    "float": "NUMBER",
    "float range": "NUMBER",
    "integer": "NUMBER",
    "integer range": "NUMBER",
    "path": "PATH",
}

_TOP = """# Commands

Made from the commands by `python docs/build_commands.py`; `leaksift COMMAND --help` says the \
same. How to use them: [commits](pre-commit.md), [CI](ci.md), [texts and \
tables](command-line.md), [models](models.md), [rules](own-rules.md). How they end: [exit \
codes](exit-codes.md).
"""


def page() -> str:
    """The text of the page."""
    context = click.Context(cli, info_name="leaksift")
    return "\n".join([_TOP, *_of_group(cli, context, 2)])


def _of_group(group: click.Group, context: click.Context, level: int) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        below = click.Context(command, parent=context, info_name=name)
        yield f"{'#' * level} {below.command_path}\n"
        yield from _of_command(command, below)
        if isinstance(command, click.Group):
            yield from _of_group(command, below, level + 1)


def _of_command(command: click.Command, context: click.Context) -> Iterator[str]:
    if isinstance(command, click.Group):
        yield from _text(command.help or "")
        return
    arguments = [_argument(one) for one in command.params if isinstance(one, click.Argument)]
    yield f"```text\n{' '.join([context.command_path, '[OPTIONS]', *arguments])}\n```\n"
    yield from _text(command.help or "")
    options = [param for param in command.params if isinstance(param, click.Option)]
    if options:
        yield "| option | |\n| --- | --- |"
        yield from (_row(option) for option in options if not option.hidden)
        yield ""


def _argument(argument: click.Argument) -> str:
    name = argument.metavar or (argument.name or "").upper()
    if argument.metavar is None and not argument.required:
        name = f"[{name}]"
    return f"{name}..." if argument.nargs == -1 and not name.endswith("...") else name


def _text(text: str) -> Iterator[str]:
    """Paragraphs as they are, those after click's `\\b` as text that is shown letter by letter."""
    for paragraph in re.split(r"\n\s*\n", text.replace("\r", "").strip()):
        lines = paragraph.split("\n")
        if lines[0].strip() == "\b":
            inner = textwrap.dedent("\n".join(lines[1:]))
            yield f"```text\n{inner}\n```\n"
        else:
            yield _escaped(" ".join(line.strip() for line in lines)) + "\n"


def _row(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts)
    if option.secondary_opts:
        names += " / " + ", ".join(f"`{name}`" for name in option.secondary_opts)
    said = [_escaped(option.help)] if option.help else []
    if not option.is_flag:
        names += f" `{option.metavar or _VALUES.get(option.type.name, 'TEXT')}`"
        if isinstance(option.type, click.Choice):
            said.append(f"One of {', '.join(f'`{word}`' for word in option.type.choices)}.")
    if option.show_default:
        said.append(f"Without it `{option.default}`.")
    return f"| {names} | {' '.join(said)} |"


def _escaped(text: str) -> str:
    """Text for Markdown: what is in backquotes stays, and nothing becomes a tag or a link."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(
        part if part.startswith("`") else re.sub(r"([<>\[\]*_|])", r"\\\1", part) for part in parts
    )


def main() -> None:
    """Writes the page."""
    PAGE.write_text(page(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
