"""The model as a detector: documents in, spans and categories out; nothing is loaded until there is
a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from leaksift.document import Document
from leaksift.finding import Reading, RuleInfo, Span
from leaksift.model.backend import open_session, plan_session, wanted_backend
from leaksift.model.calibration import least
from leaksift.model.directory import ModelDirectory
from leaksift.model.labels import label_rules
from leaksift.model.prose import is_prose

if TYPE_CHECKING:
    from leaksift.model.reader import ModelReader
    from leaksift.model.session import Session
    from leaksift.results.memory import ReadingMemory


class Request(NamedTuple):
    """A text to read, the stretches of it whose spans are wanted (None for all), and whether it is
    code: all of a document that has a say in its reading."""

    text: str
    places: tuple[tuple[int, int], ...] | None
    code: bool


class ModelDetector:
    """Finds what a token classifier sees. Not for use by several threads at once."""

    def __init__(
        self,
        directory: ModelDirectory,
        operating_point: str = "default",
        *,
        device: str = "auto",
        screened: bool = True,
        memory: ReadingMemory | None = None,
    ) -> None:
        """With `screened`, a model that has a screen reads only what that lets through; a text
        then has a category only where something was read. With a `memory`, texts that this model
        read before are not read again.

        Raises UsageError for an operating point that the model does not have, and for a backend or
        a device that there is not.
        """
        self._directory = directory
        self._screened = screened
        self._memory = memory
        self._substitute = False
        self._backend = wanted_backend()
        self._device = device
        if device not in ("auto", "cpu"):
            # Said also where there turns out to be nothing to read.
            plan_session(directory, self._backend, device)
        self._notices: list[str] = []
        self._point = directory.operating_point(operating_point)

    @property
    def rules(self) -> tuple[RuleInfo, ...]:
        """What reports say about the eight labels."""
        return label_rules()

    def thresholds(self, path: str) -> Mapping[str, float]:
        """The least score of a span that is reported in a document of that path, by label; none
        for a label without."""
        return least(self._point, code=not is_prose(path))

    @property
    def categories(self) -> tuple[str, ...]:
        """What a document can be about; nothing where the model does not tell."""
        return self._directory.categories

    @property
    def receptive_field(self) -> int:
        """How many tokens on each side have a say in what a token is."""
        return self._directory.receptive_field

    @property
    def notices(self) -> tuple[str, ...]:
        """Lines for the reader; known once there was a text to read."""
        return tuple(self._notices)

    def detect(self, documents: Sequence[Document]) -> list[list[Span]]:
        """The spans of `read` alone."""
        return [reading.spans for reading in self.read(documents)]

    def read(self, documents: Sequence[Document]) -> list[Reading]:
        """What the model sees in each document, in the same order.

        Of a document with changed lines only these are read, with the text around them that has a
        say in what they are: a line in a long file must not cost a reading of the file. Its
        category is then that of what was read.

        A document's spans and scores do not depend on the other documents, to the last bit.
        Raises ModelError when the model's files are damaged.
        """
        readings = [Reading() for _ in documents]
        requests = {
            index: Request(document.text, _changed(document), not is_prose(document.path))
            for index, document in enumerate(documents)
            if document.text.strip()
        }
        if requests:
            found = self._remembered(list(requests.values()))
            for index, of_document in zip(requests, found, strict=True):
                readings[index] = of_document
        return readings

    def _remembered(self, requests: Sequence[Request]) -> Sequence[Reading]:
        if self._memory is None:
            return self._read(requests)
        settings = (self._point, self._backend, self._device, self._screened)
        return self._memory.read(
            repr(settings), requests, self._read, is_exact=lambda: not self._substitute
        )

    def _read(self, requests: Sequence[Request]) -> Sequence[Reading]:
        texts, places, code = zip(*requests, strict=True)
        return self._reader.readings(texts, places, code)

    @cached_property
    def _reader(self) -> ModelReader:
        # NumPy and tokenizers: time that a commit without text need not wait.
        from leaksift.model.reader import ModelReader

        return ModelReader(
            self._directory, self._point, session=self._open_session, screened=self._screened
        )

    def _open_session(self) -> Session:
        opened = open_session(self._directory, self._backend, self._device)
        self._notices += opened.notices
        self._substitute = opened.substitute
        return opened.session


def _changed(document: Document) -> tuple[tuple[int, int], ...] | None:
    """The changed lines as stretches of the text; None for all of it."""
    if document.changed is None:
        return None
    return tuple(
        (document.line_bounds(lines.first)[0], document.line_bounds(lines.last)[1])
        for lines in document.changed
    )
