"""How long a character of a stream may wait, with each kind of model."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator

import pytest

from leaksift import PrivacyFilter
from tests.library.conftest import MODELS
from tests.library.private_texts import KEY_BLOCK, TOKEN
from tests.library.waiting import longest_wait

PLAIN = "Ada Lind of 12 Sand Street wrote on Monday that the parcel is late. "
TEXT = (PLAIN * 15 + f"token {TOKEN} and\n" + KEY_BLOCK) * 3


@pytest.fixture(scope="module")
def embedded() -> Iterator[PrivacyFilter]:
    """The model of the wheel, with the sections that a stream has unless told otherwise."""
    with PrivacyFilter.load() as used:
        if used.notices:
            pytest.skip("no model is embedded")
        yield used


@pytest.mark.parametrize("kind", ["with_model", "with_upstream_model"])
def test_a_model_s_receptive_field_says_how_long_a_character_waits(
    kind: str, request: pytest.FixtureRequest
) -> None:
    used: PrivacyFilter = request.getfixturevalue(kind)
    assert longest_wait(used, TEXT) <= used.longest_delay
    assert longest_wait(used, PLAIN * 30) <= used.usual_delay + 1


def test_the_delay_is_a_section_and_what_the_model_sees_behind_it(
    with_upstream_model: PrivacyFilter, rules_only: PrivacyFilter
) -> None:
    config = json.loads((MODELS / "tiny" / "config.json").read_text("utf-8"))
    field = config["num_hidden_layers"] * config["sliding_window"]
    # Four characters a token, and a span may reach 64 tokens beyond the field.
    assert with_upstream_model.usual_delay == 64 + max(1_024, 4 * (field + 64))
    assert rules_only.usual_delay == 64 + 1_024


def test_the_embedded_model_waits_no_longer_than_the_page_says(embedded: PrivacyFilter) -> None:
    assert embedded.usual_delay <= 5_120
    assert embedded.longest_delay <= 41_000
    assert longest_wait(embedded, PLAIN * 200) <= 5_121
    assert longest_wait(embedded, TEXT) <= 41_000


def test_an_awaited_stream_waits_no_longer(with_model: PrivacyFilter) -> None:
    async def scenario() -> int:
        fed = given_out = longest = 0

        async def characters() -> AsyncIterator[str]:
            nonlocal fed
            for character in TEXT[:4_000]:
                fed += 1
                yield character

        async for part in with_model.redact(characters(), lambda span, value: "x" * len(value)):
            longest = max(longest, fed - given_out)
            given_out += len(part)
        return longest

    assert asyncio.run(scenario()) <= with_model.longest_delay


def test_an_aborted_stream_of_a_model_gives_nothing_more(with_model: PrivacyFilter) -> None:
    stream = with_model.redact([PLAIN] * 100)
    next(stream)
    stream.abort()
    assert list(stream) == [] and not stream.complete
