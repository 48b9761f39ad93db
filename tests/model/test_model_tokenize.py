"""Ids and offsets: the whole text is read, and offsets point at the right characters."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from leaksift.errors import ModelError
from leaksift.model import tokenize
from leaksift.model.directory import ModelDirectory
from leaksift.model.tokenize import encode, open_tokenizer


@pytest.fixture(scope="module")
def tokenizer(tiny: ModelDirectory) -> Tokenizer:
    return open_tokenizer(tiny.tokenizer, tiny.vocabulary)


@settings(max_examples=200, deadline=None)
@given(text=st.text())
def test_tokens_cover_any_text_in_order(tokenizer, text):
    tokens = encode(tokenizer, text)
    assert np.all(tokens.starts < tokens.ends)
    assert np.all(np.diff(tokens.starts) >= 0)
    covered = np.zeros(len(text), dtype=bool)
    for start, end in zip(tokens.starts, tokens.ends, strict=True):
        covered[start:end] = True
    assert covered.all()


def test_the_bytes_of_one_character_share_its_offset(tokenizer):
    text = "a\U0001f469\U0001f3fd b東e\u0301"
    tokens = encode(tokenizer, text)
    at = list(zip(tokens.starts.tolist(), tokens.ends.tolist(), strict=True))
    assert at.count((1, 2)) == 4  # four bytes in UTF-8, each a token
    assert at.count((2, 3)) == 4
    assert text[at[-1][0] : at[-1][1]] == "\u0301"


def test_a_control_token_in_the_text_is_text(tokenizer, tiny):
    tokens = encode(tokenizer, "before <|endoftext|> after")
    assert tiny.pad_id not in tokens.ids
    assert len(tokens) > 8


def test_a_lone_surrogate_is_read_like_a_replacement_character(tokenizer):
    tokens = encode(tokenizer, "a\udc80b")
    assert tokens.ids.tolist() == encode(tokenizer, "a\ufffdb").ids.tolist()


words = st.sampled_from(["alpha", "x1", "42", "Ω", "it's", "==", "//", ";", "東京", "\t", "naïve"])
gaps = st.sampled_from([" ", "\n", "  ", "\n\n", " \n", "\r\n", "", "\n  "])


@settings(max_examples=150, deadline=None)
@given(parts=st.lists(st.tuples(words, gaps), min_size=30, max_size=120))
def test_pieces_give_the_tokens_of_the_whole_text(tokenizer, parts):
    text = "".join(word + gap for word, gap in parts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokenize, "_PIECE", 60)
        patch.setattr(tokenize, "_SEARCHED", 40)
        pieces = list(tokenize._pieces(text))
        cut = encode(tokenizer, text)
    seams = [end for _, end in pieces[:-1]]
    # Only cuts at a seam promise this; a text without one is cut anywhere.
    if all(tokenize._SEAM.match(text, seam) for seam in seams):
        whole = encode(tokenizer, text)
        assert cut.ids.tolist() == whole.ids.tolist()
        assert cut.starts.tolist() == whole.starts.tolist()
        assert cut.ends.tolist() == whole.ends.tolist()


def test_ordinary_text_is_only_cut_at_seams(tokenizer):
    text = "The quick brown fox, which jumps\nover 13 lazy dogs; and runs. " * 4_000
    pieces = list(tokenize._pieces(text))
    assert len(pieces) > 3
    assert all(tokenize._SEAM.match(text, end) for _, end in pieces[:-1])
    assert encode(tokenizer, text).ids.tolist() == tokenizer.encode(text).ids


def test_a_long_text_without_any_seam_is_read_to_its_end(tokenizer):
    text = "東" * 150_000
    tokens = encode(tokenizer, text)
    assert tokens.ends[-1] == len(text)
    assert len(tokens) == 3 * len(text)


def test_a_tokenizer_that_was_saved_with_truncation_still_reads_everything(tiny_copy, tiny):
    file = tiny_copy / "tokenizer.json"
    saved = json.loads(file.read_text(encoding="utf-8"))
    saved["truncation"] = {
        "direction": "Right",
        "max_length": 4,
        "strategy": "LongestFirst",
        "stride": 0,
    }
    file.write_text(json.dumps(saved), encoding="utf-8")
    tokens = encode(open_tokenizer(file, tiny.vocabulary), "one two three four five six")
    assert tokens.ends[-1] == 27


def test_a_damaged_tokenizer_is_one_clear_line(tiny_copy, tiny):
    file = tiny_copy / "tokenizer.json"
    file.write_text('{"model": 3', encoding="utf-8")
    with pytest.raises(ModelError, match=r"tokenizer\.json: not a tokenizer") as caught:
        open_tokenizer(file, tiny.vocabulary)
    assert "\n" not in str(caught.value)


def test_a_tokenizer_of_a_larger_model_is_refused(tiny):
    with pytest.raises(ModelError, match="different models"):
        open_tokenizer(tiny.tokenizer, 100)
