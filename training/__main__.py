"""python -m training STEP: how models are made.

The steps of the embedded model, one or `all` of them:

    data        fetch the sources of the lock file and collect texts and values
    generate    write the fixed development sets
    tokenizer   learn the byte-level BPE
    train       phase 1 and phase 2; goes on from a checkpoint
    calibrate   biases, temperatures and thresholds
    screen      the coarse look that spares the model most lines
    export      the ONNX model directory, checked against PyTorch
    evaluate    the figures, as a table
    card        docs/model-card.md from what the other steps recorded

And with options of its own (`python -m training finetune --help`):

    finetune    tunes a model of openai/privacy-filter's architecture on the same data

Everything but the models and the card is written to the work folder. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from training.speed import measure_speed

ROOT = Path(__file__).resolve().parent.parent
EMBEDDED = ROOT / "scanner" / "leaksift" / "model" / "embedded"
CARD = ROOT / "docs" / "model-card.md"
SCREEN_STEPS = 3_000


def data(options: argparse.Namespace) -> None:
    """Step 1."""
    from training.data import collect

    collect(options.work, options.given)


def generate(options: argparse.Namespace) -> None:
    """Step 2."""
    from training.devsets import write_sets

    write_sets(options.work)


def tokenizer(options: argparse.Namespace) -> None:
    """Step 3."""
    from training.tokenizer import build

    _record(options, "tokenizer_report", build(options.seed, options.work))


def train(options: argparse.Namespace) -> None:
    """Step 4."""
    from training.model import ModelConfig
    from training.train import Budget, Recipe, finish
    from training.train import train as first_phase

    recipe = Recipe(seed=options.seed)
    first_phase(options.work, recipe, ModelConfig(), Budget(options.minutes))
    finish(options.work, recipe)


def calibrate(options: argparse.Namespace) -> None:
    """Step 5."""
    from training import calibrate as step
    from training import devsets
    from training.evaluate import open_reader
    from training.generate import examples
    from training.train import load_model

    reader = open_reader(load_model(options.work / "model.pt"), options.work / "tokenizer.json")
    # Not the texts of the development sets, though of the same templates.
    texts = list(islice(examples(options.seed + 10, "dev", options.work), 1_500))
    clean = devsets.clean_for_calibration(options.work)
    content, report = step.calibrate(reader, texts, clean)
    _record(options, "viterbi_calibration", content)
    _record(options, "calibration_report", report)


def screen(options: argparse.Namespace) -> None:
    """The coarse look before the model."""
    from training import devsets, evaluate
    from training import screen as step
    from training.generate import examples
    from training.train import load_model

    model = load_model(options.work / "model.pt")
    net = step.train_screen(options.work, model.config, options.seed, SCREEN_STEPS)
    reader = evaluate.open_reader(model, options.work / "tokenizer.json")
    texts = list(islice(examples(options.seed + 20, "dev", options.work), 1_500))
    clean = devsets.clean_for_calibration(options.work)[:400]
    both = (evaluate.read_all(reader, some) for some in (texts, clean))
    _record(options, "screen_report", step.screen(options.work, net, *both))


def export(options: argparse.Namespace) -> None:
    """Step 6."""
    from training import export as step
    from training.generate import examples
    from training.train import load_model

    model = load_model(options.work / "model.pt")
    size = step.write_directory(model, options.work, options.out)
    texts = [example.text[:600] for example in islice(examples(7, "dev", options.work), 1_000)]
    report = {"bytes": size} | step.parity(model, options.out, options.work, texts)
    _record(options, "export_report", report)
    if report["windows_equal"] < 0.995 or not report["alone_equals_batch"]:
        sys.exit("export: the graph does not compute what the model computes")


def evaluate(options: argparse.Namespace) -> None:
    """The figures of the card, on the exported model and the fixed development sets."""
    from leaksift.model.directory import open_model_directory
    from leaksift.model.reader import ModelReader
    from leaksift.model.session import OnnxSession
    from training import evaluate as step
    from training.devsets import read_set

    directory = open_model_directory(options.out)
    session = OnnxSession(directory.graph, len(directory.tags))
    default = directory.operating_point("default")
    reader = ModelReader(directory, default, session=session, threads=1)
    private = ("developer", "forms", "prose", "stories", "noisy")
    read = {name: step.read_all(reader, read_set(name, options.work)) for name in private}
    clean = step.read_all(reader, read_set("clean", options.work))
    report: dict[str, Any] = {"sets": {}, "points": {}, "clean": {}}
    for name, point in directory.operating_points.items():
        total = step.Counts()
        for of_name, of_set in read.items():
            total += step.count(of_set, directory.tags, point, code=of_name == "developer")
        report["points"][name] = total.table()
        of_clean = step.count(clean, directory.tags, point, code=True)
        report["clean"][name] = step.false_spans(of_clean)
    for name, of_set in read.items():
        in_code = name == "developer"
        report["sets"][name] = step.count(of_set, directory.tags, default, code=in_code).table()
        print(name)
        step.print_table(report["sets"][name])
    # Of these lines only the secrets were judged.
    judged = step.read_all(reader, read_set("secrets", options.work))
    of_judged = step.count(
        judged, directory.tags, default, lambda span: span.label == "secret", True
    )
    report["sets"]["secrets"] = of_judged.table()
    print("secrets", report["sets"]["secrets"]["all"])
    for name, figures in report["clean"].items():
        print(name, report["points"][name]["all"], json.dumps(figures))
    documents = read_set("categories", options.work)
    report["categories"] = step.category_accuracy(session, directory.tokenizer, documents)
    # In a process of its own: this one has torch in its memory.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
        texts = [text.example.text for text in clean[:50]]
        report["speed"] = other.submit(measure_speed, options.out, texts).result()
    _record(options, "evaluation", report)
    print(json.dumps({name: report[name] for name in ("categories", "speed")}, indent=1))


def card(options: argparse.Namespace) -> None:
    """The model card."""
    from training.card import write

    write(options.work, CARD)


STEPS: dict[str, Callable[[argparse.Namespace], None]] = {
    step.__name__: step
    for step in (data, generate, tokenizer, train, calibrate, screen, export, evaluate, card)
}


def _record(options: argparse.Namespace, name: str, content: Any) -> None:
    text = json.dumps(content, indent=1) + "\n"
    if name != "evaluation":
        print(text, end="")
    (options.work / f"{name}.json").write_text(text, encoding="utf-8", newline="\n")


def main() -> None:
    """Runs the step that the command line names."""
    if sys.argv[1:2] == ["finetune"]:
        from training.finetune import main as finetune

        finetune(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(
        prog="python -m training",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("step", choices=["all", *STEPS])
    parser.add_argument("--work", type=Path, default=Path(".training"))
    parser.add_argument("--given", type=Path, default=Path("..", "shared", "data"))
    parser.add_argument("--out", type=Path, default=EMBEDDED, help="the model directory")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=180, help="of phase 1, at work")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    for name in STEPS if options.step == "all" else (options.step,):
        print(f"== {name}", flush=True)
        STEPS[name](options)


if __name__ == "__main__":
    main()
