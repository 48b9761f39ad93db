"""Streams: what the whole text gives, whatever the chunks, soon, and in little memory."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
import tracemalloc
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import given, settings

from leaksift import FoundSpan, PrivacyFilter, UsageError
from tests.library.private_texts import KEY_BLOCK, TOKEN, chunked
from tests.library.waiting import longest_wait

MARKERS = ("label", "numbered", {"secret": "<>", "private_email": None})
CASE = tuple[str, list[str]]


async def awaited(chunks: list[str]) -> AsyncIterator[str]:
    for chunk in chunks:
        await asyncio.sleep(0)
        yield chunk


@given(chunked())
def test_any_chunks_give_the_spans_of_the_whole_text(rules_only: PrivacyFilter, case: CASE) -> None:
    text, chunks = case
    whole = rules_only.detect(text)
    stream = rules_only.detect(iter(chunks))
    assert tuple(stream) == whole.spans
    assert stream.complete
    assert stream.summary.contains_private_data == whole.contains_private_data


@settings(max_examples=30)
@given(chunked(20))
def test_any_chunks_give_a_model_s_spans_and_scores_to_the_last_bit(
    with_model: PrivacyFilter, with_upstream_model: PrivacyFilter, case: CASE
) -> None:
    text, chunks = case
    for one in (with_model, with_upstream_model):
        whole = one.detect(text)
        stream = one.detect(chunks)
        assert tuple(stream) == whole.spans
        assert stream.summary.category == whole.category


@settings(max_examples=50)
@given(chunked())
@pytest.mark.parametrize("markers", MARKERS, ids=str)
def test_any_chunks_give_the_redacted_text_of_the_whole_text(
    rules_only: PrivacyFilter, markers: object, case: CASE
) -> None:
    text, chunks = case
    whole = rules_only.redact(text, markers)  # type: ignore[call-overload]
    stream = rules_only.redact(chunks, markers)  # type: ignore[call-overload]
    assert "".join(stream) == whole.text
    assert stream.summary == whole.summary


@settings(max_examples=30)
@given(chunked(20))
def test_awaited_chunks_give_the_same(rules_only: PrivacyFilter, case: CASE) -> None:
    text, chunks = case

    async def both() -> tuple[list[FoundSpan], str]:
        spans = [span async for span in rules_only.detect(awaited(chunks))]
        return spans, "".join([part async for part in rules_only.redact(awaited(chunks))])

    spans, redacted = asyncio.run(both())
    assert tuple(spans) == rules_only.detect(text).spans
    assert redacted == rules_only.redact(text).text


def test_no_character_waits_longer_than_the_filter_says(rules_only: PrivacyFilter) -> None:
    text = ("Some words of a letter. " * 40 + f"token {TOKEN} and\n" + KEY_BLOCK) * 8
    assert longest_wait(rules_only, text) <= rules_only.longest_delay
    plain = rules_only.usual_delay
    assert plain < rules_only.longest_delay


def test_text_with_nothing_in_it_comes_after_the_usual_delay(rules_only: PrivacyFilter) -> None:
    fed = 0

    def characters() -> Iterator[str]:
        nonlocal fed
        for character in "word " * 2_000:
            fed += 1
            yield character

    done = 0
    for part in rules_only.redact(characters()):
        assert fed - done <= rules_only.usual_delay + 1
        done += len(part)


def test_a_key_block_is_waited_for_and_redacted_whole(rules_only: PrivacyFilter) -> None:
    text = "see below\n" + KEY_BLOCK + "that was it\n"
    redacted = "".join(rules_only.redact(iter(text)))
    assert "MIIC" not in redacted and "4QP8" not in redacted
    assert redacted.startswith("see below\n[secret]") and redacted.endswith("that was it\n")


def test_what_an_aborted_stream_held_back_never_comes(rules_only: PrivacyFilter) -> None:
    endless = itertools.repeat(f"a line with {TOKEN} in it\n")
    stream = rules_only.redact(endless)
    assert TOKEN not in next(stream)
    stream.abort()
    assert list(stream) == []
    assert not stream.complete
    with pytest.raises(UsageError, match="not at its end"):
        _ = stream.summary


def test_an_endless_stream_is_aborted_from_another_thread(rules_only: PrivacyFilter) -> None:
    stream = rules_only.detect(itertools.repeat("nothing to see here\n"))
    timer = threading.Timer(0.2, stream.abort)
    timer.start()
    begun = time.monotonic()
    assert list(stream) == []
    assert time.monotonic() - begun < 30
    timer.join()


def test_leaving_the_context_early_aborts(rules_only: PrivacyFilter) -> None:
    with rules_only.redact(["a\n"] * 1_000) as stream:
        next(stream)
    assert list(stream) == [] and not stream.complete


def test_a_cancelled_task_gives_nothing_more(rules_only: PrivacyFilter) -> None:
    async def scenario() -> None:
        async def slow() -> AsyncIterator[str]:
            while True:
                yield f"{TOKEN}\n" * 20
                await asyncio.sleep(0.01)

        stream = rules_only.redact(slow())
        task = asyncio.create_task(_all(stream))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        stream.abort()
        assert [part async for part in stream] == []

    asyncio.run(scenario())


async def _all(stream: AsyncIterator[str]) -> list[str]:
    return [part async for part in stream]


def test_an_error_of_the_source_goes_through(rules_only: PrivacyFilter) -> None:
    def broken() -> Iterator[str]:
        yield "a" * 10
        raise OSError("the source broke off")

    stream = rules_only.redact(broken())
    with pytest.raises(OSError, match="broke off"):
        list(stream)
    assert not stream.complete


def test_bytes_are_refused_without_being_shown(rules_only: PrivacyFilter) -> None:
    with pytest.raises(UsageError, match="bytes") as caught:
        list(rules_only.redact([TOKEN.encode()]))  # type: ignore[list-item]
    assert TOKEN not in str(caught.value)
    with pytest.raises(UsageError, match="bytes"):
        rules_only.detect(TOKEN.encode())  # type: ignore[call-overload]


def test_a_stream_of_a_closed_filter_fails() -> None:
    one = PrivacyFilter.load(model="none", presets=("secrets",))
    stream = one.redact(["a" * 100_000])
    one.close()
    with pytest.raises(UsageError, match="closed"):
        list(stream)


@pytest.mark.slow
@pytest.mark.parametrize("line", [True, False], ids=["lines", "one endless line"])
def test_fifty_megabytes_pass_in_little_memory(line: bool) -> None:
    chunk = ("The quick brown fox jumps over the lazy dog. " * 20 + f"{TOKEN} ") * 10
    chunk += "\n" if line else ""
    with PrivacyFilter.load(model="none", presets=("secrets",)) as one:
        list(one.redact([chunk]))  # what is loaded once
        tracemalloc.start()
        stream = one.redact(itertools.repeat(chunk, 50_000_000 // len(chunk)))
        size = sum(len(part) for part in stream)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert size > 40_000_000
    assert peak < 5_000_000
