"""Which template comes next: first its kind, then its language, then one of them.

Without that order a kind with many templates would drown the others. Nothing is written here.
"""

# ruff: noqa: E501
# Tables of values read better on one line.
from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence

from training.template import Template

# How often background of each kind is drawn, as commits have it.
BACKGROUND_WEIGHTS: Mapping[str, float] = {
    "py": 22, "js": 18, "md": 9, "txt": 7, "json": 8, "yaml": 6, "html": 6, "go": 5, "java": 5,
    "c": 4, "rs": 4, "php": 4, "rb": 4, "sh": 4, "ini": 4, "sql": 3, "toml": 2, "css": 1, "csv": 1,
    "po": 2, "man": 1,
}  # fmt: skip

PROSE = ("prose", "chat", "mail", "form", "letter")
# How often texts and files of each kind are written, however many templates there are for it.
PROSE_WEIGHTS: Mapping[str, float] = {"prose": 48, "chat": 12, "mail": 7, "form": 19, "letter": 14}
FILE_WEIGHTS: Mapping[str, float] = {
    **BACKGROUND_WEIGHTS,
    "log": 6,
    "patch": 3,
    "http": 3,
    "csv": 4,
    "ini": 6,
    "sql": 5,
}
ENGLISH_SHARE = 0.55
ENGLISH = ("en", "us", "gb")
# Where the people of one file live, if it does not say: a company has its own country.
HOMES: Mapping[str | None, float] = {
    None: 30, "en": 34, "de": 5, "fr": 5, "es": 5, "mx": 3, "in": 4, "it": 3, "nl": 2.5, "pt": 3, "pl": 2, "sv": 1, "tr": 1,
    "cs": 0.7, "ru": 1, "zh": 1, "ja": 0.8, "ko": 0.6, "uk": 0.6, "no": 0.6, "da": 0.6, "fi": 0.6, "ar": 0.5, "hi": 0.3, "el": 0.3,
}  # fmt: skip
NOTES = {"prose": 8.0, "chat": 2.0, "mail": 1.0, "form": 1.0, "letter": 0.5}
"""What stands in a comment or between the lines of a file."""


def group_of(found: Template) -> str:
    """The language that a template is written in; templates that name none are in English."""
    return "en" if found.locale in (None, *ENGLISH) else str(found.locale)


def by_kind(templates: Iterable[Template]) -> Mapping[str, Mapping[str, Sequence[Template]]]:
    """Templates by kind and language."""
    found: dict[str, dict[str, list[Template]]] = {}
    for one in templates:
        found.setdefault(one.kind, {}).setdefault(group_of(one), []).append(one)
    return found


def home(rng: random.Random) -> str | None:
    """Where the people of a file live."""
    return rng.choices(tuple(HOMES), tuple(HOMES.values()))[0]


def drawn(
    rng: random.Random,
    kinds: Mapping[str, Mapping[str, Sequence[Template]]],
    weights: Mapping[str, float],
) -> Template:
    """A template: first its kind, then its language, then one of them."""
    names = [kind for kind in kinds if kind in weights]
    kind = rng.choices(names, [weights[name] for name in names])[0]
    languages = kinds[kind]
    language = "en"
    if "en" not in languages or rng.random() > ENGLISH_SHARE:
        language = rng.choice([name for name in languages if name != "en"] or ["en"])
    return rng.choice(languages[language])


def locale_for(rng: random.Random, found: Template) -> str | None:
    """The locale of the people in a document that begins with this template."""
    if found.locale is not None:
        return found.locale
    if found.kind not in PROSE:
        return home(rng)
    return "en" if rng.random() < 0.88 else None
