"""Text to token ids with character offsets, by the `tokenizers` library.

Offsets are indices into the text (code points). The byte-level tokens of one character that takes
several bytes all have that character's offsets; a token may begin with blanks. Imports NumPy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from leaksift.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

# The library's result takes some 300 bytes a token, ours 16: a long text goes through in pieces.
_PIECE = 65_536
_SEARCHED = 4_096

# Places where splitting a text leaves its tokens as they are: a single space between a letter or
# digit and a letter, a line feed between something and a letter or digit. Byte-level tokenizers
# (GPT-2's pattern, o200k's and the embedded model's) start a word there in any case.
_SEAM = re.compile(r"(?<=[^\W_])(?= [^\W\d_])|(?<=\S\n)(?=[^\W_])")

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Tokens:
    """`ids`, `starts` and `ends` have one entry per token; a token is `text[start:end]`."""

    ids: NDArray[np.int64]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.ids)


def open_tokenizer(file: Path, vocabulary: int) -> Tokenizer:
    """The tokenizer of a `tokenizer.json`, set to read all of a text and nothing but the text.

    Raises ModelError when the file cannot be read or has more tokens than the model.
    """
    from tokenizers import Tokenizer  # 25 ms that a run without a model need not spend

    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception:  # the library raises bare Exception
        raise ModelError(
            f"{file}: not a tokenizer that the installed tokenizers library reads; "
            "fetch the file again or update tokenizers"
        ) from None
    if tokenizer.get_vocab_size() > vocabulary:
        raise ModelError(
            f"{file}: has {tokenizer.get_vocab_size()} tokens, the model only {vocabulary}; "
            "the two belong to different models, fetch both again"
        )
    # A file saved during training may cut or fill up what it reads.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    # A text that spells a control token such as <|endoftext|> is text: it must not end anything.
    tokenizer.encode_special_tokens = True
    return tokenizer


def encode(tokenizer: Tokenizer, text: str) -> Tokens:
    """The tokens of the whole text, without control tokens.

    A long text is encoded in pieces of at most 65,536 characters, cut where that changes no
    token; only a text without a word boundary in 4,096 characters is cut anywhere, and then the
    same text is always cut at the same place. Time and memory are linear in the text.
    """
    # A lone surrogate has no UTF-8 form. The replacement is as long, so that offsets stay.
    text = _SURROGATE.sub("\ufffd", text)
    ids: list[NDArray[np.int64]] = []
    offsets: list[NDArray[np.int32]] = []
    for start, end in _pieces(text):
        encoding = tokenizer.encode(text[start:end], add_special_tokens=False)
        ids.append(np.array(encoding.ids, dtype=np.int64))
        pairs = np.array(encoding.offsets, dtype=np.int32).reshape(-1, 2)
        offsets.append(pairs + np.int32(start))
    if not ids:
        nothing = np.empty(0, dtype=np.int32)
        return Tokens(np.empty(0, dtype=np.int64), nothing, nothing)
    joined = np.concatenate(offsets)
    return Tokens(np.concatenate(ids), joined[:, 0].copy(), joined[:, 1].copy())


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    while len(text) - start > _PIECE:
        end = start + _PIECE
        for seam in _SEAM.finditer(text, end - _SEARCHED, end):
            end = seam.start()
        yield start, end
        start = end
    if start < len(text):
        yield start, len(text)
