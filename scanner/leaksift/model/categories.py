"""What a document is about: the names of the categories and the model's logits to probabilities."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from leaksift.finding import DocumentCategory


def parse_categories(id2category: Mapping[str, str]) -> tuple[str, ...]:
    """The name of every category, by its index, from `id2category` of a `config.json`.

    Raises ValueError that says what is wrong unless the keys count from "0" and the names differ.
    """
    names = [id2category.get(str(index), "") for index in range(len(id2category))]
    if "" in names:
        raise ValueError(f"id2category must have the keys 0 to {len(id2category) - 1} and names")
    if len(set(names)) < len(names):
        raise ValueError("id2category names a category twice")
    return tuple(names)


def category_of(names: Sequence[str], logits: Sequence[float]) -> DocumentCategory:
    """The softmax of a document's logits; of equally likely categories the first."""
    highest = max(logits)
    powers = [math.exp(logit - highest) for logit in logits]
    total = math.fsum(powers)
    return DocumentCategory(
        names[logits.index(highest)],
        {name: power / total for name, power in zip(names, powers, strict=True)},
    )
