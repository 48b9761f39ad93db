"""`leaksift models optimize` and `leaksift models export`: fast graphs of published models and of
checkpoints. Nothing of a model is fetched here."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leaksift.cli.progress import counting
from leaksift.errors import ModelError, UsageError
from leaksift.printable import printable
from leaksift.weights import store
from leaksift.weights.names import FAST, parse_name, with_options
from leaksift.weights.record import locked

if TYPE_CHECKING:
    from leaksift.export.proven import Made, Watcher

_FORMS = ("int8", "q4", "fp32")

_form = click.option(
    "--form",
    type=click.Choice(_FORMS),
    default="int8",
    show_default=True,
    help="int8 is the fastest on most processors, q4 the smallest, fp32 exact.",
)
_as_json = click.option("--json", "as_json", is_flag=True, help="For programs.")


@click.command()
@click.argument("model")
@click.argument("out", type=click.Path(path_type=Path), required=False)
@_form
@_as_json
def optimize(model: str, out: Path | None, form: str, as_json: bool) -> None:
    """Makes the fast form of MODEL: a model that was downloaded, or a folder with a published graph
    (folder:variant where it has several).

    \b
      leaksift models download openai/privacy-filter
      leaksift models optimize openai/privacy-filter
      leaksift scan --model openai/privacy-filter

    Of a downloaded model it goes to where the models are, as owner/name:int8, and is what
    owner/name means from then on. Of a folder it goes into that folder, as onnx/model_int8.onnx.
    With OUT a new folder is written, which `--model OUT` reads.

    A graph whose logits are not those of the model is not kept. Needs `leaksift[export]`.
    """
    _require_onnx()
    name = parse_name(model)
    if name is not None and out is None:
        if form != FAST:
            raise UsageError(f"--form {form}: name a folder as OUT; what is kept is {FAST}")
        _keep(with_options(model, None, None), as_json)
        return
    from leaksift.export.proven import add_graph, make_directory
    from leaksift.export.upstream import open_upstream

    if name is not None:
        found = store.find(name)
        if found is None or not found.there:
            raise ModelError(store.missing(name, str(name)))
        folder, variant = store.verified(found).path, name.variant
    else:
        folder, given = store.locate(model)
        variant = given or ""
        if out is None and folder.resolve().is_relative_to(store.weights_directory().resolve()):
            raise UsageError(
                f"{folder}: this is where models are kept; name the model as owner/name"
            )
    with _locked(out or folder), _watched(form) as watcher:
        checkpoint = open_upstream(folder, variant or None)
        if out is not None:
            made = make_directory(checkpoint, out, form, watcher)
        else:
            made = add_graph(checkpoint, form, watcher)
    _print(made, form, as_json)


@click.command()
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@_form
@_as_json
def export(checkpoint: Path, out: Path, form: str, as_json: bool) -> None:
    """Writes the CHECKPOINT of a fine-tune (a folder with config.json and safetensors) as the model
    folder OUT, which `--model OUT` reads.

    \b
      leaksift models export ./my-fine-tune ./my-model
      leaksift scan --model ./my-model

    A document head (doc_head.safetensors or doc_head.pt, with multitask_config.json) comes along.
    A graph whose logits are not those of the checkpoint is not kept. Needs `leaksift[export]`.
    """
    _require_onnx()
    from leaksift.export.checkpoint import open_checkpoint
    from leaksift.export.proven import make_directory

    with _locked(out), _watched(form) as watcher, open_checkpoint(checkpoint) as opened:
        made = make_directory(opened, out, form, watcher)
    _print(made, form, as_json)


def _require_onnx() -> None:
    from leaksift.export.requirement import required

    required("onnx")


def _keep(name: Any, as_json: bool) -> None:
    from leaksift.export.proven import make_directory
    from leaksift.export.upstream import open_upstream
    from leaksift.weights.made import keep

    found: list[Made] = []

    def make(origin: store.Stored, folder: Path) -> None:
        with _watched(FAST) as watcher:
            checkpoint = open_upstream(origin.path, origin.name.variant)
            found.append(make_directory(checkpoint, folder, FAST, watcher))

    kept = keep(name, make, _tell)
    made = found[0]
    graph = kept.path / made.graph.relative_to(made.graph.parents[1])
    _print(type(made)(graph, made.size, made.agreement, made.reading), FAST, as_json)


def _print(made: Made, form: str, as_json: bool) -> None:
    if as_json:
        told = {
            "graph": str(made.graph),
            "form": form,
            "size": made.size,
            "agreement": vars(made.agreement),
            "reading": vars(made.reading) if made.reading else None,
        }
        click.echo(json.dumps(told, indent=1))
        return
    click.echo(f"{made.graph}: {made.size / 1e6:,.1f} MB, {form}")
    if made.reading:
        click.echo(f"  weights against the graph they were read from: {made.reading}")
    click.echo(f"  the graph against its weights: {made.agreement}")


def _tell(line: str) -> None:
    print(f"leaksift: {printable(line)}", file=sys.stderr)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Alone in writing to a folder that is not of the store."""
    digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:32]
    file = store.weights_directory() / "locks" / f"folder-{digest}"
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(file, lambda: _tell(f"waiting for another at {folder}")))
        except OSError as error:
            raise ModelError(f"{file}: {error.strerror or type(error).__name__}") from None
        yield


@contextmanager
def _watched(form: str) -> Iterator[Watcher]:
    """A bar on a terminal; elsewhere one line."""
    from leaksift.export.proven import Watcher

    bar: Any = None

    def begin(weights: int) -> None:
        nonlocal bar
        _tell(f"reading the weights, writing them as {form} and comparing the logits")
        if sys.stderr.isatty():
            bar = counting(weights, " weights")

    def on_weights(count: int) -> None:
        if bar is not None:
            bar.update(count)

    try:
        yield Watcher(begin, on_weights)
    finally:
        if bar is not None:
            bar.close()
