"""What a rule is, and how a preset file becomes rules. Nothing is matched here.

A preset is a TOML file with an array `rules`. The keys of a rule:

    id                 kebab-case, unique among all presets
    title              what it is, without a full stop
    why                what somebody can do with such a value
    fix                what to do now
    severity           block | warn | note
    label              one of `leaksift.finding.LABELS`
    pattern            regular expression, Python syntax, ASCII classes. The group `value` is what
                       is reported; without one, the whole match is
    assigned           instead of a pattern: which words a name holds, and what value is assigned to
                       it. See `leaksift.rules.assigned`
    anchor             optional: a shorter expression that every match of `pattern` contains. The
                       one pass over the text looks for it instead of the pattern, which keeps
                       that pass cheap where the pattern is long or has wide repeats
    anchor-at-start    true where a match of `anchor` begins just where the pattern's begins: then
                       only that place is tried. Worth it for words that code is full of; the
                       anchor must then do without lookarounds
    max-length         the longest match of `pattern`, in characters (default 512). Candidates are
                       confirmed in regions of this size, so that scanning stays linear
    paths              optional: only documents with such a path. A pattern is a file's name, or the
                       end of its path where it has slashes (`.docker/config.json`); `*` stands for
                       anything but a slash; upper and lower case are the same. Examples are taken
                       as the content of a file called by the first one, its `*` read as `example`
    format             optional: the document is read as what it is (`json`, `yaml`, `xml`,
                       `settings`, ...: see `leaksift.rules.files`), and the rule picks its
                       entries. It needs `paths`, or an `anchor`: with that a document in which it
                       stands is read too, whatever its path. `pattern` is only for `lines`, which
                       tries it on each line
    names              with `format`: the entries to report, by name, or by the names on the way to
                       them (`auths/*/auth`), with `*` as in `paths`. Without it: the names that
                       sound like a credential, where the value looks like one
    keywords           optional words, matched in any case; one of them must stand within `near`
                       characters (default 80) before or after the match
    beside             optional: an expression for the other half of a pair (an access key id and
                       its secret, a user and a password, a public key and a secret one). Where it
                       matches within `beside-lines` lines (default 5, at most 2000 characters)
                       before or after the match, and not in it, the finding's score is that of the
                       next higher precision
    beside-only        true: no finding without the other half
    validator          optional: name of a function of `validators.py` that has the last word
    precision          very-high | high | medium | low
    security-severity  0.1 to 10.0
    cwe                number
    references         URLs of the provider's documentation
    generic            true for a broad rule, which yields to a specific one where both match. One
                       of medium or low precision is looked for in decoded text only where that is
                       a document (JSON, settings), and `leaksift.rules.lookalikes` has a veto
    examples.match     texts in which exactly this rule finds something; each is a list of pieces
                       that are joined, so that no scanner takes this file for a leak
    examples.ignore    texts in which this rule finds nothing, likewise in pieces
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from leaksift.errors import ConfigError
from leaksift.finding import LABELS, Precision, RuleInfo, Severity
from leaksift.rules.assigned import with_pattern
from leaksift.toml import parse_toml

PRESETS = ("secrets", "keys", "files", "schemes", "generic", "pii", "internal")
"""The families of rules that ship with leaksift, in the order in which reports list their rules."""

FORMATS = (
    "auto",
    "settings",
    "words",
    "json",
    "yaml",
    "xml",
    "source",
    "netrc",
    "kubernetes",
    "lines",
)
"""How a document can be read; `leaksift.rules.files` says what each is."""

SCORES: dict[Precision, float] = {"very-high": 0.99, "high": 0.95, "medium": 0.8, "low": 0.5}
"""The score of a rule's span: a rule does not weigh evidence, its precision is known beforehand."""

_NEXT_PRECISION: dict[Precision, Precision] = {
    "low": "medium",
    "medium": "high",
    "high": "very-high",
    "very-high": "very-high",
}


@dataclass(frozen=True)
class Rule:
    """One rule, ready to be compiled. See the module's text for the fields."""

    info: RuleInfo
    pattern: str
    anchor: str
    anchor_at_start: bool = False
    max_length: int = 512
    paths: tuple[str, ...] = ()
    format: str | None = None
    names: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    near: int = 80
    beside: str | None = None
    beside_lines: int = 5
    beside_only: bool = False
    validator: str | None = None
    generic: bool = False

    @property
    def score(self) -> float:
        return SCORES[self.info.precision]

    @property
    def score_of_a_pair(self) -> float:
        """The score where the other half of a pair is there too."""
        return SCORES[_NEXT_PRECISION[self.info.precision]]

    @property
    def broad(self) -> bool:
        """Whether the rule goes by a name or by what stands near, not by a form."""
        return self.generic and self.info.precision in ("medium", "low")

    @property
    def example_path(self) -> str:
        """What the document is called in which the rule's examples stand."""
        return self.paths[0].replace("*", "example") if self.paths else "example"


