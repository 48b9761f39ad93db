"""`leaksift fix`: takes what was found out of files, one question at a time."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from leaksift.cli.options import configuration, settings
from leaksift.cli.run import as_line
from leaksift.document import Document
from leaksift.errors import LeaksiftError, SourceError, UsageError
from leaksift.finding import Finding, ScanResult, Severity, Span
from leaksift.fix.diff import difference
from leaksift.fix.example_file import NAME, add_names
from leaksift.fix.plan import Planner, changed
from leaksift.fix.proposal import CannotFix, Edit, Proposal
from leaksift.fix.source import Source, digest_of, read_source
from leaksift.pipeline import Detectors, Target, load_detectors, scan
from leaksift.printable import printable

# What git and the clients of hooks set for what they start. Git sets GIT_EXEC_PATH for every hook,
# and for aliases too, which cannot be told apart.
_IN_A_HOOK = ("GIT_INDEX_FILE", "GIT_EXEC_PATH", "PRE_COMMIT", "PRE_COMMIT_REMOTE_NAME")

_ANSWERS = """\
y  replace this one
n  leave this one
a  replace this one and all that follow
s  leave the rest of this file
q  stop here; what was answered with y is written"""


@dataclass
class _Run:
    """What was decided and done so far."""

    write: bool
    ask: bool
    written: int = 0
    left: int = 0
    shown: int = 0
    failed: bool = False
    stopped: bool = False
    files: set[str] = field(default_factory=set)
    names: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@click.command()
@click.argument("paths", nargs=-1)
@click.option("--write", is_flag=True, help="Replace all that can be, without asking.")
@click.option("--dry-run", is_flag=True, help="Show what would be replaced; change nothing.")
@settings
def fix(paths: tuple[str, ...], write: bool, dry_run: bool, **options: Any) -> int:
    """Takes findings out of the files in PATHS (this folder without any), after asking for each.

    A secret becomes a reference to the environment in the file's language, and its name is added to
    .env.example; private data in tests and fixtures becomes made-up values. The old value is gone
    from the file: note it where it is safe, and revoke it if it was ever shared.

    \b
      leaksift fix                  asks for each finding: y, n, a, s, q
      leaksift fix --dry-run src    shows what it would do
      leaksift fix --write src      does all of it

    Exit codes: 0 nothing is left, 1 something is, 2 wrong usage or inside a hook, 3 not everything
    could be scanned or written.
    """
    if write and dry_run:
        raise click.UsageError("--write and --dry-run exclude each other")
    if not dry_run and (variable := next((n for n in _IN_A_HOOK if n in os.environ), None)):
        raise UsageError(
            f"git or a hook started this ({variable} is set), and a hook must not change files: "
            "run `leaksift fix` yourself"
        )
    ask = not (write or dry_run)
    if ask and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("there is nobody to ask: use a terminal, --dry-run or --write")
    if "-" in paths:
        raise click.UsageError("standard input cannot be changed: name files")
    run = _Run(write=not dry_run, ask=ask)
    loaded = configuration(Path.cwd(), {**options, "scope": "file"})
    scanned: dict[str, bytes] = {}

    def remember(document: Document) -> None:
        scanned[document.path] = digest_of(document)

    result = scan(Target("paths", paths=paths or (".",)), loaded, on_document=remember)
    if result.error is not None:
        raise SourceError(f"{result.error}; nothing was changed")
    _warn(result, run)
    found = result.at_or_above(min(Severity.WARN, loaded.config.fail_on))
    planner, detectors, base = Planner(), load_detectors(loaded), _base()
    for path, of_one in groupby(found, key=lambda finding: finding.path):
        _fix_file(list(of_one), path, base, scanned.get(path), planner, detectors, run)
    try:
        _finish(base, run)
    except LeaksiftError as error:
        print(f"leaksift: {printable(str(error))}", file=sys.stderr)
        run.failed = True
    if run.failed:
        return 3
    return 1 if run.left or run.shown else 0


def _base() -> Path:
    """The folder that the paths of a report start at."""
    from leaksift.sources import git

    here = Path(os.path.realpath(Path.cwd()))
    return git.discover(here) or here


def _warn(result: ScanResult, run: _Run) -> None:
    for notice in result.notices:
        print(f"leaksift: {printable(notice)}", file=sys.stderr)
    for skipped in result.skipped:
        if skipped.is_failure(False):
            print(f"leaksift: not scanned: {as_line(skipped)}", file=sys.stderr)
            run.failed = True


def _fix_file(
    findings: list[Finding],
    path: str,
    base: Path,
    scanned: bytes | None,
    planner: Planner,
    detectors: Detectors,
    run: _Run,
) -> None:
    if run.stopped:
        run.left += len(findings)
        return
    try:
        source = read_source(path, base, scanned)
    except CannotFix as error:
        for finding in findings:
            _leave(Proposal((finding,), reason=str(error)), run)
        return
    spans = _all_spans(path, source, detectors)
    accepted = _decided(planner.proposals(source.text, findings), source, spans, run)
    if not accepted:
        return
    count = sum(len(proposal.findings) for proposal in accepted)
    edits = [proposal.edit for proposal in accepted if proposal.edit]
    try:
        source.write(changed(source.text, edits))
    except CannotFix as error:
        print(f"leaksift: {printable(path)}: left as it is: {error}", file=sys.stderr)
        run.left += count
        run.failed = True
        return
    run.written += count
    run.files.add(path)
    run.names += [edit.name for edit in edits if edit.name]
    run.notes += [_note(proposal) for proposal in accepted if proposal.edit and proposal.edit.note]


def _all_spans(path: str, source: Source, detectors: Detectors) -> list[Span]:
    """All that the detectors see, also what policy lets be: none of it is to be shown."""
    from leaksift.detect import detect

    document = Document(path, source.text, len(source.data))
    return detect([document], detectors.detectors, detectors.model)[0].spans


def _decided(
    proposals: Sequence[Proposal], source: Source, spans: Sequence[Span], run: _Run
) -> list[Proposal]:
    """The proposals to carry out."""
    accepted: list[Proposal] = []
    leave_rest = False
    for proposal in proposals:
        if proposal.edit is None:
            _leave(proposal, run)
            continue
        if run.stopped or leave_rest:
            run.left += len(proposal.findings)
            continue
        if run.ask or not run.write:
            _show(proposal, source.text, proposal.edit, spans)
        if not run.write:
            run.shown += len(proposal.findings)
            continue
        answer = _answer() if run.ask else "y"
        if answer in "ya":
            accepted.append(proposal)
            run.ask = run.ask and answer != "a"
            continue
        run.left += len(proposal.findings)
        run.stopped = answer == "q"
        leave_rest = answer == "s"
    return accepted


def _answer() -> str:
    while True:
        answer = click.prompt(
            "Replace it? [y,n,a,s,q,?]", default="?", show_default=False, prompt_suffix=" "
        )
        answer = str(answer).strip().lower()
        if answer in {"y", "n", "a", "s", "q"}:
            return answer
        click.echo(_ANSWERS)


def _show(proposal: Proposal, text: str, edit: Edit, spans: Sequence[Span]) -> None:
    click.echo(f"{_place(proposal.findings[0])} {_rules(proposal)}")
    for line in difference(text, edit, spans):
        click.echo(f"  {line}")
    if edit.name:
        click.echo(f"  {edit.name} goes into {NAME}")
    if edit.note:
        click.echo(f"  note: {edit.note}")


def _leave(proposal: Proposal, run: _Run) -> None:
    run.left += len(proposal.findings)
    click.echo(f"{_place(proposal.findings[0])} {_rules(proposal)}: left: {proposal.reason}")


def _note(proposal: Proposal) -> str:
    assert proposal.edit is not None  # noqa: S101 - only those with an edit are carried out
    return f"{_place(proposal.findings[0])} {proposal.edit.note}"


def _place(finding: Finding) -> str:
    return f"{printable(finding.path)}:{finding.start_line}:"


def _rules(proposal: Proposal) -> str:
    return printable(", ".join(dict.fromkeys(finding.rule for finding in proposal.findings)))


def _finish(base: Path, run: _Run) -> None:
    if not run.ask:
        for note in dict.fromkeys(run.notes):
            click.echo(f"note: {note}")
    names = add_names(base, run.names)
    if names:
        click.echo(f"{NAME}: added {', '.join(names)}")
    if not run.write:
        click.echo(
            f"leaksift: {run.shown} can be replaced, {run.left} cannot; nothing was changed."
        )
        return
    click.echo(f"leaksift: {run.written} replaced in {len(run.files)} files, {run.left} left.")
    if run.written:
        click.echo("  What was committed or shared before is known: revoke it.")
