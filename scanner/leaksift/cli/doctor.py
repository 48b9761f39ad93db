"""`leaksift doctor`: what a scan would work with here, and what is wrong with it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leaksift import __version__
from leaksift.cli.options import computing, computing_flags
from leaksift.printable import printable

if TYPE_CHECKING:
    from leaksift.doctor import Section

_MARKS = {"ok": "ok", "note": "note", "problem": "PROBLEM"}


@click.command()
@click.option("--config", "file", type=click.Path(path_type=Path), help="Configuration file.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@computing
def doctor(file: Path | None, as_json: bool, **options: Any) -> int:
    """Says what a scan would work with here: versions, model, device, configuration, hooks, cache,
    environment. The model is opened and reads a sentence; nothing is fetched.

    \b
      leaksift doctor
      leaksift doctor --model openai/privacy-filter --device cuda

    Exit codes: 0 a scan would work, 2 wrong usage, 3 something would stop it.
    """
    from leaksift.doctor import diagnose

    sections = diagnose(Path.cwd(), file=file, flags=computing_flags(options))
    problems = sum(check.state == "problem" for section in sections for check in section.checks)
    click.echo(_as_json(sections, problems) if as_json else _as_text(sections))
    return 3 if problems else 0


def _as_json(sections: Sequence[Section], problems: int) -> str:
    checks = [
        {
            "section": section.title,
            "name": check.name,
            "state": check.state,
            "value": check.value,
            "advice": check.advice or None,
        }
        for section in sections
        for check in section.checks
    ]
    return json.dumps({"version": __version__, "problems": problems, "checks": checks}, indent=1)


def _as_text(sections: Sequence[Section]) -> str:
    width = max(len(check.name) for section in sections for check in section.checks)
    counts: Counter[str] = Counter()
    lines = []
    for section in sections:
        lines.append(section.title)
        for check in section.checks:
            counts[check.state] += 1
            told = printable(check.value)
            lines.append(f"  {_MARKS[check.state]:<7}  {printable(check.name):<{width}}  {told}")
            if check.advice:
                lines.append(f"  {'':<7}  {'':<{width}}  -> {printable(check.advice)}")
    lines.append(_verdict(counts))
    return "\n".join(lines)


def _verdict(counts: Counter[str]) -> str:
    told = [
        f"{counts[state]} {state}{'s' if counts[state] > 1 else ''}"
        for state in ("problem", "note")
        if counts[state]
    ]
    would = "a scan would not work" if counts["problem"] else "a scan would work"
    return f"{would} ({', '.join(told)})" if told else would