_REQUIRED = {"id", "title", "why", "fix", "severity", "label", "precision"} | {
    "security-severity",
    "cwe",
}
_OPTIONAL = {
    "pattern",
    "anchor",
    "anchor-at-start",
    "max-length",
    "paths",
    "format",
    "names",
    "keywords",
    "near",
    "beside",
    "beside-lines",
    "beside-only",
    "validator",
    "references",
} | {
    "generic",
    "examples",
}


def preset_bytes(name: str) -> bytes:
    """The TOML text of a preset that ships with leaksift: a file, or the files of a folder."""
    presets = Path(__file__).parent / "presets"
    if (folder := presets / name).is_dir():
        return b"\n".join(file.read_bytes() for file in sorted(folder.glob("*.toml")))
    return (presets / f"{name}.toml").read_bytes()


def parse_rules(data: bytes, origin: str, family: str = "") -> tuple[Rule, ...]:
    """The rules of one preset file. Raises ConfigError that names `origin` and the rule."""
    try:
        tables = parse_toml(data)["rules"]
    except (ValueError, KeyError) as error:
        raise ConfigError(f"{origin}: not a rule file: {error}") from None
    return tuple(make_rule(table, origin, family) for table in tables)


def examples(data: bytes) -> Iterable[tuple[str, str, str]]:
    """(rule id, "match" or "ignore", text) of every example in a preset file, for tests."""
    for table in parse_toml(data)["rules"]:
        for kind, texts in table.get("examples", {}).items():
            for pieces in texts:
                yield table["id"], kind, "".join(pieces)


def make_rule(table: Mapping[str, Any], origin: str, family: str = "") -> Rule:
    """The rule of one table. Raises ConfigError that names `origin` and the rule."""
    where = f"{origin}: rule {table.get('id', '?')}"
    if "assigned" in table:
        try:
            table = with_pattern(table)
        except ValueError as error:
            raise ConfigError(f"{where}: {error}") from None
    if missing := _REQUIRED - table.keys():
        raise ConfigError(f"{where}: missing {', '.join(sorted(missing))}")
    if unknown := table.keys() - _REQUIRED - _OPTIONAL:
        raise ConfigError(f"{where}: unknown key {', '.join(sorted(unknown))}")
    if table["label"] not in LABELS:
        raise ConfigError(f"{where}: label is one of {', '.join(LABELS)}")
    if table["precision"] not in get_args(Precision):
        raise ConfigError(f"{where}: precision is one of {', '.join(get_args(Precision))}")
    try:
        severity = Severity.parse(table["severity"])
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from None
    if mistake := _wrong_place(table):
        raise ConfigError(f"{where}: {mistake}")
    return Rule(
        info=RuleInfo(
            id=table["id"],
            title=table["title"],
            why=table["why"],
            fix=table["fix"],
            label=table["label"],
            severity=severity,
            precision=table["precision"],
            security_severity=float(table["security-severity"]),
            cwe=int(table["cwe"]),
            references=tuple(table.get("references", ())),
            family=family,
        ),
        pattern=table.get("pattern", ""),
        # What reads files line by line is not searched for in all others.
        anchor=table.get("anchor", "" if "format" in table else table["pattern"]),
        anchor_at_start=bool(table.get("anchor-at-start", False)),
        max_length=int(table.get("max-length", 512)),
        paths=tuple(path.lower() for path in table.get("paths", ())),
        format=table.get("format"),
        names=tuple(name.lower() for name in table.get("names", ())),
        keywords=tuple(word.lower() for word in table.get("keywords", ())),
        near=int(table.get("near", 80)),
        beside=table.get("beside"),
        beside_lines=int(table.get("beside-lines", 5)),
        beside_only=bool(table.get("beside-only", False)),
        validator=table.get("validator"),
        generic=bool(table.get("generic", False)),
    )


def _wrong_place(table: Mapping[str, Any]) -> str | None:
    """What is wrong with the keys that say where a rule looks."""
    if "format" not in table:
        if "names" in table:
            return "names without format"
        return None if table.get("pattern") else "missing pattern"
    if table["format"] not in FORMATS:
        return f"format is one of {', '.join(FORMATS)}"
    if not table.get("paths") and not table.get("anchor"):
        return "a format needs paths or an anchor"
    if (table["format"] == "lines") != bool(table.get("pattern")):
        return "pattern and format: only lines has both, and it needs both"
    return None
