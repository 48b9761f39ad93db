"""Single fields and tables: a field's name, its value, and the syntax around them.

The names are in `templates/keys.toml`, the lines in `templates/wrappers.toml`; of both, training
and development have their own. The number of combinations is what makes contexts diverse.
"""

# ruff: noqa: E501
# Tables of values read better on one line.
from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from leaksift.toml import parse_toml
from training.pools.split import Split, part_of
from training.template import FOLDER, Filling, Slot, write_slot

DEV_SHARE = 0.18

# How often a field of each kind is written; secrets are mostly found in fields.
POSITIVE_WEIGHTS: Mapping[str, float] = {
    "password": 16, "token": 18, "full": 10, "first": 3, "last": 3, "email": 9, "phone": 8, "address": 8, "dob": 9, "url": 9,
    "card": 3, "iban": 3, "bank": 3, "national": 4, "passport": 2, "licence": 1, "customer": 2, "policy": 1.5, "member": 1,
    "mrn": 1.5, "employee": 1, "student": 0.7, "crypto": 0.8, "routing": 0.6, "pin": 0.6,
}  # fmt: skip

_KEY = re.compile(r"KEY|VALUE")


@dataclass(frozen=True)
class Fields:
    """The names and lines of one split."""

    positive: Mapping[str, Sequence[str]]
    negative: Mapping[str, Sequence[str]]
    lines: Mapping[str, Sequence[str]]


def _kept(texts: Sequence[str], split: Split, salt: str) -> list[str]:
    """The texts of one split; development has at least one."""
    dev = [text for text in texts if part_of(text, dev_share=DEV_SHARE, salt=salt) == "dev"]
    dev = dev or sorted(texts)[-1:]
    return dev if split == "dev" else [text for text in texts if text not in dev]


@lru_cache(maxsize=2)
def load(split: Split) -> Fields:
    """The fields of one split."""
    keys = parse_toml((FOLDER / "keys.toml").read_bytes())
    lines = parse_toml((FOLDER / "wrappers.toml").read_bytes())
    return Fields(
        {slot: _kept(names.split(), split, "key") for slot, names in keys["positive"].items()},
        {slot: _kept(names.split(), split, "key") for slot, names in keys["negative"].items()},
        {kind: _kept(found, split, "line") for kind, found in lines.items()},
    )


def key_name(filling: Filling, name: str) -> str:
    """A field's name in one of the spellings that programs use."""
    rng = filling.rng
    roll = rng.random()
    if not name.isascii() or roll < 0.5:
        return name
    if roll < 0.6:
        return name.upper()
    if roll < 0.7:
        return re.sub(r"[_.-](\w)", lambda m: m[1].upper(), name)
    if roll < 0.78:
        return name.replace("_", "-")
    if roll < 0.86:
        return name.replace("_", " ").title()
    if roll < 0.93:
        return f"{rng.choice(filling.lists.words)}_{name}"
    return name.replace("_", " ") if roll < 0.97 else f"{name}{rng.randrange(1, 4)}"


def some_slot(filling: Filling, fields: Fields, share_private: float) -> tuple[str, str]:
    """A slot and a name for the field that holds it; private with that probability."""
    rng = filling.rng
    if rng.random() < share_private:
        slot = rng.choices(tuple(POSITIVE_WEIGHTS), tuple(POSITIVE_WEIGHTS.values()))[0]
        return slot, key_name(filling, rng.choice(fields.positive[slot]))
    slot = rng.choice(tuple(fields.negative))
    return slot, key_name(filling, rng.choice(fields.negative[slot]))


def write_line(filling: Filling, fields: Fields, kind: str, share_private: float) -> None:
    """One field on a line of its own, in the syntax of `kind`."""
    rng = filling.rng
    forms = fields.lines.get(kind) or fields.lines["txt"]
    form = rng.choice(forms)
    slot, name = some_slot(filling, fields, share_private)
    if slot == "token" and rng.random() < 0.25:
        slot = "password"
    position = 0
    for found in _KEY.finditer(form):
        filling.write(form[position : found.start()])
        position = found.end()
        if found.group() == "KEY":
            filling.write(name)
        else:
            write_slot(Slot(slot, 1), filling)
    filling.write(form[position:])


