"""Files of a known kind, read as what they are: which of their entries are credentials.

A rule with a `format` names the syntax here and the entries there. The formats:

    auto        by the ending of the file's name: json, yaml, xml, source, and settings otherwise
    settings    lines of `name = value` or `name: value` below `[sections]` or in `blocks { }`
    words       lines of `name value`, with or without a sign between
    json        JSON, with comments and commas that are one too many
    yaml        YAML in blocks
    xml         XML: elements by their names, attributes as `@name`
    source      quoted values that are given to a name in PHP, Python, Ruby, JavaScript
    netrc       the words of a .netrc: `machine/login`, `machine/password`
    kubernetes  YAML or JSON of kind Secret: the entries of its data, decoded
    lines       each line by the rule's own pattern

Readers forgive: a file that is cut off or wrong somewhere gives what can be read, and each takes
time linear in the text. A value that stands for one from elsewhere is no finding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module

from leaksift.finding import Span
from leaksift.rules.files.entry import Entry
from leaksift.rules.paths import matches_end
from leaksift.rules.rule import Rule
from leaksift.rules.validators import VALIDATORS, Candidate
from leaksift.rules.validators.literal import is_literal

Reader = Callable[[str], Iterable[Entry]]

# Where a reader is: module and function. Imported when a file needs it.
_READERS = {
    "settings": "settings.settings",
    "words": "settings.words",
    "json": "json.entries",
    "yaml": "yaml.entries",
    "xml": "xml.entries",
    "source": "source.entries",
    "netrc": "netrc.entries",
    "kubernetes": "kubernetes.entries",
}
_BY_ENDING = {
    "json": "json",
    "yml": "yaml",
    "yaml": "yaml",
    "xml": "xml",
    "config": "xml",
    "php": "source",
    "inc": "source",
    "py": "source",
    "rb": "source",
    "js": "source",
    "ts": "source",
}


_NOTHING = frozenset({"null", "none", "nil", "undefined", "true", "false", "~"})


def read_file(text: str, path: str, rules: Iterable[Rule]) -> Iterator[Span]:
    """The spans that `rules`, which all have a format, see in a text that is called `path`."""
    read: dict[str, list[Entry]] = {}
    for rule in rules:
        if rule.format == "lines":
            entries = _lines(text, rule)
        else:
            name = _format(rule, path)
            if name not in read:
                read[name] = list(_reader(name)(text))
            entries = _chosen(read[name], rule)
        validator = VALIDATORS[rule.validator] if rule.validator else None
        for entry in entries:
            if not entry.value:
                continue
            # A validator has the only word: hashes and coded passwords look like templates.
            if validator:
                if not validator(Candidate(text, entry.start, entry.end, path)):
                    continue
            elif not _is_written_out(entry.value):
                continue
            yield Span(
                entry.start,
                entry.end,
                rule.info.label,
                rule.info.id,
                rule.score,
                "rule",
                rule.generic,
            )


def _is_written_out(value: str) -> bool:
    # In braces is what a program encrypted (Maven) or will fill in; an object is neither. Between
    # backquotes is a command.
    braced = value[0] == "{" and value[-1] == "}" and value[:2] != '{"'
    return not braced and value[0] != "`" and value.lower() not in _NOTHING and is_literal(value)


def _format(rule: Rule, path: str) -> str:
    if rule.format != "auto":
        return str(rule.format)
    return _BY_ENDING.get(path.rpartition(".")[2].lower(), "settings")


def _reader(name: str) -> Reader:
    module, _, function = _READERS[name].partition(".")
    found: Reader = getattr(import_module(f"{__name__}.{module}"), function)
    return found


def _chosen(entries: Iterable[Entry], rule: Rule) -> Iterator[Entry]:
    """The entries that the rule asks for."""
    if not rule.names:
        from leaksift.rules.files.credential_names import is_credential

        yield from (entry for entry in entries if is_credential(entry.names[-1], entry.value))
        return
    patterns = [name.split("/") for name in rule.names]
    # The same few names stand everywhere in a large file.
    asked: dict[tuple[str, ...], bool] = {}
    for entry in entries:
        names = tuple(name.lower() for name in entry.names)
        if names not in asked:
            asked[names] = any(matches_end(pattern, names) for pattern in patterns)
        if asked[names]:
            yield entry


def _lines(text: str, rule: Rule) -> Iterator[Entry]:
    """What the rule's pattern takes from each line, of which it sees `max_length` characters."""
    pattern = re.compile(rule.pattern, re.ASCII)
    group = "value" if "value" in pattern.groupindex else 0
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end == -1 else end
        line = text[start : min(end, start + rule.max_length)].rstrip("\r")
        for match in pattern.finditer(line):
            first, last = match.span(group)
            if first != -1:
                yield Entry((), match[group], start + first, start + last)
        start = end + 1
