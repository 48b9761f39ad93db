"""How good a model is, on the development split: the figures of the model card.

A span counts only when both ends and the label are right (strict). Stretches that nobody vouches
for are left out. The model is read through `leaksift.model`, exactly as the scanner reads it; what
rules add is not measured here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from leaksift.finding import CATEGORIES, LABELS, Span
from leaksift.model.calibration import NEUTRAL, Biases, OperatingPoint, calibrated
from leaksift.model.directory import ModelDirectory
from leaksift.model.reader import ModelReader
from leaksift.model.session import Logits, Session
from leaksift.model.spans import spans_of
from leaksift.model.tags import Tag, parse_tags
from leaksift.model.tokenize import Tokens, encode, open_tokenizer
from leaksift.model.viterbi import Grammar, build_grammar, decode
from training.alignment import CLASSES
from training.example import Example
from training.model import BLOCK, Model
from training.rows import documents_of

Spot = tuple[int, int, str]
"""Start, end and label."""


class TorchSession:
    """A model that is being trained, in the place of an exported graph: both inputs [rows, tokens]
    in, logits and category logits (or None) out."""

    packing = None

    def __init__(self, model: nn.Module, block: int = BLOCK, rows_independent: bool = True) -> None:
        """`block` is what the number of tokens must be a multiple of; `rows_independent` as in
        `Session`."""
        self.model = model.eval()
        self.device = next(model.parameters()).device
        self.block = block
        self.rows_independent = rows_independent

    def run(
        self,
        input_ids: NDArray[np.int64],
        attention_mask: NDArray[np.int64],
        position_ids: NDArray[np.int64] | None = None,
    ) -> Logits:
        tokens = input_ids.shape[1]
        fill = ((0, 0), (0, -tokens % self.block))
        ids = torch.from_numpy(np.pad(input_ids, fill)).to(self.device)
        mask = torch.from_numpy(np.pad(attention_mask, fill)).to(self.device)
        with torch.inference_mode():
            logits, documents = self.model(ids, mask)
        return Logits(
            logits[:, :tokens].cpu().numpy(), None if documents is None else documents.cpu().numpy()
        )


TAGS = parse_tags({str(index): name for index, name in enumerate(CLASSES)})
"""The tag of every class of the embedded model."""

NO_BIAS = Biases()


def open_reader(
    model: Model, tokenizer: Path, point: OperatingPoint = NEUTRAL["default"]
) -> ModelReader:
    """The scanner's reader over a model that has not been exported."""
    directory = ModelDirectory(
        path=tokenizer.parent,
        graph=tokenizer.parent / "not exported",
        tokenizer=tokenizer,
        tags=TAGS,
        receptive_field=model.config.receptive_field,
        pad_id=0,
        vocabulary=model.config.vocab_size,
        operating_points=NEUTRAL,
    )
    return ModelReader(directory, point, session=TorchSession(model), threads=1)


@dataclass
class Counts:
    """Spans found and right, found and wrong, and missed, by label; and lines read."""

    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    lines: int = 0

    def add(self, example: Example, found: Iterable[Spot]) -> None:
        """Counts one text."""
        gold = {(span.start, span.end, str(span.label)) for span in example.spans}
        gold, spots = (
            {spot for spot in spots if not within(spot, example.unknown)}
            for spots in (gold, set(found))
        )
        self.right.update(spot[2] for spot in gold & spots)
        self.wrong.update(spot[2] for spot in spots - gold)
        self.missed.update(spot[2] for spot in gold - spots)
        self.lines += example.text.count("\n") + 1

    def __iadd__(self, other: Counts) -> Counts:
        """Adds the counts of other texts."""
        self.right += other.right
        self.wrong += other.wrong
        self.missed += other.missed
        self.lines += other.lines
        return self

    def table(self) -> dict[str, dict[str, float]]:
        """Precision, recall, F1 and number of gold spans for each label, and for `all`."""
        rows = {label: [label] for label in LABELS} | {"all": list(LABELS)}
        return {
            name: _row(*(sum(count[label] for label in labels) for count in self._counts))
            for name, labels in rows.items()
        }

    @property
    def _counts(self) -> tuple[Counter[str], Counter[str], Counter[str]]:
        return self.right, self.wrong, self.missed


