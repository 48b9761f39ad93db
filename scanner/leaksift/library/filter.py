"""`PrivacyFilter`: finds and redacts what is private in texts, batches of texts and streams."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterable, Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TypeVar, overload

from leaksift.config import Config
from leaksift.errors import UsageError
from leaksift.finding import DocumentCategory, Label, RuleInfo, Span
from leaksift.library.markers import Marker, Markers, make_marker
from leaksift.library.reading import Detectors, Join, Read
from leaksift.library.redactor import Redactor
from leaksift.library.result import (
    Detection,
    FoundSpan,
    Progress,
    Redaction,
    Tally,
)
from leaksift.library.sections import Section
from leaksift.library.settings import Settings
from leaksift.library.streams import (
    AsyncStream,
    Stream,
    Text,
    spans_taken,
    text_taken,
)
from leaksift.rules.custom import CustomRule

OnProgress = Callable[[Progress], None]

# Sections are read together up to about this many characters: enough to fill a model's batches,
# little enough to hold.
_TOGETHER = 500_000

_ReadSections = Callable[[Sequence[Section], str], list[Read]]

Result = TypeVar("Result")


class PrivacyFilter:
    """Rules and a model that are loaded once and asked often, by any number of threads.

    `load` makes one; it is a context manager, and `close` lets go of the model. A filter can be
    pickled, which passes on its settings: the other process loads the model itself and makes keys
    of its own.
    """

    def __init__(self, settings: Settings, *, on_progress: OnProgress | None = None) -> None:
        """Most people call `load`. Raises as it does."""
        self._settings = settings
        self._on_progress = on_progress
        self._detectors: Detectors | None = Detectors(settings)
        # Hashes and synthetic values of one filter go together, and die with it.
        self._key = secrets.token_bytes(32)

    @classmethod
    def load(
        cls,
        *,
        model: str = "embedded",
        rules: Sequence[CustomRule] = (),
        presets: Sequence[str] = Config.presets,
        labels: Sequence[Label] = (),
        min_score: float | Mapping[str, float] = 0.0,
        operating_point: str = "default",
        device: str = "auto",
        offline: bool = False,
        section: int | None = None,
        screen: bool = False,
        cache: bool = False,
        on_progress: OnProgress | None = None,
    ) -> PrivacyFilter:
        """A filter with these settings.

        `model` is "embedded", "none" or a model's directory; where no model is embedded, `notices`
        says so and the rules work alone. `rules` are added to those of the `presets`. With
        `labels`, only these kinds are reported. What is less sure than `min_score` (0 to 1, for
        all or by label or rule) is not there. `operating_point` is the model's. `device` is "auto",
        "cpu", "cuda", "coreml", "directml" or "openvino". With `offline` nothing is ever fetched.
        `section` is how many characters are decided at a time: fewer make a stream faster to answer
        and slower in all (see `longest_delay`). With `screen`, the model reads only what its screen
        lets through, which is much faster and leaves most texts without a category. With `cache`,
        what the model saw in a text (offsets and scores under a keyed hash, never the text) is kept
        in the cache directory, and a text that comes again is not read again.

        Raises ConfigError for a rule or preset that cannot be used, ModelError for a damaged model
        and UsageError for what makes no sense.
        """
        settings = Settings(
            model=model,
            rules=tuple(rules),
            presets=tuple(presets),
            labels=tuple(labels),
            min_score=min_score,
            operating_point=operating_point,
            device=device,
            offline=offline,
            section=section,
            screen=screen,
            cache=cache,
        )
        return cls(settings, on_progress=on_progress)

    @property
    def settings(self) -> Settings:
        """What it was loaded with."""
        return self._settings

    @property
    def rules(self) -> tuple[RuleInfo, ...]:
        """All that it can find."""
        return self._open.rules

    @property
    def notices(self) -> tuple[str, ...]:
        """Lines about what is not there: no model, a slower backend."""
        detectors = self._open
        if not detectors.has_model and self._settings.model != "none":
            return ("no model is installed: rules only (model= names a directory)",)
        return detectors.notices

    @property
    def usual_delay(self) -> int:
        """After at most how many more characters a stream gives a character out, where nothing
        long begins."""
        return self._open.usual_delay

    @property
    def longest_delay(self) -> int:
        """The same for any text: a key block is waited for."""
        return self._open.longest_delay

    @overload
    def detect(self, text: str, *, path: str = "") -> Detection: ...  # type: ignore[overload-overlap]
    @overload
    def detect(self, text: Iterable[str], *, path: str = "") -> Stream[FoundSpan]: ...
    @overload
    def detect(self, text: AsyncIterable[str], *, path: str = "") -> AsyncStream[FoundSpan]: ...
    def detect(
        self, text: str | Iterable[str] | AsyncIterable[str], *, path: str = ""
    ) -> Detection | Stream[FoundSpan] | AsyncStream[FoundSpan]:
        """What is private in a text, or in the chunks of one, as a stream of spans.

        `path` is what the text is called, with forward slashes: some rules are for files of a
        name. Raises ModelError for a damaged model and UsageError for what is no text.
        """
        if isinstance(text, str):
            (detection,) = self._detections([text], path)
            return detection
        return self._stream(text, Text(lambda: self._open, path, spans_taken))

    @overload
    def redact(  # type: ignore[overload-overlap]
        self, text: str, markers: Markers = "label", *, path: str = ""
    ) -> Redaction: ...
    @overload
    def redact(
        self, text: Iterable[str], markers: Markers = "label", *, path: str = ""
    ) -> Stream[str]: ...
    @overload
    def redact(
        self, text: AsyncIterable[str], markers: Markers = "label", *, path: str = ""
    ) -> AsyncStream[str]: ...
    def redact(
        self,
        text: str | Iterable[str] | AsyncIterable[str],
        markers: Markers = "label",
        *,
        path: str = "",
    ) -> Redaction | Stream[str] | AsyncStream[str]:
        """The text with markers in the place of what is private, or a stream of it.

        `markers` is a name, a mapping, a callable, None or an object: see
        `leaksift.library.markers`. Raises as `detect` does.
        """
        marker = make_marker(markers, self._key)
        if isinstance(text, str):
            (redaction,) = self._redactions([text], marker, path)
            return redaction
        return self._stream(text, Text(lambda: self._open, path, text_taken(Redactor(marker))))

    def detect_batch(
        self, texts: Iterable[str], *, path: str = "", rules_only: bool = False
    ) -> list[Detection]:
        """`detect` for many texts, which the model reads together; with `rules_only` it reads
        none. In their order; each has the result that it has alone."""
        return list(self._detections(_texts(texts), path, rules_only=rules_only))

    def redact_batch(
        self, texts: Iterable[str], markers: Markers = "label", *, path: str = ""
    ) -> list[Redaction]:
        """`redact` for many texts. Numbers of "numbered" markers go through all of them."""
        return list(self._redactions(_texts(texts), make_marker(markers, self._key), path))

    def classify(self, text: str) -> DocumentCategory | None:
        """What the text is about; None where there is no text. Raises ModelError where no model
        tells."""
        detectors = self._open
        detectors.require_categories()
        join = Join()
        for reads in self._in_groups(_texts([text]), "", detectors.categories):
            for _, read in reads:
                join.add(read)
        return join.category

    def close(self) -> None:
        """Lets go of the rules and the model. Streams that are not at their end fail."""
        self._detectors = None

    def __enter__(self) -> PrivacyFilter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"PrivacyFilter({self._settings!r})"

    def __reduce__(self) -> tuple[type[PrivacyFilter], tuple[Settings]]:
        return PrivacyFilter, (self._settings,)

    @property
    def _open(self) -> Detectors:
        if self._detectors is None:
            raise UsageError("the filter is closed: load another one")
        return self._detectors

    def _stream(
        self, chunks: Iterable[str] | AsyncIterable[str], text: Text[Result]
    ) -> Stream[Result] | AsyncStream[Result]:
        if isinstance(chunks, AsyncIterable):
            return AsyncStream(text, chunks)
        if isinstance(chunks, Iterable) and not isinstance(chunks, bytes | bytearray):
            return Stream(text, chunks)
        raise UsageError(
            f"a text is a str or an iterable of str, not {type(chunks).__name__}: decode it first"
        )

    def _detections(
        self, texts: Sequence[str], path: str, *, rules_only: bool = False
    ) -> Iterator[Detection]:
        spans: list[list[FoundSpan]] = [[] for _ in texts]
        joins = [Join() for _ in texts]
        looks = self._open.read_by_rules if rules_only else self._open.read
        for reads in self._in_groups(texts, path, looks):
            for number, read in reads:
                spans[number] += self._found(joins[number].add(read))
        for found, join in zip(spans, joins, strict=True):
            yield Detection(tuple(found), join.category)

    def _redactions(self, texts: Sequence[str], marker: Marker, path: str) -> Iterator[Redaction]:
        joins = [Join() for _ in texts]
        redactors = [Redactor(marker) for _ in texts]
        pieces: list[list[str]] = [[] for _ in texts]
        spans: list[list[FoundSpan]] = [[] for _ in texts]
        for reads in self._in_groups(texts, path, self._open.read):
            for number, read in reads:
                found = self._found(joins[number].add(read))
                piece, marked = redactors[number].add(read.section, found)
                pieces[number].append(piece)
                spans[number] += marked
        for text, join, made, marked in zip(texts, joins, pieces, spans, strict=True):
            tally = Tally()
            for span in marked:
                tally.add(span)
            summary = tally.summary(len(text), join.category)
            yield Redaction("".join(made), tuple(marked), summary)

    def _found(self, spans: Iterable[Span]) -> list[FoundSpan]:
        found = (self._open.found(span) for span in spans)
        return [span for span in found if span is not None]

    def _in_groups(
        self, texts: Sequence[str], path: str, read: _ReadSections
    ) -> Iterator[list[tuple[int, Read]]]:
        """The sections of all texts, read in groups; each with its text's number."""
        total = sum(map(len, texts))
        done = size = 0
        numbers: list[int] = []
        group: list[Section] = []
        for number, section in self._sections(texts, path):
            numbers.append(number)
            group.append(section)
            size += section.end - section.start
            if size >= _TOGETHER:
                yield list(zip(numbers, read(group, path), strict=True))
                done += size
                self._tell(done, total)
                numbers, group, size = [], [], 0
        if group:
            yield list(zip(numbers, read(group, path), strict=True))
            self._tell(total, total)

    def _sections(self, texts: Sequence[str], path: str) -> Iterator[tuple[int, Section]]:
        detectors = self._open
        for number, text in enumerate(texts):
            if (whole := detectors.whole(text)) is not None:
                yield number, whole
                continue
            sections = detectors.sections(path)
            sections.feed(text)
            sections.finish()
            for section in sections.ready():
                yield number, section

    def _tell(self, done: int, total: int) -> None:
        if self._on_progress is not None:
            self._on_progress(Progress("read", done, total))


def _texts(texts: Iterable[str]) -> list[str]:
    if isinstance(texts, str):
        raise UsageError("a batch is a list of texts, not one text")
    found = list(texts)
    for text in found:
        if not isinstance(text, str):
            raise UsageError(f"a text is a str, not {type(text).__name__}: decode it first")
    return found
