"""`leaksift ci`: what a build is about, scanned, and the reports that its platform reads."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from leaksift.ci import github
from leaksift.ci.change import Platform
from leaksift.ci.recognise import PLAIN, recognise
from leaksift.ci.resolve import Clone, Missing, Network, Resolved, Scope, between, resolve
from leaksift.cli import outputs as reports
from leaksift.cli.options import configuration, reporting, settings
from leaksift.cli.outputs import Output
from leaksift.cli.run import exit_code, scan_and_report
from leaksift.config import Config
from leaksift.errors import LeaksiftError, UsageError
from leaksift.finding import ScanResult
from leaksift.pipeline import Target
from leaksift.printable import printable
from leaksift.sources import git, names


@dataclass(frozen=True)
class _Asked:
    """The options of this command that others do not have."""

    scope: Scope
    from_ref: str
    to_ref: str
    fetch: bool | None
    without: frozenset[str]
    staged: bool = False
    paths: tuple[str, ...] = ()


@click.command()
@click.argument("paths", nargs=-1)
# Not `scope`, which is the name of the reporting option --scope.
@click.option("--all", "which", flag_value="all", help="All files, whatever the build is about.")
@click.option(
    "--changed",
    "which",
    flag_value="changed",
    help="What a push brings, on the default branch too.",
)
@click.option("--staged", is_flag=True, help="What the build itself has staged and will commit.")
@click.option("--from-ref", metavar="REF", help="Changes since REF, whatever the build is about.")
@click.option("--to-ref", metavar="REF", help="Up to this commit instead of HEAD.")
@click.option(
    "--fetch/--no-fetch",
    default=None,
    help="Fetch commits that a shallow clone lacks (on a known platform it does).",
)
@click.option(
    "--without",
    multiple=True,
    metavar="FORMAT",
    help="Leave out a report that the platform would get. May be repeated.",
)
@click.option("--explain", is_flag=True, help="Say what would be scanned, why, and nothing else.")
@reporting
@settings
def ci(
    paths: tuple[str, ...],
    which: Scope | None,
    staged: bool,
    from_ref: str | None,
    to_ref: str | None,
    fetch: bool | None,
    without: tuple[str, ...],
    explain: bool,
    **options: Any,
) -> int:
    """Scans what a CI build is about and writes the reports that the platform reads.

    \b
      GitHub Actions       annotations, leaksift.sarif, job summary, step outputs
      GitLab CI            gl-code-quality-report.json, gl-sast-report.json,
                           gl-secret-detection-report.json
      Azure, Bitbucket,    JUnit XML
      CircleCI, Jenkins

    \b
      leaksift ci
      leaksift ci --explain                  what it would scan here, and why
      leaksift ci --from-ref origin/main     of any other build

    A pull request is scanned by what it adds, the default branch and scheduled builds whole; of
    that, with PATHS only what lies below them. -o FORMAT=FILE writes a report elsewhere, or another
    one. Exit codes are those of `leaksift scan`.
    """
    if from_ref is not None and which is not None:
        raise click.UsageError(f"--from-ref and --{which} exclude each other")
    if staged and (from_ref is not None or which is not None):
        raise click.UsageError("--staged stands alone: without --all, --changed and --from-ref")
    if to_ref is not None and from_ref is None:
        raise click.UsageError("--to-ref needs --from-ref")
    for name in without:
        if name not in reports.FORMATS:
            raise click.UsageError(f"--without: {name!r} is no format")
    asked = _Asked(
        which or "auto",
        from_ref or "",
        to_ref or "HEAD",
        fetch,
        frozenset(without),
        staged,
        paths,
    )
    platform = recognise(os.environ)
    if explain:
        _explain(platform, asked, options["outputs"])
        return 0
    try:
        return _ci(platform, asked, options)
    except LeaksiftError as error:
        if platform is github.PLATFORM:
            from leaksift_sarif import annotations

            sys.stdout.write(annotations.error(str(error)))
            _write_step_outputs({"exit-code": str(error.exit_code)})
        raise


def _ci(platform: Platform, asked: _Asked, options: dict[str, Any]) -> int:
    given = options["outputs"]
    reports.check_places(given)
    loaded = configuration(Path.cwd(), options)
    resolved = _resolve(platform, asked, _network(platform, asked))
    print(f"leaksift: {_told(platform, resolved)}", file=sys.stderr)
    outputs = _outputs(platform, asked, given)
    _make_folders(outputs)
    result = scan_and_report(resolved.target, loaded, outputs, options)
    if _has_step_summary(platform, asked, given):
        _write_step_summary(result, loaded.config)
    code = exit_code(result, loaded.config)
    if platform is github.PLATFORM:
        _write_step_outputs(_step_outputs(result, loaded.config, outputs, code))
    return code


def _network(platform: Platform, asked: _Asked) -> Network:
    """On a known platform git has the credentials that the checkout left it."""
    fetch = asked.fetch if asked.fetch is not None else platform is not PLAIN
    return "fetch" if fetch else "none"


def _resolve(platform: Platform, asked: _Asked, network: Network) -> Resolved:
    root = git.discover(Path.cwd())
    if root is None and platform is PLAIN and not asked.from_ref:
        where = Target("paths", paths=asked.paths or (".",))
        return Resolved(where, "this folder is in no git repository")
    if root is None:
        raise UsageError(f"{Path.cwd()} is in no git repository: check it out with its history")
    clone = Clone(root, network)
    if asked.staged:
        resolved = Resolved(Target("index"), "what is staged was asked for")
    elif asked.from_ref.strip("0"):  # some platforms say "no earlier commit" by zeros
        resolved = between(asked.from_ref, asked.to_ref, clone)
    else:
        resolved = resolve(platform.change(os.environ), clone, asked.scope)
    if not asked.paths:
        return resolved
    below = tuple(_from_root(root, path) for path in asked.paths)
    why = f"{resolved.why}; of that, what is below {', '.join(below)}"
    only = () if "." in below else below
    return Resolved(replace(resolved.target, paths=only), why)


def _from_root(root: Path, path: str) -> str:
    """A path that was given, from the top of the repository. Raises UsageError for one that is not
    there: limited to a misspelt folder, a scan would find nothing."""
    place = Path(os.path.normpath(Path(os.path.realpath(Path.cwd())) / path))
    if not place.is_relative_to(root) or not os.path.lexists(place):
        raise UsageError(f"{path!r} is not in {root}")
    return names.from_system(str(place.relative_to(root)))


def _outputs(platform: Platform, asked: _Asked, given: list[Output]) -> list[Output]:
    """The reports to write: those that were asked for, and the platform's others. The log gets the
    text, and on GitHub annotations, unless another report goes to standard output."""
    named = {output.format for output in given} | asked.without
    outputs = [*given]
    if all(output.file is not None for output in given):
        log = ("text", "github") if platform is github.PLATFORM else ("text",)
        outputs += [Output(name) for name in log if name not in named]
    outputs += [
        Output(name, Path(file)) for name, file in platform.reports.items() if name not in named
    ]
    return outputs


def _has_step_summary(platform: Platform, asked: _Asked, given: list[Output]) -> bool:
    named = {output.format for output in given} | asked.without
    return (
        platform is github.PLATFORM
        and "summary" not in named
        and bool(os.environ.get("GITHUB_STEP_SUMMARY"))
    )


def _make_folders(outputs: list[Output]) -> None:
    for output in outputs:
        if output.file is not None:
            try:
                output.file.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise LeaksiftError(
                    f"cannot make the folder {output.file.parent}: {error.strerror}"
                ) from None


def _told(platform: Platform, resolved: Resolved) -> str:
    """What is scanned and why, in one line."""
    target = resolved.target
    what = "files of this folder"
    if target.kind == "range":
        what = f"all files of {target.to_ref[:12]}"
        if target.from_ref.strip("0"):
            what = f"{target.from_ref[:12]}..{target.to_ref[:12]}"
    elif target.kind == "index":
        what = "the index"
    return printable(f"{platform.name}: {what}: {resolved.why}")


def _explain(platform: Platform, asked: _Asked, given: list[Output]) -> None:
    mark = f"{platform.mark} is set" if platform.mark else "none of their variables is set"
    click.echo(f"platform: {platform.name} ({mark})")
    if not (asked.staged or asked.from_ref.strip("0")):
        change = platform.change(os.environ)
        click.echo(f"build: {printable(change.called)}")
    network: Network = "none" if _network(platform, asked) == "none" else "ask"
    try:
        click.echo(f"scan: {_told(platform, _resolve(platform, asked, network))}")
    except Missing as missing:
        if network == "none":
            raise
        click.echo(f"scan: not known yet, something would be fetched: {printable(missing.what)}")
    for output in _outputs(platform, asked, given):
        place = "standard output" if output.file is None else output.file.as_posix()
        click.echo(f"report: {output.format} to {printable(place)}")
    if _has_step_summary(platform, asked, given):
        click.echo("report: summary to the job's page")
    if platform is github.PLATFORM:
        click.echo("outputs: findings, blocked, sarif-file, exit-code, scanned-files")


def _step_outputs(
    result: ScanResult, config: Config, outputs: list[Output], code: int
) -> dict[str, str]:
    """What later steps may ask for. `sarif-file` is empty for a scan that broke off: an upload
    would close the alerts of all that was not reached."""
    sarif = [output.file for output in outputs if output.format == "sarif" and output.file]
    return {
        "findings": str(len(result.findings)),
        "blocked": str(len(result.at_or_above(config.fail_on))),
        "sarif-file": sarif[0].absolute().as_posix() if sarif and result.error is None else "",
        "exit-code": str(code),
        "scanned-files": str(result.summary.files),
    }


def _write_step_outputs(values: dict[str, str]) -> None:
    """https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands: a value
    between two lines that nobody can guess cannot set another one."""
    import secrets

    mark = f"leaksift-{secrets.token_hex(16)}"
    _append("GITHUB_OUTPUT", "".join(f"{k}<<{mark}\n{v}\n{mark}\n" for k, v in values.items()))


def _write_step_summary(result: ScanResult, config: Config) -> None:
    from leaksift.report import summary

    file = Path(os.environ["GITHUB_STEP_SUMMARY"])
    # What the step wrote there before counts too.
    there = file.stat().st_size if file.is_file() else 0
    text = summary.build(
        result,
        fail_on=config.fail_on,
        strict=config.strict,
        message=config.message,
        most_bytes=max(0, summary.MOST_BYTES - there),
    )
    _append("GITHUB_STEP_SUMMARY", text)


def _append(variable: str, text: str) -> None:
    """Adds to the file that a variable names; nothing where it names none, as on some of GitHub's
    imitators."""
    name = os.environ.get(variable)
    if not name:
        return
    try:
        with Path(name).open("ab") as file:
            file.write(text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise LeaksiftError(f"cannot write {variable} ({name}): {error.strerror}") from None
