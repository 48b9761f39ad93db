"""`leaksift rules`: what is looked for, why something was found or not, and rules of one's own."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from leaksift.cli.options import configuration, settings
from leaksift.config import Loaded, load_config
from leaksift.errors import UsageError
from leaksift.finding import RuleInfo, Severity
from leaksift.pipeline import load_detectors
from leaksift.printable import printable
from leaksift.rules.presets import load_presets
from leaksift.rules.rule import PRESETS, Rule

_CONFIG = click.option(
    "--config", "file", type=click.Path(path_type=Path), help="Configuration file."
)


@click.group()
def rules() -> None:
    """Lists, explains, tests and imports rules.

    \b
      leaksift rules list
      leaksift rules explain app/settings.py:12
    """


@rules.command("list")
@_CONFIG
@click.option(
    "--preset",
    "presets",
    multiple=True,
    type=click.Choice(PRESETS),
    help="Only this family. May be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON list, with all that is known.")
def list_rules(file: Path | None, presets: tuple[str, ...], as_json: bool) -> None:
    """Lists the rules that a scan uses, your own included.

    \b
      leaksift rules list
      leaksift rules list --preset pii
    """
    loaded = load_config(Path.cwd(), file=file)
    if presets:
        infos = [rule.info for rule in load_presets(presets)]
    else:
        infos = list(load_detectors(loaded).rules)
    if as_json:
        click.echo(json.dumps([_as_object(info, loaded) for info in infos], indent=2))
        return
    width = max((len(info.id) for info in infos), default=0)
    for info in infos:
        severity = _severity(info, loaded)
        family = info.family or "own"
        click.echo(
            f"{info.id:<{width}}  {severity:<5}  {info.precision:<9}  {family:<8}  "
            f"{printable(info.title)}"
        )


@rules.command()
@_CONFIG
@click.argument("rule_id", metavar="ID")
def show(file: Path | None, rule_id: str) -> None:
    """Shows all that is known about the rule ID.

    \b
      leaksift rules show github-token
    """
    loaded = load_config(Path.cwd(), file=file)
    active = load_detectors(loaded).rules
    shipped = {rule.info.id: rule for rule in load_presets(PRESETS)}
    infos = {info.id: info for info in (*_of_model(), *(r.info for r in shipped.values()), *active)}
    if rule_id not in infos:
        raise UsageError(_unknown(rule_id, list(infos)))
    info = infos[rule_id]
    severity = _severity(info, loaded)
    if info not in active:
        severity = f"{severity}; not used: its family, {info.family}, is not in this scan"
    lines = {
        "severity": severity,
        "label": info.label,
        "precision": info.precision,
        "family": info.family or "your own",
        "why": info.why,
        "fix": info.fix,
        "cwe": f"CWE-{info.cwe}",
        "references": "\n            ".join(info.references),
    }
    lines |= _looks_for(_own_rules(loaded).get(rule_id) or shipped.get(rule_id))
    click.echo(f"{info.id}: {printable(info.title)}")
    for name, text in lines.items():
        if text:
            shown = "\n".join(printable(line) for line in text.split("\n"))
            click.echo(f"  {name + ':':<11} {shown}")


@rules.command()
@click.argument("place", metavar="FILE:LINE")
@settings
def explain(place: str, **options: Any) -> None:
    """Says what was found on a line, what was not, and which step removed it.

    \b
      leaksift rules explain app/settings.py:12

    Of rules, those are named whose anchor (the part that is searched for first) is seen on the
    line. Values are masked.
    """
    from leaksift.explain import explain as explain_line

    path, _, number = place.rpartition(":")
    if not path or not number.isdecimal():
        raise click.UsageError(f"FILE:LINE, as in app/settings.py:12, not {place!r}")
    told = explain_line(path, int(number), configuration(Path.cwd(), options))
    click.echo(f"{printable(told.path)}:{told.line}")
    for seen in told.seen:
        at = f"  {seen.preview} at column {seen.column}" if seen.column is not None else ""
        score = f"  score {seen.score:.2f}" if seen.score is not None else ""
        click.echo(f"  {seen.rule}{at}{score}\n    {printable(seen.outcome)}")
    if not told.seen:
        click.echo("  no rule saw anything here")
    for note in told.notes:
        click.echo(f"  {printable(note)}")


@rules.command()
@_CONFIG
@click.argument("rule_file", metavar="[FILE]", required=False, type=click.Path(path_type=Path))
def test(file: Path | None, rule_file: Path | None) -> int:
    """Tries the examples of your own rules: those of the configuration, or of FILE.

    \b
      leaksift rules test
      leaksift rules test team-rules.toml

    Exit codes: 0 all are as they should be, 1 one is not, 2 a rule cannot be used.
    """
    from leaksift.rules.own import rule_file as read_file
    from leaksift.rules.own import rule_tables
    from leaksift.rules.trial import try_examples

    if rule_file is not None:
        places = [read_file(rule_file, str(rule_file))]
    else:
        places = rule_tables(load_config(Path.cwd(), file=file))
    if not places:
        raise UsageError("the configuration has no rules of your own: name a FILE")
    trials = [trial for place in places for trial in try_examples(place)]
    for trial in trials:
        state = "FAILED" if trial.failures else "ok" if trial.matched + trial.ignored else "no test"
        click.echo(f"{state:<8} {trial.rule}: {trial.matched} to match, {trial.ignored} to ignore")
        for failure in trial.failures:
            click.echo(f"         {printable(failure)}")
    return 1 if any(trial.failures for trial in trials) else 0


@rules.command("import")
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to this file.")
@click.option("--force", is_flag=True, help="Replace the file that is there.")
@click.option(
    "--baseline",
    "baseline_file",
    type=click.Path(path_type=Path),
    help="Add the known findings that are still there to this baseline of leaksift.",
)
def import_rules(
    files: tuple[Path, ...], output: Path | None, force: bool, baseline_file: Path | None
) -> int:
    """Converts the settings of gitleaks, detect-secrets and kingfisher to a .leaksift.toml.

    \b
      gitleaks         gitleaks.toml, .gitleaksignore, a report that was the baseline
      detect-secrets   .secrets.baseline
      kingfisher       rules and baseline in YAML

    \b
      leaksift rules import gitleaks.toml .gitleaksignore -o .leaksift.toml

    What cannot be converted is listed on standard error with the reason.
    """
    from leaksift.convert import convert
    from leaksift.writing import write_atomically

    if output is not None and output.exists() and not force:
        raise UsageError(f"{output} is there: give another --output, or --force to replace it")
    converted = convert(files)
    text = converted.as_toml()
    if output is None:
        click.echo(text, nl=False)
    else:
        try:
            write_atomically(output, text.encode())
        except OSError as error:
            raise UsageError(f"{output}: cannot be written: {error.strerror}") from None
    for line in converted.not_converted:
        print(f"leaksift: not converted: {printable(line)}", file=sys.stderr)
    for line in converted.notes:
        print(f"leaksift: {printable(line)}", file=sys.stderr)
    if converted.known:
        from leaksift.convert.known import add_to_baseline

        for line in add_to_baseline(converted.known, baseline_file):
            print(f"leaksift: {printable(line)}", file=sys.stderr)
    return 0


def _severity(info: RuleInfo, loaded: Loaded) -> str:
    """What the rule counts as by this configuration."""
    for key in (info.id, info.label):
        if key in loaded.config.severity:
            level: Severity | None = loaded.config.severity[key]
            return str(level) if level is not None else "off"
    return str(info.severity)


def _as_object(info: RuleInfo, loaded: Loaded) -> dict[str, Any]:
    return {
        "id": info.id,
        "title": info.title,
        "why": info.why,
        "fix": info.fix,
        "severity": _severity(info, loaded),
        "label": info.label,
        "precision": info.precision,
        "family": info.family or None,
        "security_severity": info.security_severity,
        "cwe": info.cwe,
        "references": list(info.references),
    }


def _looks_for(rule: Rule | None) -> dict[str, str]:
    """Where the rule looks and what it asks for."""
    if rule is None:
        return {}
    return {
        "pattern": rule.pattern,
        "keywords": ", ".join(rule.keywords),
        "beside": rule.beside or "",
        "validator": rule.validator or "",
        "paths": ", ".join(rule.paths),
        "names": ", ".join(rule.names),
        "reads": rule.format or "",
    }


def _own_rules(loaded: Loaded) -> dict[str, Rule]:
    config = loaded.config
    if not (config.rules or config.rules_files or config.plugins):
        return {}
    from leaksift.rules.own import load_own_rules

    return {rule.info.id: rule for rule in load_own_rules(loaded).rules}


def _of_model() -> tuple[RuleInfo, ...]:
    from leaksift.model.labels import label_rules

    return label_rules()


def _unknown(rule_id: str, known: list[str]) -> str:
    import difflib  # only for somebody's mistake

    near = difflib.get_close_matches(rule_id, known, 1, 0.5)
    hint = f"did you mean {near[0]}?" if near else "`leaksift rules list` lists them"
    return f"no rule is called {rule_id!r}; {hint}"
