"""One scan from start to end: the documents of a source through detectors and policy to a result.

The only place that knows the order of the rooms. Nothing here reads git, matches a pattern or
writes a report.
"""

from __future__ import annotations

import functools
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from leaksift.config import Config, Loaded
from leaksift.detect import DocumentReader, SpanDetector, detect
from leaksift.document import Document
from leaksift.errors import ModelError, SourceError, UsageError
from leaksift.finding import DocumentCategory, RuleInfo, ScanResult, Skipped, Summary
from leaksift.policy import baseline as baselines
from leaksift.policy.allowlist import Allowlist
from leaksift.policy.baseline import Baseline
from leaksift.policy.judge import Judged, Policy, apply_baseline, found_keys, judge
from leaksift.rules.engine import RuleDetector
from leaksift.rules.presets import load_presets
from leaksift.sources import files, git, message, stdin
from leaksift.sources.content import Limits

if TYPE_CHECKING:
    from leaksift.model.detector import ModelDetector
    from leaksift.model.directory import ModelDirectory
    from leaksift.results.memory import ReadingMemory

# Documents go through the detectors in groups of about this many characters: enough to fill a
# model's batches, little enough to hold.
_BATCH = 1_000_000

# Characters that the embedded model must be asked to read before its readings are kept: fewer, as
# in most commits, it reads in the time that it takes to look them up.
_WORTH_REMEMBERING = 200_000

EMBEDDED_MODEL = Path(__file__).parent / "model" / "embedded"
"""The folder of the model in the package; not there in a package without one."""


@dataclass(frozen=True)
class Target:
    """What to scan: the index, a range of commits, paths, standard input under a name, or the file
    of a commit message.

    A range is compared with where `to_ref` left `from_ref`, or (`direct`) with that commit itself.
    Of the index and of a range, `paths` (from the top of the repository) are all that is asked for;
    none stands for everything.
    """

    kind: Literal["index", "range", "paths", "stdin", "message"]
    paths: tuple[str, ...] = ()
    from_ref: str = ""
    to_ref: str = "HEAD"
    direct: bool = False


@dataclass(frozen=True)
class Detectors:
    """What looks at the documents, what reports say about it, and what the reader should know."""

    detectors: tuple[SpanDetector, ...]
    rules: tuple[RuleInfo, ...]
    model: DocumentReader | None = None
    notices: tuple[str, ...] = ()


@dataclass
class Examined:
    """What was seen of a source: grows while the scan goes on, so that what was found until a
    source broke off is not lost."""

    judged: list[Judged] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    lines: int = 0
    bytes: int = 0
    error: str | None = None

    @property
    def paths(self) -> set[str]:
        return {judged.path for judged in self.judged}


@dataclass(frozen=True)
class Classified:
    """What each document is about, by path; None for one without text. `error` is set where the
    source broke off."""

    documents: tuple[tuple[str, DocumentCategory | None], ...]
    skipped: tuple[Skipped, ...]
    notices: tuple[str, ...]
    error: str | None


def scan(
    target: Target,
    loaded: Loaded,
    *,
    line_hashes: bool = False,
    on_document: Callable[[Document], None] | None = None,
) -> ScanResult:
    """Scans what `target` names by the configuration `loaded`.

    `line_hashes` asks for GitHub's line hash of each finding. `on_document` is called for each
    document that was read. Raises UsageError for something that does not exist, ConfigError for a
    configuration that cannot be used, ModelError for a damaged model; where the source breaks off,
    the result has what was found until then, and its `error` says why.
    """
    begun = time.perf_counter()
    baseline = load_baseline(loaded)
    detectors = load_detectors(loaded)
    policy = make_policy(loaded.config, detectors, baseline)
    seen = examine(target, loaded, detectors, policy, line_hashes, on_document)
    judged: Sequence[Judged] = seen.judged
    stale: tuple[str, ...] = ()
    if baseline is not None:
        exists = there(target)
        match = baselines.match(baseline, found_keys(judged), exists)
        judged = apply_baseline(judged, match)
        # Of a scan that broke off nobody can say what is no longer there.
        if seen.error is None:
            stale = baselines.stale(match, seen.paths, exists, policy.rules)
    allowed: Counter[str] = Counter()
    for one in judged:
        allowed.update(one.allowed)
    findings = (finding for one in judged for finding in one.findings)
    return ScanResult(
        findings=tuple(sorted(findings, key=lambda finding: (finding.path, finding.start))),
        skipped=tuple(sorted(seen.skipped, key=lambda skipped: skipped.path)),
        summary=Summary(
            files=len(judged),
            lines=seen.lines,
            bytes=seen.bytes,
            seconds=time.perf_counter() - begun,
            allowed=allowed,
        ),
        rules=detectors.rules,
        notices=(
            *detectors.notices,
            *(detectors.model.notices if detectors.model else ()),
            *(text for one in judged for text in one.warnings),
        ),
        stale=stale,
        error=seen.error,
    )


