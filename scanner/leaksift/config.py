"""The configuration: defaults, then one file, then the environment, then the command line.

The file is `.leaksift.toml`, or the table `[tool.leaksift]` of `pyproject.toml`, of the nearest
folder between here and the repository's root. Lists of what to leave out (`exclude`, `allow`,
`stop-words`), rules of your own and tables add to the layers below; everything else replaces the
value below. Nothing switches a default rule off but an entry `severity.<rule> = "off"`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from leaksift.errors import ConfigError
from leaksift.finding import CATEGORIES, Severity
from leaksift.toml import parse_toml

FILE_NAME = ".leaksift.toml"
BASELINE_NAME = ".leaksift-baseline.json"

DEVICES = ("auto", "cpu", "cuda", "coreml", "directml", "openvino")
"""What can compute a model; see `model/providers.py`."""

OPERATING_POINTS = ("recall", "default", "precision")
"""Of a model's calibration: it finds more, or what it finds is surer."""

# Environment variables that other rooms read; every other LEAKSIFT_* is a key of the configuration.
_OTHER_VARIABLES = {
    "LEAKSIFT_CACHE_DIR",
    "LEAKSIFT_NO_CACHE",
    "LEAKSIFT_OFFLINE",
    "LEAKSIFT_BACKEND",
}


@dataclass(frozen=True)
class AllowEntry:
    """What is not to be reported: all conditions that are given must hold.

    `path` is a `.gitignore` pattern, `rule` a rule's id (`*` matches anything), `value` a regular
    expression searched in the value, `reason` is for the reader.
    """

    path: str | None = None
    rule: str | None = None
    value: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class Config:
    """Every setting, validated. The comments are what `leaksift config show` prints."""

    # Rule families to use: all but `internal`.
    presets: tuple[str, ...] = ("secrets", "keys", "files", "schemes", "generic", "pii")
    severity: Mapping[str, Severity | None] = field(default_factory=dict)
    # ^ by rule id or label: block, warn, note or off
    category_severity: Mapping[str, Mapping[str, Severity | None]] = field(default_factory=dict)
    # ^ the same for documents that the model takes to be about something, by category
    fail_on: Severity = Severity.BLOCK  # the lowest severity that makes the exit code 1
    min_score: Mapping[str, float] = field(default_factory=dict)  # by rule id or label, 0 to 1
    scope: Literal["changed", "file"] = "changed"  # of a commit: changed lines or whole files
    exclude: tuple[str, ...] = ()  # .gitignore patterns of files to leave out
    max_file_size: int = 10_000_000  # bytes; larger files are skipped and counted
    model: str = "embedded"  # embedded, none, a folder, or owner/name of a downloaded model
    operating_point: str = "default"  # recall, default or precision, of the model's calibration
    device: str = "auto"  # what computes the model: auto, cpu, cuda, coreml, directml or openvino
    cache: bool = True  # what the model saw in a text is kept, and the text not read again
    baseline: str = BASELINE_NAME  # known findings; "" for none
    inline_allow: bool = True  # honour `leaksift: allow` comments
    report_examples: bool = False  # report placeholders and documentation examples too
    rules: tuple[Mapping[str, Any], ...] = ()  # rules of your own, as in the presets
    rules_files: tuple[str, ...] = ()  # files of such rules
    plugins: tuple[str, ...] = ()  # entry points (group leaksift.rules) of installed packages
    allow: tuple[AllowEntry, ...] = ()  # what is not to be reported
    stop_words: tuple[str, ...] = ()  # values that contain one are not reported
    strict: bool = False  # a skipped file is a failure
    message: str = ""  # your own line for people whose commit was stopped


@dataclass(frozen=True)
class Loaded:
    """A configuration and where each value comes from, by key as it is written in the file.

    Relative paths in the configuration start at `directory`: the folder of the file, or without
    one the top of the repository. `file` is None where there is none.
    """

    config: Config
    origins: Mapping[str, str]
    directory: Path
    file: Path | None = None


