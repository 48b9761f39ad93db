"""Draws the figures of the documentation from the result files of the other programs here.

    pip install -e '.[train]'
    python -m benchmarks.hook --json benchmarks/results/hook.json         (and model, scanners)
    python -m benchmarks.plots [--results benchmarks/results] [--out docs/benchmarks]

A plot is drawn for each result file that is there. It measures nothing and knows no figure itself.
The plots are SVG without a background, in colours that are read on white and on black, and the same
files give the same bytes.
"""

from __future__ import annotations

import argparse
import io
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HERE = Path(__file__).parent

_TEXT = "#787d85"
_COLOURS = ("#e4572e", "#4c8bb0", "#8a8f98", "#b0a04c")

Results = dict[str, Any]


def hook(axes: Axes, results: Results) -> None:
    """CPU seconds of one commit, by its shape, with the model and by rules alone."""
    kinds = ("leaksift hook", "leaksift hook, rules only", "leaksift --version (start-up)")
    groups = {
        shape: [commands[kind]["cpu_s"] for kind in kinds] for shape, commands in results.items()
    }
    _bars(axes, groups, ("model and rules", "rules only", "start-up alone"), "{:.2f} s")
    axes.set_xlabel("CPU seconds of `leaksift hook`, 10 files with 300 changed lines")


def model(axes: Axes, results: Results) -> None:
    """How many tokens the embedded model reads in a second of one core."""
    groups = {name: [figures["tokens_per_second"] / 1000] for name, figures in results.items()}
    _bars(axes, groups, (), "{:.0f}")
    axes.set_xlabel("thousand tokens of source code in a CPU second")


def scanners(axes: Axes, results: Results) -> None:
    """CPU seconds of each scanner on each tree, as multiples of those of leaksift."""
    names = tuple(next(iter(results.values())))
    groups = {
        tree: [rows[name]["cpu_s"] / rows["leaksift"]["cpu_s"] for name in names]
        for tree, rows in results.items()
    }
    _bars(axes, groups, names, "{:.2f}")
    axes.set_xlabel("CPU seconds, rules only, relative to leaksift (less is better)")


def _bars(axes: Axes, groups: dict[str, list[float]], legend: Sequence[str], form: str) -> None:
    """Bars side by side in each group, with their figures at the end."""
    count = len(next(iter(groups.values())))
    height = 0.8 / count
    for number in range(count):
        places = [at + (number - (count - 1) / 2) * height for at in range(len(groups))]
        values = [group[number] for group in groups.values()]
        bars = axes.barh(places, values, height * 0.9, color=_COLOURS[number])
        axes.bar_label(bars, [form.format(value) for value in values], padding=4, color=_TEXT)
        if legend:
            bars.set_label(legend[number])
    axes.set_yticks(range(len(groups)), list(groups))
    axes.invert_yaxis()
    axes.margins(x=0.12)
    if legend:
        axes.legend(frameon=False, labelcolor=_TEXT, loc="best")


PLOTS: dict[str, Callable[[Axes, Results], None]] = {
    "hook": hook,
    "model": model,
    "scanners": scanners,
}
"""What is drawn, by the name of the result file."""


def draw(name: str, results: Results, target: Path) -> None:
    """Draws one of `PLOTS` and writes it as SVG."""
    import matplotlib as mpl

    mpl.use("svg")
    # Text stays text; the salt makes the ids in the file the same each time.
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "leaksift", "font.size": 11})
    mpl.rcParams["font.family"] = "sans-serif"
    from matplotlib import pyplot

    bars = sum(len(group) for group in results.values()) if name != "model" else len(results)
    figure, axes = pyplot.subplots(figsize=(8, 1.1 + 0.33 * bars), layout="constrained")
    PLOTS[name](axes, results)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_TEXT)
    axes.tick_params(colors=_TEXT, length=0)
    axes.xaxis.label.set_color(_TEXT)
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", transparent=True, metadata={"Date": None})
    pyplot.close(figure)
    # The reader's own font, and not a list of those that this machine knows.
    text = re.sub(r"font-family: [^;\"]+", "font-family: sans-serif", drawn.getvalue())
    text = re.sub(r"font: ([\d.]+px) [^;\"]+", r"font: \1 sans-serif", text)
    target.write_text(text, encoding="utf-8", newline="\n")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--results", type=Path, default=_HERE / "results")
    parser.add_argument("--out", type=Path, default=_HERE.parent / "docs" / "benchmarks")
    options = parser.parse_args()
    for name in PLOTS:
        file = options.results / f"{name}.json"
        if file.exists():
            target = options.out / f"{name}.svg"
            draw(name, json.loads(file.read_text(encoding="utf-8"))["results"], target)
            print(target)


if __name__ == "__main__":
    main()
