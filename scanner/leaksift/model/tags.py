"""The 33 classes of the token classifier: background, and begin/inside/end/single of 8 labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

from leaksift.finding import LABELS, Label

Boundary = Literal["O", "B", "I", "E", "S"]
"""Outside, or the place of a token in a span: begin, inside, end, single."""


class Tag(NamedTuple):
    """What one class of the model says about a token. The label of `O` is None."""

    boundary: Boundary
    label: Label | None


BACKGROUND = Tag("O", None)

ALL_TAGS: frozenset[Tag] = frozenset(
    {BACKGROUND} | {Tag(boundary, label) for boundary in get_args(Boundary)[1:] for label in LABELS}
)


def parse_tags(id2label: Mapping[str, str]) -> tuple[Tag, ...]:
    """The tag of every class, by class index, from `id2label` of a `config.json`.

    The order of the classes is the file's: a fine-tune may have its own. Raises ValueError that
    says what is wrong unless it names each of the 33 tags once, with the keys "0" to "32".
    """
    if sorted(id2label) != sorted(str(index) for index in range(len(ALL_TAGS))):
        raise ValueError(f"id2label must have the keys 0 to {len(ALL_TAGS) - 1}")
    names = {_name(tag): tag for tag in ALL_TAGS}
    tags = [names.get(id2label[str(index)]) for index in range(len(ALL_TAGS))]
    if None in tags:
        raise ValueError(f"id2label has an unknown class {id2label[str(tags.index(None))]!r}")
    if len(set(tags)) < len(tags):
        raise ValueError("id2label names a class twice")
    return tuple(tag for tag in tags if tag is not None)


def _name(tag: Tag) -> str:
    return tag.boundary if tag.label is None else f"{tag.boundary}-{tag.label}"