def _row(right: int, wrong: int, missed: int) -> dict[str, float]:
    return {
        "precision": round(right / max(1, right + wrong), 4),
        "recall": round(right / max(1, right + missed), 4),
        "f1": round(2 * right / max(1, 2 * right + wrong + missed), 4),
        "spans": right + missed,
        "wrong": wrong,
    }


def within(spot: Spot, stretches: Sequence[tuple[int, int]]) -> bool:
    """Whether the span touches one of the stretches."""
    return any(spot[0] < end and start < spot[1] for start, end in stretches)


def spots_of(spans: Iterable[Span]) -> list[Spot]:
    """What the reader found, without its scores."""
    return [(span.start, span.end, span.label) for span in spans]


@dataclass(frozen=True)
class Read:
    """A labelled text after the model and before the decoder."""

    example: Example
    tokens: Tokens
    logits: NDArray[np.float32]

    def spans(self, tags: Sequence[Tag], grammar: Grammar) -> list[Span]:
        """What the decoder finds."""
        classes = decode(self.logits, grammar)
        return spans_of(self.example.text, self.tokens, self.logits, classes, tags)


def read_all(reader: ModelReader, examples: Sequence[Example]) -> list[Read]:
    """The logits of each text, computed once for all operating points."""
    tokens = [encode(reader._tokenizer, example.text) for example in examples]
    logits = reader.logits(tokens)
    return [Read(*parts) for parts in zip(examples, tokens, logits, strict=True)]


def everything(_: Span) -> bool:
    """Keeps every span."""
    return True


def count(
    read: Iterable[Read],
    tags: Sequence[Tag],
    point: OperatingPoint | Biases,
    keep: Callable[[Span], bool] = everything,
    code: bool = False,
) -> Counts:
    """Decodes at this operating point and compares the spans to keep; `code` as in `calibrated`."""
    counts = Counts()
    point = OperatingPoint(point) if isinstance(point, Biases) else point
    grammar = build_grammar(tags, point.biases)
    for text in read:
        found = calibrated(text.spans(tags, grammar), point, code=code)
        counts.add(text.example, spots_of(filter(keep, found)))
    return counts


def false_spans(counts: Counts) -> dict[str, float]:
    """Of clean code: the spans that the model reports, by label and per 1,000 lines."""
    wrong = {label: float(number) for label, number in sorted(counts.wrong.items())}
    per_thousand = 1000 * counts.wrong.total() / max(1, counts.lines)
    return {"lines": counts.lines, "per_1000_lines": round(per_thousand, 3)} | wrong


def category_accuracy(
    session: Session, tokenizer: Path, documents: Iterable[Example]
) -> dict[str, float]:
    """The share of development documents whose category is right, over all and by category."""
    ids, lengths, categories = documents_of(documents, open_tokenizer(tokenizer, 2**15), 512)
    pairs = []
    for row, length, category in zip(ids, lengths, categories, strict=True):
        padded = int(length) + -int(length) % BLOCK
        mask = (np.arange(padded) < length).astype(np.int64)[None]
        answer = session.run(row[None, :padded].astype(np.int64), mask).documents
        assert answer is not None
        pairs.append((CATEGORIES[category], CATEGORIES[int(answer[0].argmax())]))
    return category_shares(pairs)


def category_shares(pairs: Iterable[tuple[str, str]]) -> dict[str, float]:
    """The share of documents whose category is right, of all and by category, from pairs of what
    a document is about and what the model takes it for."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for category, taken in pairs:
        total[category] += 1
        right[category] += int(taken == category)
    shares = {name: round(right[name] / total[name], 4) for name in sorted(total)}
    return {"all": round(right.total() / max(1, total.total()), 4)} | shares


def print_table(table: dict[str, dict[str, float]]) -> None:
    """The table of `Counts`, for people."""
    print(f"{'':18}{'P':>8}{'R':>8}{'F1':>8}{'spans':>8}{'wrong':>8}")
    for name, row in table.items():
        shares = "".join(f"{row[key]:8.3f}" for key in ("precision", "recall", "f1"))
        print(f"{name:18}{shares}{row['spans']:8.0f}{row['wrong']:8.0f}")