def load_config(
    start: Path,
    *,
    file: Path | None = None,
    environ: Mapping[str, str] = os.environ,
    flags: Mapping[str, Any] | None = None,
) -> Loaded:
    """The effective configuration for a scan that starts in the folder `start`.

    `file` is used instead of looking for one. `flags` maps keys to values from the command line.
    Raises ConfigError for an unknown key or a wrong value, naming the place.
    """
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    directory = _up_to_root(start)[-1]
    found = _given(file) if file else _find(start)
    path: Path | None = None
    if found:
        path, table = found
        directory = path.parent
        _add(values, origins, table, path.name)
    for name, text in sorted(environ.items()):
        if name.startswith("LEAKSIFT_") and name not in _OTHER_VARIABLES:
            key = name.removeprefix("LEAKSIFT_").lower().replace("_", "-")
            _add(values, origins, {key: _from_text(key, text, name)}, f"environment {name}", name)
    for key, value in (flags or {}).items():
        _add(values, origins, {key: value}, f"--{key}")
    config = Config(**{_attribute(key): value for key, value in values.items()})
    origins = {key: origins.get(key, "default") for key in KEYS}
    return Loaded(config, origins, directory, path)


def _find(start: Path) -> tuple[Path, Mapping[str, Any]] | None:
    """The nearest configuration from `start` up to the folder that holds `.git`.

    Outside a repository only `start` itself counts: a file that somebody left in /tmp or in the
    home directory must not change what a scan reports.
    """
    for folder in _up_to_root(start):
        own, project = folder / FILE_NAME, folder / "pyproject.toml"
        table = _read(project).get("tool", {}).get("leaksift") if project.is_file() else None
        if own.is_file():
            if table is not None:
                raise ConfigError(f"{own} and {project} both configure leaksift: keep one of them")
            return own, _read(own)
        if table is not None:
            return project, table
    return None


def _up_to_root(start: Path) -> list[Path]:
    """The folders from `start` to the one that holds `.git`, or `start` alone outside of one."""
    folders = [start, *start.parents]
    for number, folder in enumerate(folders):
        if (folder / ".git").exists():
            return folders[: number + 1]
    return [start]


def _given(file: Path) -> tuple[Path, Mapping[str, Any]]:
    table = _read(file)
    if file.name == "pyproject.toml":
        table = table.get("tool", {}).get("leaksift", {})
    return file.absolute(), table


