"""Fine-tunes a model of the openai_privacy_filter architecture, as the reference recipe does.

    python -m training finetune CHECKPOINT OUT [--data FILE...] [--resume]

CHECKPOINT is a folder in the Hugging Face layout, of any sizes. Phase 1 trains the last four layers
and both heads on tokens and categories together (losses 1.0 and 0.5, 2 epochs, rate 2e-5), phase 2
the document head alone on pooled features that are computed once (10 epochs, 1e-3, cosine). The
data are those of the steps `data` and `generate` in the work folder, or JSON lines (`--data`; the
form is said in example.py). OUT becomes

    model.safetensors, config.json, tokenizer.json
    doc_head.safetensors, multitask_config.json    where there are categories
    viterbi_calibration.json                       biases, temperatures, thresholds
    training_log.jsonl                             losses and figures on the development examples
    training_data.json                             the base's digest; sources and their licences

which `leaksift models export` reads. The state of an interrupted run lies in the work folder, in
`finetune/`; --resume goes on from it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from leaksift.errors import LeaksiftError
from leaksift.finding import CATEGORIES
from leaksift.model.tokenize import open_tokenizer
from training import calibrate
from training.evaluate import NO_BIAS, category_shares, count, read_all
from training.head import train_head
from training.joint import JointTraining
from training.material import Material, MaterialError, generated, given
from training.privacy_filter import (
    Base,
    load,
    open_base,
    open_reader,
    write_checkpoint,
    write_json,
)
from training.tuning import Run, Tuning, TuningError, repeatable

MEASURED = 400
"""How many development examples are measured on before and after."""


def finetune(
    folder: Path,
    out: Path,
    state: Path,
    material: Material,
    tuning: Tuning,
    resume: bool = False,
) -> None:
    """The whole of it. Raises TuningError where `out` is there already, or `state` holds an
    interrupted run and `resume` is false, or is of another run; ModelError for a bad checkpoint."""
    if out.exists():
        raise TuningError(f"{out}: is there already; name a folder that is not")
    if state.exists() and any(state.iterdir()) and not resume:
        raise TuningError(f"{state}: holds an interrupted run; give --resume, or remove the folder")
    base = open_base(folder)
    # A head that is there keeps its categories, whatever their names.
    categories = base.categories or (CATEGORIES if material.categorised else ())
    origin = {"base": folder.name, "sha256": _digest(base), "sources": list(material.sources)}
    run = Run(
        model=load(base, categories, tuning.seed).to(
            torch.device("cuda" if torch.cuda.is_available() else "cpu")
        ),
        base=base,
        categories=tuple(categories),
        tokenizer=open_tokenizer(folder / "tokenizer.json", base.sizes.vocabulary),
        material=material,
        tuning=tuning,
        state=state,
        identity=_identity(asdict(tuning), origin, categories, material.shards),
    )
    state.mkdir(parents=True, exist_ok=True)
    with repeatable(run.device):
        log = _train(run)
        log.append({"phase": "done", **measure(run)})
        print(json.dumps(log[-1]), flush=True)
        content, report = calibrate.calibrate(
            open_reader(run.model, base, categories),
            material.development,
            material.clean,
            base.tags,
        )
    new = out.with_name(out.name + ".partial")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    write_checkpoint(run.model, base, categories, content, new)
    write_json(new / "training_data.json", origin | {"tuning": asdict(tuning)})
    log.append({"phase": "calibration", "labels": report})
    lines = "".join(json.dumps(entry) + "\n" for entry in log)
    (new / "training_log.jsonl").write_text(lines, encoding="utf-8", newline="\n")
    os.replace(new, out)
    shutil.rmtree(state)


def _train(run: Run) -> list[dict[str, Any]]:
    joint = JointTraining(run)
    if joint.checkpoint.exists():
        joint.load()
    else:
        joint.log({"before": measure(run)})
        joint.save()
    if not joint.finished:
        joint.run()
    # What it held of the optimiser is of no use in phase 2.
    del joint.optimiser
    return joint.progress.log + train_head(run)


def measure(run: Run) -> dict[str, Any]:
    """Strict F1 by label and the share of right categories, on development examples."""
    reader = open_reader(run.model, run.base, run.categories)
    read = read_all(reader, run.material.development[:MEASURED])
    table = count(read, run.base.tags, NO_BIAS).table()
    figures: dict[str, Any] = {"f1": {name: row["f1"] for name, row in table.items()}}
    documents = run.material.documents[:MEASURED]
    if run.categories and documents:
        readings = reader.readings([document.text for document in documents])
        figures["categories"] = category_shares(
            (str(document.category), reading.category.name if reading.category else "")
            for document, reading in zip(documents, readings, strict=True)
        )
    return figures


def _digest(base: Base) -> str:
    """One SHA-256 over the checkpoint's weights and configuration."""
    total = hashlib.sha256()
    for pattern in ("config.json", "tokenizer.json", "*.safetensors", "doc_head.pt"):
        for file in sorted(base.folder.glob(pattern)):
            total.update(file.name.encode() + b"\0")
            with file.open("rb") as stream:
                while piece := stream.read(1 << 24):
                    total.update(piece)
    return total.hexdigest()


def _identity(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def main(arguments: Sequence[str]) -> None:
    """The command `python -m training finetune`."""
    defaults = Tuning()
    parser = argparse.ArgumentParser(
        prog="python -m training finetune",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("checkpoint", type=Path, help="the folder of the model to start from")
    parser.add_argument("out", type=Path, help="the folder to write; must not be there yet")
    parser.add_argument("--data", type=Path, nargs="+", metavar="FILE", help="JSON lines instead")
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted run")
    parser.add_argument("--work", type=Path, default=Path(".training"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shards", type=int, default=32, help="of 1,280 generated texts each")
    parser.add_argument(
        "--batch-tokens", type=int, default=defaults.batch_tokens, help="computed at once"
    )
    parser.add_argument(
        "--accumulate", type=int, default=defaults.accumulate, help="batches in one step"
    )
    options = parser.parse_args(arguments)
    tuning = Tuning(
        seed=options.seed, batch_tokens=options.batch_tokens, accumulate=options.accumulate
    )
    try:
        material = (
            given(options.data)
            if options.data
            else generated(options.work, options.seed, options.shards)
        )
        state = options.work / "finetune"
        finetune(options.checkpoint, options.out, state, material, tuning, options.resume)
    except (LeaksiftError, MaterialError, TuningError) as error:
        sys.exit(f"finetune: {error}")
