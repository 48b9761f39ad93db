"""The settings of other scanners as a configuration of leaksift: `leaksift rules import`.

Each format has a module that adds to a `Converted` what can be said in leaksift's words, and names
what cannot, with the reason. Nothing of another tool is run, and none of its rules are shipped.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from leaksift.convert.converted import Converted
from leaksift.errors import ConfigError
from leaksift.toml import parse_toml

__all__ = ["Converted", "convert"]


def convert(files: Iterable[Path]) -> Converted:
    """All the files in one. Raises ConfigError for one that cannot be read or is of no known
    format."""
    converted = Converted()
    for file in files:
        _add(file, converted)
    converted.check_rules()
    return converted


def _add(file: Path, converted: Converted) -> None:
    # The formats' modules are few lines each, and one import needs one or two of them.
    from leaksift.convert import detect_secrets, gitleaks, kingfisher

    text = _text(file)
    if file.name == ".gitleaksignore":
        gitleaks.add_ignore_file(text, file.name, converted)
        return
    try:
        if file.suffix in (".yml", ".yaml"):
            content = _yaml(text, file)
            if kingfisher.is_ours(content):
                kingfisher.add(content, file.name, converted)
                return
        elif file.suffix == ".toml":
            content = parse_toml(text.encode())
            if gitleaks.is_configuration(content):
                gitleaks.add_configuration(content, file.name, converted)
                return
        else:
            content = json.loads(text)
            if detect_secrets.is_baseline(content):
                detect_secrets.add(content, file.name, converted)
                return
            if gitleaks.is_report(content):
                gitleaks.add_report(content, file.name, converted)
                return
    except RecursionError:
        raise ConfigError(f"{file}: nested too deeply") from None
    except ValueError as error:
        # Of JSON and TOML only the place is told: a report may hold values.
        line = getattr(error, "lineno", None)
        at = f", line {line}" if line else ""
        raise ConfigError(f"{file}: cannot be read as {file.suffix or 'JSON'}{at}") from None
    raise ConfigError(
        f"{file}: these are no settings of gitleaks, detect-secrets or kingfisher that can be told "
        "by their form"
    )


def _text(file: Path) -> str:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    try:
        # PowerShell's `>` writes UTF-16.
        wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        return data.decode("utf-16" if wide else "utf-8-sig")
    except ValueError:
        raise ConfigError(f"{file}: is no text in UTF-8") from None


def _yaml(text: str, file: Path) -> Any:
    try:
        # It comes with what leaksift depends on (the tokenizer's own dependencies).
        import yaml  # type: ignore[import-untyped]
    except ImportError:
        raise ConfigError(
            f"{file}: reading YAML needs PyYAML, which is not installed: pip install pyyaml"
        ) from None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        at = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(f"{file}: is no YAML{at}") from None