COLUMNS = (
    "full full email phone address dob account url password token national card iban customer first last street "
    "int uuid sha date ts word org place amount ref anyone user title version city postcode visit"
).split()
LIST_FORMS: Mapping[str, tuple[str, str, str, str]] = {
    # kind: start of row, before value, after value, end of row
    "csv": ("", "", ",", ""), "tsv": ("", "", "\t", ""), "semicolon": ("", "", ";", ""), "markdown": ("| ", "", " | ", " |"),
    "quoted": ("", '"', '",', ""), "sql": ("(", "'", "', ", "),"), "html": ("<tr>", "<td>", "</td>", "</tr>"), "fixed": ("", "", "   ", ""),
    "python": ("    (", '"', '", ', "),"), "js": ("  [", "'", "', ", "],"), "pipe": ("", "", "|", ""), "ruby": ("  [", '"', '", ', "],"),
}  # fmt: skip


def write_table(filling: Filling, fields: Fields) -> None:
    """A table with a head, or a list of records, about several people."""
    rng = filling.rng
    columns = rng.sample(COLUMNS, rng.randrange(2, 8))
    heads = [
        key_name(filling, rng.choice(names))
        if (names := fields.positive.get(c) or fields.negative.get(c))
        else c
        for c in columns
    ]
    rows = rng.randrange(2, 9)
    if rng.random() < 0.3:
        write_records(filling, columns, heads, rows)
        return
    form = rng.choice(tuple(LIST_FORMS))
    start, before, after, end = LIST_FORMS[form]
    if form in ("csv", "tsv", "semicolon", "quoted", "markdown", "fixed", "pipe"):
        filling.write(start + after.strip('"').join(heads) + end + "\n")
        if form == "markdown":
            filling.write("|" + "---|" * len(heads) + "\n")
    elif form == "html":
        filling.write("<tr>" + "".join(f"<th>{head}</th>" for head in heads) + "</tr>\n")
    elif form == "sql":
        filling.write(
            f"INSERT INTO {rng.choice(filling.lists.words)} ({', '.join(heads)}) VALUES\n"
        )
    for _ in range(rows):
        filling.people, filling.fixed = {}, {}
        filling.write(start)
        for number, column in enumerate(columns):
            comma = form == "csv" and column in ("address", "lastfirst", "org", "amount", "street")
            filling.write('"' if comma else before)
            write_slot(Slot(column, 1), filling)
            last = number == len(columns) - 1
            filling.write(('"' if comma else "") + (after.rstrip(" ,;|\t") if last else after))
        filling.write(end + "\n")


def write_records(
    filling: Filling, columns: Sequence[str], heads: Sequence[str], rows: int
) -> None:
    """Records with the field names in each, as JSON, YAML, XML or plain pairs."""
    rng = filling.rng
    form = rng.choice(("json", "jsonl", "yaml", "xml", "pairs", "logfmt", "python", "query"))
    for _ in range(rows):
        filling.people, filling.fixed = {}, {}
        pieces = {
            "json": ("  {\n", '    "{}": "', '"', ",\n", "\n  },\n"), "jsonl": ("{", '"{}": "', '"', ", ", "}\n"),
            "yaml": ("- ", "{}: ", "", "\n  ", "\n"), "xml": ("<row>\n", "  <{0}>", "</{0}>", "\n", "\n</row>\n"),
            "pairs": ("", "{}: ", "", "\n", "\n\n"), "logfmt": ("", '{}="', '"', " ", "\n"),
            "python": ("    dict(", '{}="', '"', ", ", "),\n"), "query": ("", "{}=", "", "&", "\n"),
        }[form]  # fmt: skip
        filling.write(pieces[0])
        for number, (column, head) in enumerate(zip(columns, heads, strict=True)):
            filling.write(pieces[1].replace("{0}", head).replace("{}", head))
            write_slot(Slot(column, 1), filling)
            filling.write(pieces[2].replace("{0}", head))
            filling.write(pieces[3] if number < len(columns) - 1 else pieces[4])
