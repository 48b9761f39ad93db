"""`--output FORMAT[=FILE]`: which report goes where, written when the scan is over."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from leaksift import __version__
from leaksift.config import Config
from leaksift.errors import LeaksiftError
from leaksift.finding import ScanResult
from leaksift.writing import write_atomically

if TYPE_CHECKING:
    from datetime import datetime

Builder = Callable[[ScanResult, Config, bool, str], str]


@dataclass(frozen=True)
class Output:
    """One report that was asked for; `file` is None for standard output."""

    format: str
    file: Path | None = None


def parse_outputs(
    _context: click.Context, _parameter: click.Parameter, values: Sequence[str]
) -> list[Output]:
    """Callback of `--output`: each `FORMAT` or `FORMAT=FILE` as an `Output`."""
    outputs = []
    for value in values:
        kind, _, file = value.partition("=")
        if kind not in FORMATS:
            raise click.BadParameter(f"{kind!r} is no format; there are {', '.join(FORMATS)}")
        outputs.append(Output(kind, Path(file) if file and file != "-" else None))
    return outputs


def with_text(outputs: Sequence[Output]) -> list[Output]:
    """The outputs, and the text report where nothing else takes standard output."""
    if any(output.file is None for output in outputs):
        return list(outputs)
    return [Output("text"), *outputs]


def check_places(outputs: Sequence[Output]) -> None:
    """Raises click.UsageError for what could not be written: better before a long scan than
    after it."""
    if sum(output.file is None for output in outputs) > 1:
        raise click.UsageError("only one output can go to standard output; give the others a file")
    for output in outputs:
        if output.file is not None and not output.file.absolute().parent.is_dir():
            raise click.UsageError(f"--output {output.format}: no folder {output.file.parent}")


def write(
    result: ScanResult, outputs: Sequence[Output], config: Config, *, verbose: bool, colour: str
) -> None:
    """Writes every report; files appear whole or not at all. Files come first: a reader of
    standard output that goes away must not cost the others."""
    for output in sorted(outputs, key=lambda output: output.file is None):
        build = _builder(output, outputs)
        if output.file is None:
            sys.stdout.write(build(result, config, verbose, _paint(colour)))
            continue
        text = build(result, config, verbose, "never")
        try:
            write_atomically(output.file, text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise LeaksiftError(f"cannot write {output.file}: {error.strerror}") from None


def _builder(output: Output, outputs: Sequence[Output]) -> Builder:
    """How the report is made. Where a run writes GitLab's report of secrets too, its other report
    leaves them out: a pipeline that publishes both would show them twice."""
    if output.format == "gitlab-sast" and any(
        other.format == "gitlab-secret-detection" for other in outputs
    ):
        return _gitlab_sast_without_secrets
    return FORMATS[output.format]


def _text(result: ScanResult, config: Config, verbose: bool, colour: str) -> str:
    from leaksift.report import text

    paint = text.colours if colour == "always" else text.plain
    return text.build(
        result, fail_on=config.fail_on, verbose=verbose, paint=paint, message=config.message
    )


def _json(result: ScanResult, _config: Config, _verbose: bool, _colour: str) -> str:
    from leaksift.report import data

    return data.build_json(result)


def _jsonl(result: ScanResult, _config: Config, _verbose: bool, _colour: str) -> str:
    from leaksift.report import data

    return data.build_jsonl(result)


def _sarif(result: ScanResult, _config: Config, _verbose: bool, _colour: str) -> str:
    # sarif-om takes 80 ms to import.
    from leaksift_sarif import log, serialize

    return serialize.to_json(log.build(result, version=__version__))


def _github(result: ScanResult, _config: Config, _verbose: bool, _colour: str) -> str:
    from leaksift_sarif import annotations

    return annotations.build(result, prefix=_workspace_prefix())


def _workspace_prefix() -> str:
    """The way from GitHub's workspace to the repository, where that is a folder of it."""
    workspace = os.environ.get("GITHUB_WORKSPACE")
    if not workspace:
        return ""
    from leaksift.sources import git

    here = Path.cwd()
    root = git.discover(here) or here
    top = Path(os.path.realpath(workspace))
    return root.relative_to(top).as_posix() if root != top and root.is_relative_to(top) else ""


def _gitlab_sast(result: ScanResult, _config: Config, _verbose: bool, _colour: str) -> str:
    return _gitlab(result, "sast")


def _gitlab_sast_without_secrets(
    result: ScanResult, _config: Config, _verbose: bool, _colour: str
) -> str:
    return _gitlab(result, "sast", without_secrets=True)


def _gitlab_secret_detection(
    result: ScanResult, _config: Config, _verbose: bool, _colour: str
) -> str:
    return _gitlab(result, "secret_detection")


def _gitlab(
    result: ScanResult,
    kind: Literal["sast", "secret_detection"],
    *,
    without_secrets: bool = False,
) -> str:
    from datetime import datetime, timezone

    from leaksift_sarif import gitlab

    return gitlab.build(
        result,
        kind,
        version=__version__,
        ended=datetime.now(timezone.utc),
        without_secrets=without_secrets,
    )


def _codequality(result: ScanResult, _config: Config, _verbose: bool, _colour: str) -> str:
    from leaksift_sarif import codequality

    return codequality.build(result)


def _junit(result: ScanResult, config: Config, _verbose: bool, _colour: str) -> str:
    from leaksift.report import junit

    return junit.build(result, fail_on=config.fail_on, strict=config.strict)


def _summary(result: ScanResult, config: Config, _verbose: bool, _colour: str) -> str:
    from leaksift.report import summary

    return summary.build(
        result, fail_on=config.fail_on, strict=config.strict, message=config.message
    )


def _html(result: ScanResult, config: Config, _verbose: bool, _colour: str) -> str:
    from leaksift.report import html

    return html.build(
        result,
        version=__version__,
        made=_source_date(),
        fail_on=config.fail_on,
        strict=config.strict,
        message=config.message,
    )


def _source_date() -> datetime | None:
    """The date that https://reproducible-builds.org/specs/source-date-epoch/ gives; no clock
    otherwise: the same scan is the same page."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 10):
        return None
    from datetime import datetime, timezone

    return datetime.fromtimestamp(int(seconds), timezone.utc)


FORMATS: dict[str, Builder] = {
    "text": _text,
    "json": _json,
    "jsonl": _jsonl,
    "sarif": _sarif,
    "github": _github,
    "gitlab-sast": _gitlab_sast,
    "gitlab-secret-detection": _gitlab_secret_detection,
    "codequality": _codequality,
    "junit": _junit,
    "summary": _summary,
    "html": _html,
}


def _paint(colour: str) -> str:
    """always or never: what `--color`, the terminal and https://no-color.org say together."""
    if colour != "auto":
        return colour
    if os.environ.get("NO_COLOR"):
        return "never"
    if os.environ.get("FORCE_COLOR"):
        return "always"
    return "always" if sys.stdout.isatty() else "never"
