"""`PrivacyFilter` on whole texts and batches."""

from __future__ import annotations

import io
import logging
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaksift import ConfigError, ModelError, PrivacyFilter, Severity, UsageError
from leaksift.detect import detect
from leaksift.document import Document
from leaksift.rules.engine import RuleDetector
from leaksift.rules.presets import load_presets
from tests.library.private_texts import PIECES, TOKEN, texts

TEXT = f"Mail jane.doe@acme.io, call +44 20 7946 0958; the token is {TOKEN}.\n"


@pytest.fixture(scope="module")
def whole() -> PrivacyFilter:
    return PrivacyFilter.load(model="none")


def test_a_text_s_spans_tell_what_is_where(whole: PrivacyFilter) -> None:
    found = whole.detect(TEXT)
    assert found.contains_private_data
    assert [(span.label, TEXT[span.start : span.end]) for span in found.spans] == [
        ("private_email", "jane.doe@acme.io"),
        ("private_phone", "+44 20 7946 0958"),
        ("secret", TOKEN),
    ]
    secret = found.spans[-1]
    assert secret.source == "rule" and secret.severity is Severity.BLOCK
    assert secret.marker == "[secret]" and 0 < secret.score <= 1
    assert not whole.detect("nothing to see").contains_private_data


@settings(max_examples=50)
@given(texts(8).filter(lambda text: len(text) < 4_000))
def test_a_short_text_has_exactly_the_scanner_s_findings(whole: PrivacyFilter, text: str) -> None:
    scanner = RuleDetector(load_presets(whole.settings.presets))
    (reading,) = detect([Document("", text, len(text))], [scanner])
    assert [(span.start, span.end, span.rule) for span in whole.detect(text).spans] == [
        (span.start, span.end, span.rule) for span in reading.spans
    ]


@given(texts())
def test_nothing_outside_of_the_spans_changes(rules_only: PrivacyFilter, text: str) -> None:
    spans = rules_only.detect(text).spans
    redaction = rules_only.redact(text, lambda span, value: f"<{span.start}>")
    expected, at = "", 0
    for span in spans:
        assert at <= span.start < span.end <= len(text)
        assert text[span.start : span.end].strip() == text[span.start : span.end]
        expected += text[at : span.start] + f"<{span.start}>"
        at = span.end
    assert redaction.text == expected + text[at:]
    assert [(span.start, span.end) for span in redaction.spans] == [
        (span.start, span.end) for span in spans
    ]


@given(texts(10))
def test_spans_are_given_in_bytes_too(rules_only: PrivacyFilter, text: str) -> None:
    found = rules_only.detect(text)
    data = text.encode("utf-8", "surrogatepass")
    for span, (start, end) in zip(found.spans, found.in_bytes(text), strict=True):
        value = text[span.start : span.end].encode("utf-8", "surrogatepass")
        assert data[start:end] == value


@settings(max_examples=20)
@given(st.lists(texts(6), max_size=8))
def test_a_text_in_a_batch_has_the_result_that_it_has_alone(
    with_model: PrivacyFilter, batch: list[str]
) -> None:
    assert with_model.detect_batch(batch) == [with_model.detect(text) for text in batch]
    assert with_model.redact_batch(batch) == [with_model.redact(text) for text in batch]


def test_a_batch_is_read_by_the_model_together(
    with_model: PrivacyFilter, monkeypatch: pytest.MonkeyPatch
) -> None:
    from leaksift.model.reader import ModelReader

    calls: list[int] = []
    readings = ModelReader.readings

    def counted(self, texts, *rest):  # type: ignore[no-untyped-def]
        calls.append(len(texts))
        return readings(self, texts, *rest)

    monkeypatch.setattr(ModelReader, "readings", counted)
    with_model.detect_batch(["Dear Ada Lind, hello"] * 50)
    assert calls == [50]


def test_numbers_go_through_a_batch(whole: PrivacyFilter) -> None:
    made = whole.redact_batch(["a@acme.io b@acme.io", "b@acme.io"], "numbered")
    assert [one.text for one in made] == [
        "[private_email_1] [private_email_2]",
        "[private_email_2]",
    ]


def test_only_the_labels_that_were_asked_for_are_reported() -> None:
    with PrivacyFilter.load(model="none", labels=("private_email",)) as one:
        assert one.redact(TEXT).text == TEXT.replace("jane.doe@acme.io", "[private_email]")


def test_what_is_not_sure_enough_is_not_there() -> None:
    with PrivacyFilter.load(model="none", min_score={"private_phone": 0.999}) as one:
        assert {span.label for span in one.detect(TEXT).spans} == {"private_email", "secret"}
    with PrivacyFilter.load(model="none", min_score=1) as one:
        assert not one.detect(TEXT).spans


def test_a_rule_for_files_of_a_name_needs_the_name(whole: PrivacyFilter) -> None:
    text = "machine api.acme.io login deploy password " + "hq7-Zx2-mmPq\n"
    assert whole.detect(text, path="home/.netrc").contains_private_data


