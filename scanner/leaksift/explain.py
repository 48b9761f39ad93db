"""Why something on a line was found, or was not: what each rule and the model saw there, and which
step removed it. Nothing here changes what is found, and no value leaves but as its mask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from leaksift.config import Loaded
from leaksift.detect import detect, merge
from leaksift.document import Document, LineRange
from leaksift.errors import UsageError
from leaksift.finding import RuleInfo, Secret, Skipped, Span
from leaksift.notebook import is_notebook
from leaksift.pipeline import (
    Detectors,
    Target,
    documents,
    load_baseline,
    load_detectors,
    make_policy,
    open_model,
)
from leaksift.policy import baseline as baselines
from leaksift.policy.inline import NO_COMMENTS, allow_comments
from leaksift.policy.judge import Policy, apply_baseline, found_keys, judge, let_be
from leaksift.policy.severity import effective, sure_enough
from leaksift.rules.engine import RuleDetector

_LET_BE = {
    "example": "let be: a placeholder or a known example (--report-examples shows them)",
    "inline": "let be: by a comment",
    "allowlist": "let be: by an entry of `allow` or a stop word of the configuration",
}


@dataclass(frozen=True)
class Seen:
    """One thing that a rule or the model saw on the line.

    `preview` is the mask of the value, `column` counts from 1; both are empty where a rule came no
    further than its anchor. `outcome` is for the reader, `reported` tells whether a scan would
    report it.
    """

    rule: str
    outcome: str
    reported: bool = False
    preview: str = ""
    column: int | None = None
    score: float | None = None


@dataclass(frozen=True)
class Explanation:
    """What was seen on a line, what is reported first; and lines about the whole."""

    path: str
    line: int
    seen: tuple[Seen, ...]
    notes: tuple[str, ...]


def explain(path: str, line: int, loaded: Loaded) -> Explanation:
    """What a scan of the file `path` makes of its line `line`, counted from 1.

    Raises UsageError for a file that is not there, that is skipped, or that has no such line.
    """
    document = _document(path, loaded)
    if not 1 <= line <= document.line_count:
        raise UsageError(f"{path} has {document.line_count} lines: there is no line {line}")
    low, high = document.line_bounds(line)
    baseline = load_baseline(loaded)
    detectors = load_detectors(loaded)
    policy = make_policy(loaded.config, detectors, baseline)
    found = [span for detector in detectors.detectors for span in detector.detect([document])[0]]
    category = None
    if detectors.model is not None:
        reading = detectors.model.read([document])[0]
        found += reading.spans
        category = reading.category.name if reading.category else None
    if is_notebook(document.path):
        kept = detect([document], detectors.detectors, detectors.model)[0].spans
    else:
        kept = merge(found)
    judged = judge(document, kept, policy, category)
    known: set[tuple[int, str]] = set()
    if baseline is not None:
        match = baselines.match(baseline, found_keys([judged]), lambda _path: True)
        after = apply_baseline([judged], match)[0]
        known = {(f.start, f.rule) for f in judged.findings}
        known -= {(f.start, f.rule) for f in after.findings}
    here = [span for span in kept if span.start <= high and span.end > low]
    seen = [_kept(document, span, policy, category, known) for span in here]
    seen += _overlapped(document, found, kept, (low, high))
    seen += _attempted(document, detectors, found, (low, high))
    if detectors.model is not None:
        seen += _unread(document, line, found, loaded)
    return Explanation(
        document.path,
        line,
        tuple(sorted(seen, key=lambda one: not one.reported)),
        tuple(_notes(detectors, found, (low, high), document.path)),
    )


def _document(path: str, loaded: Loaded) -> Document:
    for item in documents(Target("paths", (path,)), loaded.config):
        if isinstance(item, Skipped):
            detail = f": {item.detail}" if item.detail else ""
            raise UsageError(f"{path} is not scanned: {item.reason}{detail}")
        return item
    raise UsageError(f"{path}: no file to explain a line of")


def _kept(
    document: Document,
    span: Span,
    policy: Policy,
    category: str | None,
    known: set[tuple[int, str]],
) -> Seen:
    """What policy makes of a span that won its place."""
    info = policy.rules[span.rule]
    in_category = policy.category_severity.get(category) if category else None
    severity = effective(span, info, policy.severity, in_category)
    comments = allow_comments(document, policy.rules) if policy.inline_allow else NO_COMMENTS
    outcome, reported = f"found: {severity}", True
    if severity is None:
        outcome, reported = "switched off by `severity`", False
    elif not sure_enough(span, policy.min_score):
        outcome, reported = "its score is below `min-score`", False
    elif reason := let_be(document, span, policy, comments):
        outcome, reported = _LET_BE[reason], False
    elif (span.start, span.rule) in known:
        outcome, reported = "let be: in the baseline", False
    return _seen(document, span, outcome, reported)


def _overlapped(
    document: Document, found: Sequence[Span], kept: Sequence[Span], bounds: tuple[int, int]
) -> Iterator[Seen]:
    for span in found:
        if span in kept or span.start > bounds[1] or span.end <= bounds[0]:
            continue
        winner = next((k for k in kept if k.start < span.end and span.start < k.end), None)
        if winner is None:
            outcome = "left out: the text of a notebook's cell or image, which is read by itself"
        else:
            outcome = f"left out: overlaps {winner.rule}, which knows more about the place"
        yield _seen(document, span, outcome, reported=False)


def _attempted(
    document: Document, detectors: Detectors, found: Sequence[Span], bounds: tuple[int, int]
) -> Iterator[Seen]:
    """The rules that came no further than their anchor, or that something spoke against."""
    spans = {(span.start, span.end, span.rule) for span in found}
    told: set[tuple[str, str, int | None]] = set()
    for detector in detectors.detectors:
        if not isinstance(detector, RuleDetector):
            continue
        for attempt in detector.attempts(document, *bounds):
            info = attempt.rule.info
            if attempt.against is None or (attempt.span and (*attempt.span, info.id) in spans):
                continue
            column = preview = None
            if attempt.span:
                column = document.position(attempt.span[0]).column
                preview = _preview(document, *attempt.span, info)
            key = (info.id, attempt.against, column)
            if key not in told:
                told.add(key)
                yield Seen(info.id, f"not found: {attempt.against}", False, preview or "", column)


def _unread(document: Document, line: int, found: Sequence[Span], loaded: Loaded) -> Iterator[Seen]:
    """What the model would see on the line if its screen let all lines through."""
    model = open_model(loaded.config, screened=False)
    if model is None or is_notebook(document.path):
        return
    low, high = document.line_bounds(line)
    read = model.read([replace(document, changed=(LineRange(line, line),))])[0].spans
    for span in read:
        again = any(s.start < span.end and span.start < s.end for s in found)
        if span.start <= high and span.end > low and not again:
            outcome = "not found: the screen before the model did not let the line through"
            yield _seen(document, span, outcome, reported=False)


def _notes(
    detectors: Detectors, found: Sequence[Span], bounds: tuple[int, int], path: str
) -> Iterator[str]:
    if detectors.model is None:
        yield from detectors.notices or ("the configuration wants no model",)
        return
    by_model = (span for span in found if span.detector == "model")
    if any(span.start <= bounds[1] and span.end > bounds[0] for span in by_model):
        return
    of_model = getattr(detectors.model, "thresholds", None)
    thresholds: Mapping[str, float] = of_model(path) if of_model else {}
    least = ", ".join(f"{label} {score:.2f}" for label, score in sorted(thresholds.items()))
    yield f"the model sees nothing here{f' at or above its thresholds ({least})' if least else ''}"


def _seen(document: Document, span: Span, outcome: str, reported: bool) -> Seen:
    value = span.decoded or Secret(document.text[span.start : span.end])
    return Seen(
        span.rule,
        outcome + (" (decoded)" if span.decoded else ""),
        reported,
        value.preview(span.label),
        document.position(span.start).column,
        span.score,
    )


def _preview(document: Document, start: int, end: int, info: RuleInfo) -> str:
    return Secret(document.text[start:end]).preview(info.label)
