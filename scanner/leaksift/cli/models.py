"""`leaksift models`: which models there are, fetched, verified and removed. The only commands that
use the network, and only for models of a hub."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leaksift.cli.models_fast import export, optimize
from leaksift.cli.progress import counting
from leaksift.errors import ModelError
from leaksift.model.directory import VARIANTS
from leaksift.pipeline import EMBEDDED_MODEL
from leaksift.printable import printable
from leaksift.weights import store
from leaksift.weights.names import PINNED, Name, parse_name, with_options
from leaksift.weights.record import Entry, read_record
from leaksift.weights.store import Stored

if TYPE_CHECKING:
    from leaksift.weights.download import Watcher

_EMBEDDED = "embedded"

# Where a model has no time of verification.
_STATES = {"packaged": "part of the package", "absent": "not downloaded", "partial": "interrupted"}

# What is known of a model, as `--json` prints it.
Told = dict[str, Any]


@click.group()
def models() -> None:
    """Fetches models of a hub, verifies and removes them.

    \b
      leaksift models download openai/privacy-filter
      leaksift scan --model openai/privacy-filter

    A model is owner/name, with @revision (commit, branch or tag) and :variant where wanted. No
    other command fetches anything.
    """


models.add_command(optimize)
models.add_command(export)

_as_json = click.option("--json", "as_json", is_flag=True, help="For programs.")


@models.command("list")
@_as_json
def list_(as_json: bool) -> None:
    """Lists the models that are there, and those that leaksift knows.

    \b
      leaksift models list
    """
    told = [_embedded()] if EMBEDDED_MODEL.is_dir() else []
    there = store.all_stored()
    told += [_told(model) for model in there]
    for repository, commit in PINNED.items():
        if not any(model.name.repository == repository for model in there):
            told.append(_absent(Name(repository, commit)))
    if as_json:
        _print_json({"models": told})
        return
    rows = [("MODEL", "VARIANT", "COMMIT", "SIZE", "DIGEST", "VERIFIED")]
    for model in told:
        size = "" if model["size"] is None else _megabytes(model["size"])
        last = model["verified"] or _STATES.get(model["state"], model["state"])
        commit, digest = (str(model[key] or "")[:12] for key in ("revision", "digest"))
        rows.append((model["name"], model["variant"] or "", commit, size, digest, str(last)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(map(str.ljust, row, widths)).rstrip())


@models.command()
@click.argument("model")
@click.option("--variant", type=click.Choice(list(VARIANTS)), help="q4f16 without it.")
@click.option("--revision", help="Commit, branch or tag.")
@_as_json
def download(model: str, variant: str | None, revision: str | None, as_json: bool) -> None:
    """Fetches MODEL from its hub, or what of it is missing or damaged.

    \b
      leaksift models download openai/privacy-filter
      leaksift models download openai/privacy-filter --variant q4
      leaksift models download owner/name@v1.2:fp16

    An interrupted download goes on where it was. HF_ENDPOINT names a mirror, HF_TOKEN opens what
    is not public; LEAKSIFT_CACHE_DIR is where models are kept.
    """
    from leaksift.weights.download import download as fetch

    name = with_options(model, variant, revision)
    with _watched() as watcher:
        fetched = fetch(name, watcher)
    if as_json:
        _print_json(_told(fetched))
    else:
        click.echo(f"{_title(fetched.name)}: {_megabytes(fetched.entry.size)} in {fetched.path}")


@models.command()
@click.argument("names", nargs=-1, metavar="[MODEL]...")
@_as_json
def verify(names: tuple[str, ...], as_json: bool) -> int:
    """Reads every file of each MODEL (of all without any) and compares its digest with what the
    hub declared, or with what `optimize` made.

    \b
      leaksift models verify
      leaksift models verify openai/privacy-filter

    Exit codes: 0 all are right, 2 wrong usage, 3 one is damaged or not there.
    """
    chosen = [_named(name) for name in names] or [m for m in store.all_stored() if m.there]
    told = []
    for model in chosen:
        try:
            if not model.there:
                raise ModelError(
                    f"{model.name} is not downloaded; run `leaksift models download {model.name}`"
                )
            right = store.verified(model, fully=True)
            told.append(_told(right))
            if not as_json:
                click.echo(f"{_title(model.name)}: right, {len(model.entry.files)} files")
        except ModelError as error:
            told.append({**_told(model), "state": "damaged" if model.there else "absent"})
            print(f"leaksift: {printable(str(error))}", file=sys.stderr)
    if as_json:
        _print_json({"models": told})
    elif not chosen:
        click.echo("no model is downloaded")
    return 0 if all(model["state"] == "there" for model in told) else 3


@models.command()
@click.argument("model")
@_as_json
def info(model: str, as_json: bool) -> None:
    """Says what MODEL is: a folder's files, or what the hub declares of a model that it has.

    \b
      leaksift models info openai/privacy-filter

    For a model that was never downloaded the hub is asked.
    """
    told = _info(model)
    if as_json:
        _print_json(told)
        return
    files = told.pop("files")
    for key, value in told.items():
        click.echo(f"{key:<9} {'' if value is None else value}".rstrip())
    for file in files:
        click.echo(f"          {file['path']}  {file['size']:,}  {file['declared']}")


@models.command()
@click.argument("model")
def path(model: str) -> int:
    """Prints the folder of MODEL, where it is or would be.

    \b
      leaksift models path openai/privacy-filter

    Exit codes: 0 it is there, 2 wrong usage, 3 it is not.
    """
    if model == _EMBEDDED or parse_name(model) is None:
        folder = EMBEDDED_MODEL if model == _EMBEDDED else store.locate(model)[0]
        there = folder.is_dir()
    else:
        name = with_options(model, None, None)
        commit = store.known_commit(name, read_record(store.weights_directory()))
        if commit is None:
            raise ModelError(
                f"{name}: its commit is not known yet; `leaksift models info {name}` asks the hub"
            )
        folder = store.folder(name.at(commit))
        there = folder.is_dir()
    click.echo(folder)
    if not there:
        print(f"leaksift: {printable(model)} is not there", file=sys.stderr)
    return 0 if there else 3


@models.command()
@click.argument("names", nargs=-1, required=True, metavar="MODEL...")
def remove(names: tuple[str, ...]) -> None:
    """Removes each MODEL from the disk, with what an interrupted download left of it.

    \b
      leaksift models remove openai/privacy-filter

    A branch or tag is resolved anew at its next download.
    """
    for model in [_named(name) for name in names]:
        store.remove(model)
        click.echo(f"{_title(model.name)}: removed")


def _named(text: str) -> Stored:
    """The model of the record by its name. Raises ModelError for what it does not know."""
    name = with_options(text, None, None)
    model = store.find(name)
    if model is None:
        raise ModelError(f"{name} was never downloaded; `leaksift models list` shows what is there")
    return model


def _info(text: str) -> Told:
    if text == _EMBEDDED:
        if not EMBEDDED_MODEL.is_dir():
            raise ModelError("this package has no embedded model")
        return _with_files(_embedded(), store.of_folder(EMBEDDED_MODEL))
    if parse_name(text) is None:
        from leaksift.model.directory import open_model_directory

        folder, variant = store.locate(text)
        directory = open_model_directory(folder, variant)
        entry = store.of_folder(folder)
        told = _told_of(text, None, variant, directory.path, entry, "folder", None)
        return _with_files(told, entry)
    from leaksift.weights.download import look_up

    model = look_up(with_options(text, None, None), _tell)
    return _with_files(_told(model), model.entry)


def _embedded() -> Told:
    entry = store.of_folder(EMBEDDED_MODEL)
    return _told_of(_EMBEDDED, None, None, EMBEDDED_MODEL, entry, "packaged", None)


def _absent(name: Name) -> Told:
    folder = store.folder(name)
    return _told_of(name.repository, name.revision, name.variant, folder, None, "absent", None)


def _told(model: Stored) -> Told:
    name, entry = model.name, model.entry
    state = "partial" if store.partial_folder(model).is_dir() else "absent"
    verified = None
    if model.there:
        try:
            state, verified = "there", store.verified(model).entry.verified
        except ModelError:
            state = "damaged"
    return _told_of(
        name.repository, name.revision, name.variant, model.path, entry, state, verified
    )


def _told_of(
    name: str,
    revision: str | None,
    variant: str | None,
    folder: Path,
    entry: Entry | None,
    state: str,
    verified: str | None,
) -> Told:
    return {
        "name": name,
        "revision": revision,
        "variant": variant,
        "state": state,
        "size": entry.size if entry else None,
        "digest": entry.digest if entry else None,
        "verified": verified,
        "path": str(folder),
    } | ({"made_from": entry.made_from} if entry and entry.made_from else {})


def _with_files(told: Told, entry: Entry) -> Told:
    files = [{"path": f.path, "size": f.size, "declared": f.declared} for f in entry.files]
    return {**told, "files": files}


def _title(name: Name) -> str:
    return f"{name.repository} {name.variant} at {str(name.revision)[:12]}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=1))


def _tell(line: str) -> None:
    print(f"leaksift: {printable(line)}", file=sys.stderr)


@contextmanager
def _watched() -> Iterator[Watcher]:
    """A bar with size and speed on a terminal; elsewhere only the lines."""
    from leaksift.weights.download import Watcher
    from leaksift.weights.hub import endpoint

    bar: Any = None

    def begin(model: Stored) -> None:
        nonlocal bar
        files, size = len(model.entry.files), _megabytes(model.entry.size)
        _tell(f"fetching {_title(model.name)} ({files} files, {size}) from {_host(endpoint())}")
        if sys.stderr.isatty():
            bar = counting(model.entry.size, "B")

    def on_bytes(count: int) -> None:
        if bar is not None:
            bar.update(count)

    def tell(line: str) -> None:
        if bar is not None:
            bar.clear()  # the line takes its place, and it comes again below
        _tell(line)

    try:
        yield Watcher(begin, on_bytes, tell)
    finally:
        if bar is not None:
            bar.close()


def _host(address: str) -> str:
    return address.partition("://")[2].rpartition("@")[2]