def examine(
    target: Target,
    loaded: Loaded,
    detectors: Detectors,
    policy: Policy,
    line_hashes: bool = False,
    on_document: Callable[[Document], None] | None = None,
) -> Examined:
    """Reads, detects and judges; the baseline is not applied yet."""
    seen = Examined()
    for batch in _batches(documents(target, loaded.config), seen):
        readings = detect(batch, detectors.detectors, detectors.model)
        for document, reading in zip(batch, readings, strict=True):
            category = reading.category.name if reading.category else None
            judged = judge(document, reading.spans, policy, category)
            seen.judged.append(_with_line_hashes(judged, document) if line_hashes else judged)
            seen.lines += document.line_count
            seen.bytes += document.size
            if on_document:
                on_document(document)
    seen.skipped.extend(skipped for detector in detectors.detectors for skipped in detector.skipped)
    return seen


def classify(target: Target, loaded: Loaded) -> Classified:
    """What the documents that `target` names are about, by the model of the configuration.

    Raises as `scan` does, and UsageError or ModelError where no model tells.
    """
    model = open_model(loaded.config, screened=False)
    if model is None and loaded.config.model == "none":
        raise UsageError('the configuration wants no model (model = "none"): use --model')
    if model is None:
        raise ModelError("no model is installed to classify with: --model DIR loads one")
    if not model.categories:
        raise ModelError(
            f"the model {loaded.config.model} has no document head, or its config.json does not "
            "name the categories (id2category): use another model"
        )
    seen = Examined()
    classified: list[tuple[str, DocumentCategory | None]] = []
    for batch in _batches(documents(target, loaded.config), seen):
        for document, reading in zip(batch, model.read(batch), strict=True):
            classified.append((document.path, reading.category))
    return Classified(tuple(classified), tuple(seen.skipped), model.notices, seen.error)


def documents(target: Target, config: Config) -> Iterator[Document | Skipped]:
    """The documents that the target names, all their lines as new ones where the scope is whole
    files. Raises UsageError outside of a repository where the target needs one."""
    only = target.paths if target.kind in ("index", "range") else ()
    source = _source(target, Limits(config.max_file_size, config.exclude, only))
    return _wanted(source, config)


def _wanted(source: Iterable[Document | Skipped], config: Config) -> Iterator[Document | Skipped]:
    for item in source:
        if isinstance(item, Skipped):
            yield item
        elif config.baseline and _is_own_baseline(item, config.baseline):
            # Its salt and hashes look like secrets to a model.
            yield Skipped(item.path, "excluded", "leaksift's own baseline")
        else:
            whole = config.scope == "changed" or item.changed is None
            yield item if whole else replace(item, changed=None)


def _is_own_baseline(document: Document, baseline: str) -> bool:
    # Text, not Path: this is asked of every document.
    name = document.path.rpartition("/")[2]
    return name == Path(baseline).name and baselines.is_baseline(document.text)


def _source(target: Target, limits: Limits) -> Iterator[Document | Skipped]:
    if target.kind == "stdin":
        return iter((stdin.document(limits, path=target.paths[0]),))
    if target.kind == "message":
        return iter((message.document(limits, Path(target.paths[0])),))
    if target.kind == "paths":
        return files.tree(target.paths, limits)
    root = _repository()
    if target.kind == "index":
        return git.staged(root, limits)
    return git.between(root, target.from_ref, target.to_ref, limits, direct=target.direct)


def load_detectors(loaded: Loaded) -> Detectors:
    """The rules and the model of a configuration. Patterns and weights are not loaded until there
    is a document to look at. Raises ConfigError and ModelError."""
    config = loaded.config
    rules = load_presets(config.presets)
    infos = [rule.info for rule in rules]
    detectors: list[SpanDetector] = []
    if config.rules or config.rules_files or config.plugins:
        # Few configurations have rules of their own.
        from leaksift.rules.own import load_own_rules

        own = load_own_rules(loaded)
        rules += own.rules
        infos += own.infos
        detectors += own.functions
    if rules:
        detectors.insert(0, RuleDetector(rules))
    notices: list[str] = []
    model = open_model(config)
    if model is not None:
        infos += model.rules
    elif config.model != "none":
        notices.append("no model is installed: rules only (--model DIR loads one)")
    return Detectors(tuple(detectors), tuple(infos), model, tuple(notices))


