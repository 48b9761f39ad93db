"""The files that a command names: patterns made names, and where the result of each one goes."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from leaksift.errors import UsageError

STDIN = "-"


def expanded(names: Sequence[str]) -> tuple[str, ...]:
    """The names, each once; a pattern (`*`, `?`, `[...]`, `**` for any folders) becomes the files
    that match it, sorted. A name that is there is a name, whatever signs it has.

    Shells do this too, but not those of Windows, not in quotes and not every one with `**`. Raises
    UsageError for a pattern that nothing matches.
    """
    found: list[str] = []
    for name in names:
        if name == STDIN or not glob.has_magic(name) or os.path.lexists(name):
            found.append(name)
            continue
        matches = sorted(
            match for match in glob.glob(name, recursive=True) if os.path.isfile(match)
        )
        if not matches:
            raise UsageError(f"{name}: no file matches this pattern")
        found += matches
    return tuple(dict.fromkeys(found))


def files_or_stdin(names: Sequence[str]) -> tuple[str, ...]:
    """The files that are named; `-` where there is none. Raises click.UsageError for standard input
    that is a terminal or stands beside files, UsageError for what is no file."""
    files = expanded(names) or (STDIN,)
    if STDIN in files and len(files) > 1:
        raise click.UsageError("`-` stands alone")
    if not names and sys.stdin.isatty():
        raise click.UsageError("name the files, or `-` for standard input")
    for name in files:
        if name != STDIN and not os.path.exists(name):
            raise UsageError(f"{name!r} does not exist, or its directory may not be searched")
        if os.path.isdir(name):
            raise UsageError(f"{name} is a folder: name its files, such as '{name}/**/*.txt'")
    return files


def placed(files: Sequence[str], output: Path | None) -> list[Path | None]:
    """Where the result of each file goes; None is standard output.

    In a folder (one that is there, that ends in a slash, or for several files) a file keeps its way
    from here; one that is not below here keeps its name. Raises UsageError before anything is
    written where two would be the same, and for several files without a place.
    """
    if output is None:
        if len(files) > 1:
            raise UsageError("several files need a place: --output FOLDER")
        return [None]
    if len(files) == 1 and not output.is_dir():
        if not output.absolute().parent.is_dir():
            raise UsageError(f"--output: no folder {output.parent}")
        _check_apart(files[0], output)
        return [output]
    if output.exists() and not output.is_dir():
        raise UsageError(f"--output: several files need a folder, and {output} is none")
    places: dict[Path, str] = {}
    for file in files:
        place = output / ("stdin" if file == STDIN else _way(file))
        _check_apart(file, place)
        if place in places:
            raise UsageError(f"{places[place]} and {file} would both be {place}")
        places[place] = file
    return list(places)


def _check_apart(file: str, place: Path) -> None:
    if file != STDIN and place.exists() and place.samefile(file):
        raise UsageError(f"{place} is the file itself: give another place")


def _way(file: str) -> Path:
    here, there = Path.cwd(), Path(os.path.abspath(file))
    return there.relative_to(here) if there.is_relative_to(here) else Path(there.name)
