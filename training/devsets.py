"""The fixed development sets: what every model is measured on, written as JSON lines.

    developer    files of developers with private data: development templates, values, background
    clean        real files of packages held out from training, nothing private in them
    forms        forms and letters
    prose        sentences
    noisy        tweets of the section held out, real names
    stories      sentences of books and spoken language held out, with made-up people
    secrets      lines of public repositories held out, every candidate judged
    categories   texts of a known category from sources held out

The form of a line is said in `example.py`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Literal, get_args

from training import generate, template
from training.background import doubtful
from training.data import WORK
from training.draw import BACKGROUND_WEIGHTS, group_of, locale_for
from training.example import Example, LabelledSpan, as_json, parse_example
from training.generate import World
from training.layout import roughened
from training.real_secrets import write_window

Name = Literal["developer", "clean", "forms", "prose", "noisy", "stories", "secrets", "categories"]
NAMES: tuple[Name, ...] = get_args(Name)
SIZES = {
    "developer": 700,
    "clean": 400,
    "forms": 300,
    "prose": 1600,
    "noisy": 1500,
    "stories": 800,
    "secrets": 600,
    "categories": 1500,
}
SEED = 4242


def dev_set(name: Name, work: Path = WORK, seed: int = SEED) -> list[Example]:
    """One development set, always the same one for the same work folder."""
    here = generate.world("dev", work)
    rng = random.Random(f"{name} {seed}")
    if name == "categories":
        found = generate.document_examples(seed, "dev", work)
    else:
        found = MAKERS[name](here, rng)
    return list(islice(found, SIZES[name]))


def clean_for_calibration(work: Path = WORK, seed: int = SEED) -> list[Example]:
    """Up to 1,200 clean files of the development split that the set `clean` does not have."""
    found = clean(generate.world("dev", work), random.Random(f"clean {seed}"))
    return list(islice(found, SIZES["clean"], SIZES["clean"] + 1_200))


def evenly(rng: random.Random, found: Sequence[template.Template]) -> template.Template:
    """A template; half of the time by label, so that the rarer labels are measured as well."""
    if rng.random() < 0.5:
        return rng.choice(found)
    label = rng.choice(sorted({label for one in found for label in one.labels}))
    return rng.choice([one for one in found if label in one.labels])


def developer(here: World, rng: random.Random) -> Iterator[Example]:
    """Longer files with private data among real text."""
    makers = (
        generate.templates_alone,
        generate.injected,
        generate.injected,
        generate.only_fields,
        generate.table,
        rare,
    )
    while True:
        example = rng.choice(makers)(here, rng)
        if example.spans:
            yield example


def rare(here: World, rng: random.Random) -> Example:
    """A template of a file by its label, between real text."""
    first = evenly(rng, here.private)
    filling = generate.start(here, rng, locale_for(rng, first))
    kind, piece = generate.piece_of(here, rng, first.kind)
    if kind == first.kind:
        filling.write(generate.cut(rng, piece.text, 300) + "\n")
    template.fill(first.parts, filling)
    return generate.finish(filling, first.origin, background=True)


def clean(here: World, rng: random.Random) -> Iterator[Example]:
    """Long pieces of real code and configuration, each file once, without doubtful stretches."""
    kinds = [kind for kind in BACKGROUND_WEIGHTS if kind in here.background]
    left = {kind: rng.sample(here.background[kind], len(here.background[kind])) for kind in kinds}
    while any(left.values()):
        kinds = [kind for kind in kinds if left[kind]]
        weights = [BACKGROUND_WEIGHTS[kind] for kind in kinds]
        kind = rng.choices(kinds, weights)[0]
        piece = left[kind].pop()
        if not doubtful(piece.text):
            yield Example(piece.text, (), f"{piece.package} {kind}")


def forms(here: World, rng: random.Random) -> Iterator[Example]:
    """One form or letter of several parts about the same people."""
    found = [t for t in here.prose if t.kind in ("form", "letter", "mail")]
    while True:
        first = evenly(rng, found)
        same = [t for t in found if group_of(t) == group_of(first)]
        filling = generate.start(here, rng, locale_for(rng, first))
        template.fill(first.parts, filling)
        for _ in range(rng.choice((0, 1, 2))):
            filling.write("\n\n")
            template.fill(rng.choice(same).parts, filling)
        yield roughened(generate.finish(filling, first.origin), rng)


def sentences(here: World, rng: random.Random) -> Iterator[Example]:
    """Single sentences, four of five with private data."""
    found = [t for t in here.prose if t.kind in ("prose", "chat")]
    empty = [t for t in here.clean if t.kind in ("prose", "chat")] or here.clean
    while True:
        chosen = evenly(rng, found) if rng.random() < 0.8 else rng.choice(empty)
        filling = generate.start(here, rng, locale_for(rng, chosen))
        template.fill(chosen.parts, filling)
        yield generate.finish(filling, chosen.origin)


def noisy(here: World, rng: random.Random) -> Iterator[Example]:
    """Tweets as they are."""
    order = list(here.tweets)
    rng.shuffle(order)
    for text, spans in order:
        marked = tuple(LabelledSpan(start, end, "private_person") for start, end in spans)
        yield Example(text, marked, "broad_twitter_corpus h")


def stories(here: World, rng: random.Random) -> Iterator[Example]:
    """Sentences and posts about people, the rarer languages as often as in training."""
    while True:
        yield generate.stories(here, rng)


def judged(here: World, rng: random.Random) -> Iterator[Example]:
    """All windows of the repositories held out, once, with their real values."""
    for window in here.secrets:
        filling = generate.start(here, rng)
        write_window(filling, window)
        yield generate.finish(filling, window.repository)


MAKERS: dict[str, Callable[[World, random.Random], Iterator[Example]]] = {
    "developer": developer,
    "clean": clean,
    "forms": forms,
    "prose": sentences,
    "noisy": noisy,
    "stories": stories,
    "secrets": judged,
}


def read_set(name: Name, work: Path = WORK) -> list[Example]:
    """A development set that `write_sets` wrote."""
    text = (work / "dev" / f"{name}.jsonl").read_text(encoding="utf-8")
    return [parse_example(line) for line in text.split("\n") if line]


def write_sets(work: Path = WORK) -> dict[str, int]:
    """Writes all development sets to `dev/` in the work folder; returns their sizes."""
    folder = work / "dev"
    folder.mkdir(parents=True, exist_ok=True)
    sizes: dict[str, int] = {}
    for name in NAMES:
        found = dev_set(name, work)
        text = "".join(as_json(example) + "\n" for example in found)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
        sizes[name] = len(found)
    return sizes
