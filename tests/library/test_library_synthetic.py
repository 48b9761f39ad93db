"""`markers="synthetic"`: made-up values in texts, by the filter's key or by one's own."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from leaksift import PrivacyFilter, Progress, Synthetic, UsageError

pytest.importorskip("faker")

from leaksift.synthetic import Synthesizer

KEY = b"a key of 16 byte"
TEXT = (
    "From jane.doe@acme.io to bob.lee@acme.io, copy to jane.doe@acme.io; card 4532 0151 1283 0366"
)
MAIL = r"[a-z.]+@example\.(?:com|org|net)"


@pytest.fixture(scope="module")
def rules() -> Iterator[PrivacyFilter]:
    with PrivacyFilter.load(model="none") as used:
        yield used


def test_made_up_values_have_the_form_of_the_old_ones(rules: PrivacyFilter) -> None:
    made = rules.redact(TEXT, "synthetic")
    found = re.fullmatch(
        rf"From ({MAIL}) to ({MAIL}), copy to ({MAIL}); card ([0-9 ]{{19}})", made.text
    )
    assert found is not None
    first, second, third, card = found.groups()
    assert first == third != second
    assert card[0] == "4" and card != "4532 0151 1283 0366"
    assert "acme" not in made.text


def test_the_same_key_makes_the_same_values_in_every_text(rules: PrivacyFilter) -> None:
    one, other = Synthetic(Synthesizer(KEY)), Synthetic(Synthesizer(KEY))
    made = rules.redact(TEXT, one).text
    with PrivacyFilter.load(model="none") as another:
        assert another.redact(TEXT, other).text == made
        assert another.redact("bob.lee@acme.io", other).text in made
    # Without a key each filter has one that nobody knows.
    assert rules.redact(TEXT, "synthetic").text == rules.redact(TEXT, "synthetic").text != made


def test_a_stream_makes_the_values_of_the_whole_text(rules: PrivacyFilter) -> None:
    marker = Synthetic(Synthesizer(KEY))
    assert "".join(rules.redact(iter(TEXT), marker)) == rules.redact(TEXT, marker).text


def test_a_locale_is_kept(rules: PrivacyFilter) -> None:
    marker = Synthetic(Synthesizer(KEY, locale="ja_JP"))
    person = replace(rules.detect(TEXT).spans[0], label="private_person")
    assert re.search("[一-鿿぀-ヿ]", marker.mark(person, "Jane Doe") or "")


def test_without_faker_one_line_says_what_to_install(
    rules: PrivacyFilter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "faker", None)
    for name in [name for name in sys.modules if name.startswith("leaksift.synthetic")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(UsageError, match=r"pip install 'leaksift\[synthetic\]'"):
        rules.redact(TEXT, "synthetic")


def test_a_batch_ends_where_on_progress_raises() -> None:
    class Enough(Exception):
        pass

    def stop(progress: Progress) -> None:
        raise Enough

    with PrivacyFilter.load(model="none", on_progress=stop) as used, pytest.raises(Enough):
        used.redact_batch([TEXT] * 20_000)