def test_what_a_model_saw_beside_a_rule_s_span_is_covered_too(
    with_model: PrivacyFilter,
) -> None:
    text = "Dear Ada Lind, ask jane.doe@acme.io about 12 Sand Street in Holm. " * 3
    both = with_model.detect(text).spans
    with (
        PrivacyFilter.load(model="none", section=with_model.settings.section) as rules,
        PrivacyFilter.load(
            model=with_model.settings.model, presets=(), section=with_model.settings.section
        ) as model,
    ):
        alone = [*rules.detect(text).spans, *model.detect(text).spans]
    covered = {at for span in both for at in range(span.start, span.end)}
    assert any(span.source == "model" for span in both)
    for span in alone:
        lost = [at for at in range(span.start, span.end) if at not in covered]
        assert not any(text[at].isalnum() for at in lost)


def test_a_model_tells_what_a_text_is_about(with_model: PrivacyFilter) -> None:
    text = "Dear Ada Lind, your card was sent to 12 Sand Street. " * 20
    category = with_model.classify(text)
    assert category is not None and category == with_model.detect(text).category
    assert sum(category.probabilities.values()) == pytest.approx(1)
    assert with_model.redact(text).category == category
    assert with_model.classify(" ") is None


def test_a_short_text_s_category_is_exactly_the_model_s(with_model: PrivacyFilter) -> None:
    from leaksift.model.detector import ModelDetector
    from leaksift.model.directory import open_model_directory

    model = ModelDetector(open_model_directory(Path(with_model.settings.model)), screened=False)
    text = "Dear Ada Lind"
    (reading,) = model.read([Document("", text, len(text))])
    assert with_model.classify(text) == reading.category


def test_without_a_model_nothing_is_classified(
    whole: PrivacyFilter, with_upstream_model: PrivacyFilter
) -> None:
    with pytest.raises(ModelError, match="no model"):
        whole.classify("text")
    with pytest.raises(ModelError, match="does not tell"):
        with_upstream_model.classify("text")


def test_many_threads_share_a_filter(with_model: PrivacyFilter) -> None:
    several = [f"{number} {piece} {TEXT}" for number in range(4) for piece in PIECES]
    alone = [with_model.redact(text).text for text in several]
    with ThreadPoolExecutor(8) as pool:
        whole = pool.map(lambda text: with_model.redact(text).text, several)
        streamed = pool.map(lambda text: "".join(with_model.redact(iter(text))), several)
        assert list(whole) == alone
        assert list(streamed) == alone


def test_a_pickled_filter_is_the_same_filter(rules_only: PrivacyFilter) -> None:
    other = pickle.loads(pickle.dumps(rules_only))
    assert other.settings == rules_only.settings
    assert other.redact(TEXT) == rules_only.redact(TEXT)
    assert pickle.loads(pickle.dumps(rules_only.settings)) == rules_only.settings


def test_a_closed_filter_says_so() -> None:
    with PrivacyFilter.load(model="none") as one:
        pass
    with pytest.raises(UsageError, match="closed"):
        one.detect("a")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"labels": ("person",)}, "no label is called 'person'"),
        ({"min_score": 2}, "from 0 to 1"),
        ({"min_score": {"secret": "high"}}, "from 0 to 1"),
        ({"device": "tpu"}, "device is one of"),
        ({"section": 1}, "section is 64 to"),
        ({"presets": ("unknown",)}, "no preset is called"),
        ({"model": "/nowhere"}, "no such model directory"),
    ],
)
def test_a_wrong_setting_is_one_clear_line(options: dict[str, object], words: str) -> None:
    with pytest.raises((UsageError, ConfigError, ModelError), match=words) as caught:
        PrivacyFilter.load(**{"model": "none", **options})  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_a_batch_is_no_single_text(whole: PrivacyFilter) -> None:
    with pytest.raises(UsageError, match="not one text"):
        whole.detect_batch("one text")
    with pytest.raises(UsageError, match="int"):
        whole.detect_batch(["a", 1])  # type: ignore[list-item]


def test_progress_is_told_up_to_the_end() -> None:
    told = []
    with PrivacyFilter.load(model="none", on_progress=told.append) as one:
        one.detect("word " * 300_000)
    assert len(told) > 1
    assert all(one.stage == "read" and one.total == 1_500_000 for one in told)
    assert [one.done for one in told] == sorted(one.done for one in told)
    assert told[-1].done == 1_500_000


def test_nothing_that_a_filter_returns_or_logs_shows_a_value(
    whole: PrivacyFilter, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    stream = whole.redact(io.StringIO(TEXT))
    shown = [
        repr(whole),
        repr(whole.detect(TEXT)),
        repr(whole.redact(TEXT, lambda span, value: value)),
        repr(whole.redact(TEXT, None).summary),
        repr(stream),
        "".join(stream),
        repr(stream.summary),
        caplog.text,
        *capfd.readouterr(),
    ]
    for text in shown:
        for value in (TOKEN, "jane.doe", "7946"):
            assert value not in text


def test_the_library_is_loaded_only_when_it_is_asked_for() -> None:
    program = (
        "import sys, leaksift\n"
        "assert not [m for m in sys.modules if m.startswith('leaksift.library')]\n"
        "from leaksift import PrivacyFilter\n"
        "heavy = ['onnxruntime', 'numpy', 'git', 'sarif_om', 'tqdm', 'phonenumbers', 'faker',"
        " 'cryptography', 'asyncio']\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")