def _read(path: Path) -> dict[str, Any]:
    try:
        return parse_toml(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None


def _add(
    values: dict[str, Any],
    origins: dict[str, str],
    table: Mapping[str, Any],
    origin: str,
    name: str | None = None,
) -> None:
    """Lays the values of one layer over those below."""
    for key, raw in table.items():
        option = KEYS.get(key)
        if option is None:
            raise ConfigError(f"{origin}: {_unknown(key, name)}")
        try:
            value = option.convert(raw)
        except (ValueError, TypeError) as error:
            raise ConfigError(f"{origin}: {key}: {error}") from None
        attribute = key
        if option.adds and attribute in values:
            below = values[attribute]
            value = _merged(below, value) if isinstance(value, dict) else below + value
            origin_here = f"{origins[key]}, {origin}"
        else:
            origin_here = origin
        values[attribute] = value
        origins[key] = origin_here


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both tables in one, and so the tables in them; what is in both is from `above`."""
    merged = {**below, **above}
    for name in below.keys() & above.keys():
        if isinstance(above[name], Mapping):
            merged[name] = _merged(below[name], above[name])
    return merged


def _unknown(key: str, name: str | None) -> str:
    import difflib  # only for somebody's mistake

    near = difflib.get_close_matches(key.replace("_", "-"), KEYS, 1, 0.5)
    if name:
        hint = f"did you mean LEAKSIFT_{near[0].upper().replace('-', '_')}?" if near else ""
        return f"no such setting; {hint}" if hint else "no such setting"
    hint = f"did you mean {near[0]!r}?" if near else f"the keys are {', '.join(KEYS)}"
    return f"unknown key {key!r}; {hint}"


def _from_text(key: str, text: str, name: str) -> Any:
    """A value from the environment: TOML where it is TOML, else the text itself, split at commas
    for a list."""
    try:
        return parse_toml(f"value = {text}".encode())["value"]
    except ValueError:
        option = KEYS.get(key)
        if option is not None and option.convert is _strings:
            return [part.strip() for part in text.split(",") if part.strip()]
        return text


# One converter for each kind of value. Each takes what TOML gave and raises ValueError or
# TypeError whose text ends the sentence "<key>: ...".


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("must be a text in quotes")
    return value


def _strings(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise TypeError("must be a list of texts")
    return tuple(value)


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("must be true or false")
    return value


def _level(value: Any) -> Severity:
    return Severity.parse(_string(value))


def _levels(value: Any) -> dict[str, Severity | None]:
    if not isinstance(value, Mapping):
        raise TypeError('must be a table such as { private_email = "off" }')
    return {
        name: None if _string(word) == "off" else Severity.parse(word)
        for name, word in value.items()
    }


def _levels_by_category(value: Any) -> dict[str, dict[str, Severity | None]]:
    if not isinstance(value, Mapping):
        raise TypeError('must be a table such as { Health = { private_person = "block" } }')
    for name in value:
        if name not in CATEGORIES:
            import difflib  # only for somebody's mistake

            near = difflib.get_close_matches(name, CATEGORIES, 1, 0.4)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(CATEGORIES)}"
            raise ValueError(f"unknown category {name!r}; {hint}")
    return {name: _levels(levels) for name, levels in value.items()}


def _scores(value: Any) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise TypeError("must be a table such as { private_person = 0.9 }")
    for score in value.values():
        if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
            raise ValueError("a score is a number from 0 to 1")
    return {name: float(score) for name, score in value.items()}


def _choice(*words: str) -> Callable[[Any], str]:
    def convert(value: Any) -> str:
        if value not in words:
            raise ValueError(f"is one of {', '.join(words)}, not {value!r}")
        return str(value)

    return convert


_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmg]?i?)b?", re.IGNORECASE)
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "ki": 2**10, "mi": 2**20, "gi": 2**30}


def _size(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match or match[2].lower() not in _UNITS:
        raise ValueError('must be a size such as 500000, "10 MB" or "1 MiB"')
    return int(float(match[1]) * _UNITS[match[2].lower()])


def _tables(value: Any) -> tuple[Mapping[str, Any], ...]:
    # What is in them is read where rules are made, and only then.
    if not isinstance(value, list | tuple) or not all(isinstance(item, Mapping) for item in value):
        raise TypeError("must be tables, each under [[rules]]")
    return tuple(value)


def _allow(value: Any) -> tuple[AllowEntry, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError('must be a list of tables such as { path = "docs/", rule = "jwt" }')
    return tuple(entry if isinstance(entry, AllowEntry) else _entry(entry) for entry in value)


def _entry(table: Any) -> AllowEntry:
    if not isinstance(table, Mapping):
        raise TypeError("each entry must be a table")
    known = {item.name for item in fields(AllowEntry)}
    if unknown := sorted(table.keys() - known):
        raise ValueError(f"unknown key {unknown[0]!r}; an entry has {', '.join(sorted(known))}")
    if not table.keys() & {"path", "rule", "value"}:
        raise ValueError("an entry needs a path, a rule or a value")
    entry = AllowEntry(**{name: _string(text) for name, text in table.items()})
    if entry.value is not None:
        try:
            re.compile(entry.value)
        except re.error as error:
            raise ValueError(f"{entry.value!r} is no regular expression: {error}") from None
    return entry


@dataclass(frozen=True)
class Option:
    """How a key's value is checked, and whether a layer adds to the ones below."""

    convert: Callable[[Any], Any]
    adds: bool = False


KEYS: dict[str, Option] = {
    "presets": Option(_strings),
    "severity": Option(_levels, adds=True),
    "category-severity": Option(_levels_by_category, adds=True),
    "fail-on": Option(_level),
    "min-score": Option(_scores, adds=True),
    "scope": Option(_choice("changed", "file")),
    "exclude": Option(_strings, adds=True),
    "max-file-size": Option(_size),
    "model": Option(_string),
    "operating-point": Option(_choice(*OPERATING_POINTS)),
    "device": Option(_choice(*DEVICES)),
    "cache": Option(_boolean),
    "baseline": Option(_string),
    "inline-allow": Option(_boolean),
    "report-examples": Option(_boolean),
    "rules": Option(_tables, adds=True),
    "rules-files": Option(_strings, adds=True),
    "plugins": Option(_strings, adds=True),
    "allow": Option(_allow, adds=True),
    "stop-words": Option(_strings, adds=True),
    "strict": Option(_boolean),
    "message": Option(_string),
}
"""Every key as it is written in the file."""


def _attribute(key: str) -> str:
    return key.replace("-", "_")


def as_toml(value: Any) -> str:
    """A value of a `Config` as it would be written in the file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Severity):
        return f'"{value}"'
    if value is None:
        return '"off"'
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(name)} = {as_toml(item)}" for name, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, AllowEntry):
        given = {item.name: getattr(value, item.name) for item in fields(value)}
        return as_toml({name: text for name, text in given.items() if text})
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(as_toml, value))}]"
    return str(value)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else as_toml(name)
