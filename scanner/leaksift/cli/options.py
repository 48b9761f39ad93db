"""The options that several commands share, and how they become a configuration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from leaksift.cli.outputs import parse_outputs
from leaksift.config import DEVICES, OPERATING_POINTS, Loaded, load_config
from leaksift.pipeline import Target

Command = TypeVar("Command", bound=Callable[..., Any])

COMPUTING = [
    click.option("--model", help="embedded, none, owner/name, or a folder."),
    click.option(
        "--operating-point",
        type=click.Choice(OPERATING_POINTS),
        help="recall finds more, precision is surer; for models that have them.",
    ),
    click.option("--device", type=click.Choice(DEVICES), help="What computes the model."),
]
"""Which model, and how it is asked."""

_SETTINGS = [
    click.option("--config", "file", type=click.Path(path_type=Path), help="Configuration file."),
    click.option(
        "--preset", "presets", multiple=True, help="Use only this rule family. May be repeated."
    ),
    click.option(
        "--severity",
        "severities",
        multiple=True,
        metavar="RULE=LEVEL",
        help="block, warn, note or off for a rule or a label. May be repeated.",
    ),
    click.option(
        "--exclude", multiple=True, help="Leave out files, as in .gitignore. May be repeated."
    ),
    click.option("--max-file-size", help='Skip larger files, such as "10 MB".'),
    *COMPUTING,
    click.option("--no-cache", is_flag=True, help="Read what the model has read before again."),
    click.option("--baseline", help="File of known findings."),
    click.option("--no-baseline", is_flag=True, help="Report known findings too."),
    click.option("--no-inline-allow", is_flag=True, help="Ignore allow comments (for CI)."),
    click.option("--report-examples", is_flag=True, help="Report placeholders and examples too."),
]

_REPORTING = [
    click.option(
        "-o",
        "--output",
        "outputs",
        multiple=True,
        metavar="FORMAT[=FILE]",
        callback=parse_outputs,
        help="text, json, jsonl, sarif, github, gitlab-sast, gitlab-secret-detection, codequality, "
        "junit, summary or html; with =FILE to a file. May be repeated.",
    ),
    click.option(
        "--fail-on",
        type=click.Choice(["block", "warn", "note"]),
        help="The lowest severity that makes the exit code 1.",
    ),
    click.option(
        "--scope",
        type=click.Choice(["changed", "file"]),
        help="Of a commit, report changed lines or whole files.",
    ),
    click.option("--strict", is_flag=True, help="A skipped file is a failure (exit code 3)."),
    click.option("-v", "--verbose", is_flag=True, help="Show notes and name skipped files."),
    click.option(
        "--color", "colour", type=click.Choice(["auto", "always", "never"]), default="auto"
    ),
]


def settings(command: Command) -> Command:
    """Adds the options that say what counts as a finding."""
    return _add(_SETTINGS, command)


def reporting(command: Command) -> Command:
    """Adds the options that say how findings are reported."""
    return _add(_REPORTING, command)


def computing(command: Command) -> Command:
    """Adds the options that say which model is asked, and how."""
    return _add(COMPUTING, command)


def _add(options: Sequence[Callable[[Command], Command]], command: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def configuration(start: Path, given: dict[str, Any]) -> Loaded:
    """The configuration with the given options (by parameter name) as its last layer."""
    flags: dict[str, Any] = {}
    if given["presets"]:
        flags["presets"] = given["presets"]
    if given["severities"]:
        flags["severity"] = dict(_pair(text) for text in given["severities"])
    flags |= computing_flags(given)
    for name in ("exclude", "max_file_size", "baseline", "fail_on", "scope"):
        if given.get(name):
            flags[name.replace("_", "-")] = given[name]
    if given.get("no_cache"):
        flags["cache"] = False
    if given["no_baseline"]:
        flags["baseline"] = ""
    if given["no_inline_allow"]:
        flags["inline-allow"] = False
    for name in ("report_examples", "strict"):
        if given.get(name):
            flags[name.replace("_", "-")] = True
    return load_config(start, file=given["file"], flags=flags)


def computing_flags(given: dict[str, Any]) -> dict[str, Any]:
    """Those of the options `computing` that were given, as keys of the configuration."""
    names = ("model", "operating_point", "device")
    return {name.replace("_", "-"): given[name] for name in names if given.get(name)}


def paths_target(paths: tuple[str, ...], stdin_path: str | None) -> Target:
    """The files that were named, or with `-` standard input under a name. Raises
    click.UsageError."""
    if stdin_path is not None and paths != ("-",):
        raise click.UsageError("--path names standard input: use it with `-`")
    if "-" in paths and len(paths) > 1:
        raise click.UsageError("`-` stands alone")
    if paths == ("-",):
        return Target("stdin", paths=(stdin_path or "stdin",))
    return Target("paths", paths=paths or (".",))


def _pair(text: str) -> tuple[str, str]:
    rule, separator, level = text.partition("=")
    if not separator:
        raise click.UsageError(f"--severity takes RULE=LEVEL, not {text!r}")
    return rule, level
