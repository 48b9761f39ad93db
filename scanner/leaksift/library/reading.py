"""The rules and the model of a filter: sections in, spans out. Knows nothing of markers.

Each section is looked at with what is around it, and gives the spans that lie in it. Of spans that
overlap the scanner's order decides which one stays (`leaksift.detect.merge`); what the model saw
beside a rule's span stays too, because this is about what must not get out.
"""

from __future__ import annotations

import bisect
import math
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from leaksift.config import Config
from leaksift.detect import SpanDetector, merge
from leaksift.document import Document
from leaksift.errors import ConfigError, ModelError
from leaksift.finding import DocumentCategory, Reading, RuleInfo, Span
from leaksift.library.result import FoundSpan
from leaksift.library.sections import Around, Section, Sections
from leaksift.library.settings import Settings
from leaksift.pipeline import open_model
from leaksift.policy.severity import effective, sure_enough
from leaksift.rules.custom import Functions, as_rule
from leaksift.rules.engine import RuleDetector
from leaksift.rules.presets import load_presets

RULES_AROUND = Around(before=2_560, after=1_024)
"""What the rules look at around a section: most matches and what must stand near them. Where the
beginning of something longer is seen (a key block), more is read behind it."""

SECTION = 4_096
"""The longest section, in characters, unless the model looks further than half of that."""

# Characters of a token, as most texts have them, and tokens that a span may reach beyond.
_CHARACTERS = 4
_MARGIN = 64


@dataclass(frozen=True)
class Read:
    """What was seen in one section: spans with indices of the whole text, sorted and apart, of
    which some may begin before the section or end behind it."""

    section: Section
    spans: list[Span]
    category: DocumentCategory | None


class Detectors:
    """What a filter looks with. May be used by several threads at once: they wait for each
    other."""

    def __init__(self, settings: Settings) -> None:
        """Raises ConfigError, ModelError and UsageError as `PrivacyFilter.load` does."""
        patterns = [as_rule(rule) for rule in settings.rules if rule.pattern is not None]
        own = settings.own
        rules = (*load_presets(settings.presets), *patterns, *(own.rules if own else ()))
        self._rules = RuleDetector(rules) if rules else None
        functions = [rule for rule in settings.rules if rule.find is not None]
        self._others: tuple[SpanDetector, ...] = (Functions(functions),) if functions else ()
        self._others += own.functions if own else ()
        config = Config(
            model=settings.model,
            operating_point=settings.operating_point,
            device=settings.device,
            cache=settings.cache,
        )
        self._model = open_model(config, screened=settings.screen)
        infos = [rule.info for rule in rules] + [rule.info for rule in functions]
        if own is not None:
            infos += [info for info in own.infos if info not in infos]
        if self._model is not None:
            infos += self._model.rules
        self._infos = _by_id(infos)
        self._markers = {rule.id: rule.marker for rule in settings.rules if rule.marker is not None}
        self._markers |= own.markers if own else {}
        self._labels = frozenset(settings.labels)
        self._min_score = settings.least_scores
        reach = 0
        if self._model is not None:
            reach = (self._model.receptive_field + _MARGIN) * _CHARACTERS
        self._model_around = Around(reach, reach)
        longest = max((rule.max_length for rule in functions), default=0)
        self._rules_around = Around(
            max(RULES_AROUND.before, longest), max(RULES_AROUND.after, longest)
        )
        self._section = settings.section or max(SECTION, 2 * reach)
        self._rules_lock = threading.Lock()
        self._model_lock = threading.Lock()

    @property
    def usual_delay(self) -> int:
        """After how many more characters at most one is decided, in most texts."""
        return self._section + max(self._rules_around.after, self._model_around.after)

    @property
    def longest_delay(self) -> int:
        """The same where something long begins: a key block, encoded text."""
        most = self._rules.longest_reach if self._rules else 0
        return max(self.usual_delay, self._section + most)

    @property
    def rules(self) -> tuple[RuleInfo, ...]:
        """All that can be found."""
        return tuple(self._infos.values())

    @property
    def notices(self) -> tuple[str, ...]:
        """What somebody should know about what is not there."""
        return self._model.notices if self._model else ()

    @property
    def has_model(self) -> bool:
        return self._model is not None

    def require_categories(self) -> None:
        """Raises ModelError where no model tells what a text is about."""
        if self._model is None:
            raise ModelError("no model is loaded to classify with: name one with model=")
        if not self._model.categories:
            raise ModelError("the model does not tell what a text is about: use another one")

    def sections(self, path: str = "") -> Sections:
        """An empty text, to be fed."""

        def reach(text: str, start: int, end: int) -> int:
            if self._rules is None:
                return 0
            with self._rules_lock:
                return self._rules.reach(text, start, end, path)

        return Sections(self._section, self._rules_around, self._model_around, reach)

    def whole(self, text: str) -> Section | None:
        """The only section of a text that is short; None for a longer one and where there is no
        text. The same as by `sections`: of cells of tables there are millions."""
        if not 0 < len(text) <= self._section:
            return None
        all_of_it = (0, len(text))
        return Section(0, len(text), 0, text, all_of_it, all_of_it, True)

    def read(self, sections: Sequence[Section], path: str = "") -> list[Read]:
        """What is in each of the sections, which may be of several texts: the same whatever the
        others are."""
        found = self._by_rules(sections, path)
        readings = self._by_model(sections, path)
        return [
            Read(section, list(self._resolved(section, spans, reading)), reading.category)
            for section, spans, reading in zip(sections, found, readings, strict=True)
        ]

    def read_by_rules(self, sections: Sequence[Section], path: str = "") -> list[Read]:
        """What the rules alone see in each of the sections."""
        found = self._by_rules(sections, path)
        return [
            Read(section, list(self._resolved(section, spans, Reading())), None)
            for section, spans in zip(sections, found, strict=True)
        ]

    def categories(self, sections: Sequence[Section], path: str = "") -> list[Read]:
        """The same without spans: what the sections are about."""
        readings = self._by_model(sections, path)
        return [
            Read(section, [], reading.category)
            for section, reading in zip(sections, readings, strict=True)
        ]

    def found(self, span: Span) -> FoundSpan | None:
        """The span as the library tells it; None for one that is not asked for."""
        if self._labels and span.label not in self._labels:
            return None
        severity = effective(span, self._infos[span.rule], {})
        assert severity is not None  # noqa: S101 - nothing is switched off
        return FoundSpan(
            label=span.label,
            start=span.start,
            end=span.end,
            score=span.score,
            source=span.detector,
            severity=severity,
            rule=span.rule,
            marker=self._markers.get(span.rule, f"[{span.label}]"),
        )

    def _by_rules(self, sections: Sequence[Section], path: str) -> list[list[Span]]:
        documents = [_document(section, section.rules, path) for section in sections]
        found: list[list[Span]] = [[] for _ in sections]
        detectors = (self._rules, *self._others) if self._rules else self._others
        for detector in detectors:
            # A function of somebody's own may not be ready for several threads either.
            with self._rules_lock:
                seen = detector.detect(documents)
            for spans, more, section in zip(found, seen, sections, strict=True):
                spans += (_moved(span, section.rules[0]) for span in more)
        return found

    def _by_model(self, sections: Sequence[Section], path: str) -> list[Reading]:
        if self._model is None:
            return [Reading() for _ in sections]
        documents = [_document(section, section.model, path) for section in sections]
        with self._model_lock:
            readings = self._model.read(documents)
        return [
            Reading([_moved(span, section.model[0]) for span in reading.spans], reading.category)
            for section, reading in zip(sections, readings, strict=True)
        ]

    def _resolved(
        self, section: Section, by_rules: Iterable[Span], reading: Reading
    ) -> Iterator[Span]:
        """The spans that touch the section, one for each place."""
        rules = [span for span in by_rules if sure_enough(span, self._min_score)]
        model = [span for span in reading.spans if sure_enough(span, self._min_score)]
        spans = merge([*rules, *model])
        if rules and model:
            kept = set(spans)
            spans += [
                piece
                for span in model
                if span not in kept
                for piece in _beside(span, spans[: len(kept)], section)
            ]
            spans.sort(key=lambda span: span.start)
        return (span for span in spans if span.end > section.start and span.start < section.end)


