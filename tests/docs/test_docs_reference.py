"""The reference pages say what the code does: settings, variables, reports, commands, names."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import leaksift
import leaksift.tables
from leaksift.cli.outputs import FORMATS
from leaksift.config import KEYS, Config, as_toml
from leaksift.finding import CATEGORIES, LABELS
from leaksift.policy.severity import MODEL_SEVERITY
from leaksift.rules.presets import load_presets

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def rows(text: str) -> list[list[str]]:
    """The cells of the rows of all tables."""
    lines = (line for line in text.splitlines() if line.startswith("| ") and "---" not in line)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_configuration_page_has_every_key_with_its_default() -> None:
    section = read("configuration.md").partition("## Keys")[2]
    documented = {row[0].strip("`"): (row[1], row[2]) for row in rows(section)[1:] if len(row) == 4}
    default = Config()
    actual = {
        key: (
            f"`{as_toml(getattr(default, key.replace('-', '_')))}`",
            "yes" if option.adds else "",
        )
        for key, option in KEYS.items()
    }
    assert documented == actual


def test_every_variable_of_leaksift_is_documented_and_every_documented_one_is_read() -> None:
    code = [
        *(ROOT / "scanner").rglob("*.py"),
        *(ROOT / "sarif").rglob("*.py"),
        *(ROOT / "action").glob("*.py"),
        ROOT / "action.yml",
        ROOT / "Dockerfile",
        ROOT / "gitlab" / "leaksift.yml",
        ROOT / "templates" / "leaksift.yml",
    ]
    settings = {f"LEAKSIFT_{key.upper().replace('-', '_')}" for key in KEYS}
    read_by_code = {
        name
        for file in code
        for name in re.findall(r"\bLEAKSIFT_[A-Z_]*[A-Z]\b", file.read_text(encoding="utf-8"))
    }
    others = read("variables.md").partition("## Others of leaksift")[2].partition("## ")[0]
    documented = set(re.findall(r"^\| `(LEAKSIFT_\w+)`", others, re.MULTILINE))
    assert documented == read_by_code - settings


def test_the_reports_page_names_every_format_and_no_other() -> None:
    section = read("reports.md").partition("## JSON")[0]
    names = [name for row in rows(section) for name in re.findall(r"`([\w-]+)`", row[0])]
    assert names == list(FORMATS)


def test_the_severities_page_has_what_the_model_s_labels_count() -> None:
    section = read("severities.md").partition("What the model sees")[2].partition("`[severity]`")[0]
    documented = {
        label: (row[1].strip("`"), row[2].strip("`"))
        for row in rows(section)[1:]
        for label in re.findall(r"`(\w+)`", row[0])
    }
    assert documented == {
        label: (str(choice.high), str(choice.low)) for label, choice in MODEL_SEVERITY.items()
    }
    text = read("severities.md")
    assert all(f"`{label}`" in text for label in LABELS)
    assert all(f"`{category}`" in text for category in CATEGORIES)


def test_every_public_name_of_the_library_is_on_the_api_page() -> None:
    page = set(re.findall(r"^::: ([\w.]+)$", read("api.md"), re.MULTILINE))
    public = {f"leaksift.{name}" for name in leaksift.__all__}
    public |= {f"leaksift.tables.{name}" for name in leaksift.tables.__all__}
    assert public - page == set()


@pytest.fixture(scope="module")
def build_commands() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_commands", DOCS / "build_commands.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_commands_is_as_new_as_the_commands(build_commands: ModuleType) -> None:
    assert read("commands.md") == build_commands.page(), "run python docs/build_commands.py"


def test_every_page_of_the_site_is_in_its_navigation() -> None:
    # `mkdocs build --strict` says this too, where it is installed.
    named = re.findall(r"([\w/-]+\.md)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.MULTILINE)
    pages = {file.relative_to(DOCS).as_posix() for file in DOCS.rglob("*.md")}
    assert sorted(named) == sorted(pages)


def test_how_many_rules_there_are_is_said_about_right() -> None:
    rules = load_presets(Config.presets)
    secrets = [rule for rule in rules if rule.info.family in ("secrets", "keys")]
    for page in ("index.md", "benchmarks/index.md"):
        assert said_number(page) == pytest.approx(len(rules), rel=0.03)
    assert said_number("switching.md") == pytest.approx(len(secrets), rel=0.03)


def said_number(page: str) -> int:
    (number,) = re.findall(r"some (\d+) (?:kinds|rules)", read(page))
    return int(number)


def results(name: str) -> Any:
    text = (ROOT / "benchmarks" / "results" / f"{name}.json").read_text("utf-8")
    return json.loads(text)["results"]


def test_the_figures_of_the_benchmarks_page_are_those_of_the_result_files() -> None:
    text = read("benchmarks/index.md")
    model = results("model")
    by_shape = [
        [shape[name]["cpu_s"] for shape in results("hook").values()]
        for name in ("leaksift hook", "leaksift hook, rules only")
    ]
    for seconds in by_shape:
        assert f"| {min(seconds):.2f} to {max(seconds):.2f} s |" in text
    large = {name: row["cpu_s"] for name, row in results("scanners")["100 MB"].items()}
    least = min(large, key=lambda name: large[name])
    assert f"{least} takes {large[least] / large['leaksift']:.2f} times as long" in text
    small = {name: row["cpu_s"] for name, row in results("scanners")["10 MB"].items()}
    ours = small.pop("leaksift")
    assert f"the next takes {min(small.values()) / ours:.2f} times as long" in text
    beside = {name: row["cpu_s"] for name, row in results("tree")["commands"].items()}
    assert f"| {beside['leaksift, rules'] / beside['betterleaks']:.2f} times |" in text
    loads = [row["load_ms"] for row in model.values()]
    assert f"| {min(loads):.0f} to {max(loads):.0f} ms |" in text
    assert f"| {model['every token']['tokens_per_second']:,.0f} |" in text
    peaks = [row["peak_mb"] for row in model.values()]
    assert f"| {min(peaks):.0f} to {max(peaks):.0f} MB |" in text
    for row in results("scanners")["100 MB"].values():
        assert row["version"] in text or row["version"] == leaksift.__version__


def test_the_plots_are_drawn_from_the_result_files() -> None:
    hook = read("benchmarks/hook.svg")
    for shape, commands in results("hook").items():
        assert shape in hook
        assert f"{commands['leaksift hook']['cpu_s']:.2f} s" in hook
    scanners = read("benchmarks/scanners.svg")
    for rows_of_tree in results("scanners").values():
        ours = rows_of_tree["leaksift"]["cpu_s"]
        for name, row in rows_of_tree.items():
            assert name in scanners
            assert f"{row['cpu_s'] / ours:.2f}" in scanners
    model = read("benchmarks/model.svg")
    for figures in results("model").values():
        assert f"{figures['tokens_per_second'] / 1000:.0f}" in model