def open_model(config: Config, *, screened: bool = True) -> ModelDetector | None:
    """The model of a configuration; None where it wants none or the embedded one is not there.
    Without `screened` it reads every token: what a text is about is said by all of it.

    Raises ModelError for damaged files and for a model that is not downloaded, UsageError for a
    backend, a device or an operating point that there is not.
    """
    directory = find_model(config)
    if directory is None:
        return None
    # A scan by rules alone need not know how models look.
    from leaksift.model.detector import ModelDetector

    return ModelDetector(
        directory,
        config.operating_point,
        device=config.device,
        screened=screened,
        memory=_memory(directory, config) if config.cache else None,
    )


def find_model(config: Config) -> ModelDirectory | None:
    """The folder of a configuration's model, and None, as in `open_model`. Raises ModelError."""
    embedded = config.model == "embedded"
    if config.model == "none" or (embedded and not EMBEDDED_MODEL.is_dir()):
        return None
    from leaksift.model.directory import open_model_directory

    path, variant = EMBEDDED_MODEL, None
    if not embedded:
        from leaksift.weights.store import locate

        path, variant = locate(config.model)
    return open_model_directory(path, variant)


def _memory(directory: ModelDirectory, config: Config) -> ReadingMemory | None:
    """What the model saw before; None where nothing is to be kept."""
    if os.environ.get("LEAKSIFT_NO_CACHE"):
        return None
    from leaksift.results.memory import ReadingMemory
    from leaksift.rules.cache import cache_directory

    digest, least = None, _WORTH_REMEMBERING
    if config.model != "embedded":
        from leaksift.weights.store import declared_digest

        digest, least = declared_digest(config.model), 0
    return ReadingMemory(cache_directory(), directory, digest=digest, least=least)


def make_policy(config: Config, detectors: Detectors, baseline: Baseline | None) -> Policy:
    """The part of a configuration that judges spans."""
    return Policy(
        rules={rule.id: rule for rule in detectors.rules},
        severity=config.severity,
        category_severity=config.category_severity,
        min_score=config.min_score,
        allowlist=Allowlist(config.allow, config.stop_words),
        inline_allow=config.inline_allow,
        report_examples=config.report_examples,
        scope=config.scope,
        salt=baseline.salt if baseline else None,
    )


def baseline_path(loaded: Loaded) -> Path | None:
    """Where the baseline is or would be; None when the configuration wants none."""
    return loaded.directory / loaded.config.baseline if loaded.config.baseline else None


def load_baseline(loaded: Loaded) -> Baseline | None:
    """The baseline, if there is one. One that was named in so many words must be there."""
    path = baseline_path(loaded)
    if path is None or (loaded.origins["baseline"] == "default" and not path.exists()):
        return None
    return baselines.load(path)


def there(target: Target) -> Callable[[str], bool]:
    """Whether a path of a report is still a file of what the target belongs to.

    Asks the working tree for the index and for ranges too: a file that was renamed or removed by a
    commit is gone from there as well.
    """

    @functools.cache
    def root() -> Path:
        # Asked of git when the first path is in doubt, which is rare: two processes of git.
        if target.kind in ("index", "range"):
            return _repository()
        return git.discover(Path.cwd()) or Path.cwd()

    return lambda path: os.path.lexists(root() / path)


def _repository() -> Path:
    root = git.discover(Path.cwd())
    if root is None:
        raise UsageError(f"{Path.cwd()} is in no git repository: give the paths to scan")
    return root


def _batches(source: Iterable[Document | Skipped], seen: Examined) -> Iterator[list[Document]]:
    """Groups the documents; what was skipped, and why the source broke off, goes to `seen`."""
    batch: list[Document] = []
    size = 0
    try:
        for item in source:
            if isinstance(item, Skipped):
                seen.skipped.append(item)
                continue
            batch.append(item)
            size += len(item.text)
            if size >= _BATCH:
                yield batch
                batch, size = [], 0
    except SourceError as error:
        seen.error = str(error)
    if batch:
        yield batch


def _with_line_hashes(judged: Judged, document: Document) -> Judged:
    if not judged.findings:
        return judged
    from leaksift_sarif.fingerprints import document_line_hashes

    lines = {finding.start_line for finding in judged.findings}
    hashes = document_line_hashes(document, lines)
    return replace(
        judged,
        findings=tuple(
            replace(finding, line_hash=hashes.get(finding.start_line))
            for finding in judged.findings
        ),
    )
