"""`leaksift cache`: what leaksift keeps on the disk, and how to be rid of it."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from leaksift.errors import ModelError
from leaksift.printable import printable
from leaksift.rules.cache import cache_directory
from leaksift.weights import store
from leaksift.weights.record import locked

# By what it is and how its files are called. Nothing else is ever removed: the directory may be one
# that holds other things too.
_DERIVED = {
    "compiled rules": ("hyperscan-*.db", "preset-*.json", ".hyperscan-*", ".preset-*"),
    "readings of models": ("readings-*.db", "readings-*.db-*"),
}


@click.group()
def cache() -> None:
    """Shows and clears what leaksift keeps on the disk. None of it is text that was scanned.

    \b
      leaksift cache info
      leaksift cache clear
    """


@cache.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def info(as_json: bool) -> None:
    """Says where the cache is and what is in it.

    \b
      leaksift cache info
    """
    kinds = {what: _size(files) for what, files in _derived().items()}
    kinds["models"] = sum(_folder_size(model.path) for model in store.all_stored())
    kinds["interrupted downloads"] = sum(map(_folder_size, store.partial_folders()))
    if as_json:
        click.echo(json.dumps({"path": str(cache_directory()), "bytes": kinds}, indent=1))
        return
    click.echo(cache_directory())
    for what, size in kinds.items():
        click.echo(f"  {what:<22} {size / 1e6:>10,.1f} MB")


@cache.command()
@click.option("--weights", is_flag=True, help="Downloaded models too.")
def clear(weights: bool) -> int:
    """Removes what can be made again: compiled rules, what models saw in texts, and interrupted
    downloads.

    \b
      leaksift cache clear
      leaksift cache clear --weights

    Exit codes: 0 it is done, 3 not all of it could be removed.
    """
    freed = 0
    failed = False
    for path in (path for files in _derived().values() for path in files):
        try:
            size = path.stat().st_size
            path.unlink()
            freed += size
        except OSError as error:
            failed = True
            _tell(f"{path}: cannot be removed: {error.strerror}")
    folders = {folder: _folder_size(folder) for folder in store.partial_folders()}
    for folder, size in folders.items():
        try:
            _remove_partial(folder)
            freed += size
        except ModelError as error:
            failed = True
            _tell(str(error))
    for model in store.all_stored() if weights else []:
        freed += _folder_size(model.path)
        store.remove(model)
    click.echo(f"{cache_directory()}: {freed / 1e6:,.1f} MB removed")
    return 3 if failed else 0


def _derived() -> dict[str, list[Path]]:
    directory = cache_directory()
    return {
        what: [path for pattern in patterns for path in directory.glob(pattern) if path.is_file()]
        for what, patterns in _DERIVED.items()
    }


def _remove_partial(folder: Path) -> None:
    def busy() -> None:
        raise ModelError(f"{folder}: another process downloads it: left alone")

    try:
        with locked(store.lock_file(folder), busy):
            shutil.rmtree(folder)
    except OSError as error:
        raise ModelError(f"{folder}: cannot be removed: {error.strerror}") from None


def _folder_size(folder: Path) -> int:
    return _size(path for path in folder.rglob("*") if path.is_file())


def _size(files: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in files)


def _tell(line: str) -> None:
    print(f"leaksift: {printable(line)}", file=sys.stderr)