class Join:
    """Puts the sections of one text together: no character is in two spans, and none that a
    detector saw in its section is lost where two sections see a place in different ways."""

    def __init__(self) -> None:
        self._covered = 0
        self._first: DocumentCategory | None = None
        self._sums: dict[str, float] = {}
        self._weight = 0

    def add(self, read: Read) -> list[Span]:
        """The spans that are new with this section."""
        section = read.section
        new: list[Span] = []
        for span in read.spans:
            start = max(span.start, section.start, self._covered)
            while start < span.end and section.part(start, start + 1).isspace():
                start += 1
            if start < span.end:
                new.append(span if start == span.start else replace(span, start=start))
                self._covered = span.end
        if read.category is not None:
            self._weigh(read.category, section.end - section.start)
        return new

    @property
    def category(self) -> DocumentCategory | None:
        """What the text so far is about: the mean of the sections' logits by their lengths; of one
        section exactly what the model says."""
        if not self._sums:
            return self._first
        from leaksift.model.categories import category_of

        means = [total / self._weight for total in self._sums.values()]
        return category_of(tuple(self._sums), means)

    def _weigh(self, category: DocumentCategory, weight: int) -> None:
        if self._weight == 0:
            self._first = category
        else:
            if not self._sums and self._first is not None:
                self._sums = _weighed(self._first, self._weight)
            for name, value in _weighed(category, weight).items():
                self._sums[name] += value
        self._weight += weight


def _weighed(category: DocumentCategory, weight: int) -> dict[str, float]:
    # Logits up to a constant, which the softmax takes out again.
    return {
        name: weight * math.log(max(probability, 1e-300))
        for name, probability in category.probabilities.items()
    }


def _document(section: Section, stretch: tuple[int, int], path: str) -> Document:
    return Document(path, section.part(*stretch), stretch[1] - stretch[0])


def _moved(span: Span, by: int) -> Span:
    return replace(span, start=span.start + by, end=span.end + by) if by else span


def _beside(span: Span, kept: Sequence[Span], section: Section) -> Iterator[Span]:
    """What of a span lies in none of the others, which are sorted and apart. Signs at an edge that
    came from cutting belong to nothing."""
    at = span.start
    first = bisect.bisect_right(kept, span.start, key=lambda other: other.end)
    for other in [*kept[first:], None]:
        cut = other is not None and other.start < span.end
        start, end = at, other.start if other is not None and cut else span.end
        while start < end and start > span.start and not section.part(start, start + 1).isalnum():
            start += 1
        while end > start and end < span.end and not section.part(end - 1, end).isalnum():
            end -= 1
        if start < end:
            yield replace(span, start=start, end=end)
        if not cut or other is None:
            return
        at = other.end


def _by_id(infos: Iterable[RuleInfo]) -> dict[str, RuleInfo]:
    found: dict[str, RuleInfo] = {}
    for info in infos:
        if info.id in found:
            raise ConfigError(f"two rules are called {info.id!r}: give yours another id")
        found[info.id] = info
    return found
