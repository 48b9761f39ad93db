"""The tokenizer of the embedded model: a cased byte-level BPE that keeps values apart.

What a span may begin or end with must be a token boundary. So digits come in groups of at most two,
every punctuation mark is a token of its own (repeats of one mark may merge), lower and upper case
words of an identifier are apart, and only a blank may stand before a word inside its token. It is
learned from generated examples and background text of the training split.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

VOCABULARY = 12288

PAD, END = "<pad>", "<eos>"
"""Control tokens 0 and 1. `END` stands between texts in training; a text that is read has none."""

PIECES = "|".join(
    (
        r" ?\p{Lu}?[\p{Ll}\p{M}]+",  # word, Word
        r" ?\p{Lu}+(?!\p{Ll})",  # WORD, and HTTP in HTTPServer
        r" ?\p{Lu}",
        r" ?[\p{Lo}\p{Lt}\p{Lm}\p{M}]+",  # scripts without case
        r"\p{N}{1,2}",
        r"([^\s\p{L}\p{N}])\1*",  # =, ===
        r"\r?\n[\r\n]*[ \t]*",  # a line's end with the next one's indentation
        r" +(?=\S)",
        r"\s+",
    )
)


def fit(texts: Iterator[str], vocabulary: int = VOCABULARY) -> Tokenizer:
    """A tokenizer with at most `vocabulary` tokens, the two control tokens and all bytes included.

    The same texts in the same order give the same tokenizer.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[PAD, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        # A merge that recurs a few times is somebody's value; a long one is base64.
        min_frequency=4,
        max_token_length=20,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def build(seed: int, work: Path, examples: int = 40_000) -> dict[str, float]:
    """Fits the tokenizer on that many training examples and as many documents / 4; saves it as
    `tokenizer.json`.

    Returns what the card says of it: the size, and characters a token on other examples.
    """
    from training.generate import document_examples
    from training.generate import examples as generated

    def texts(seed: int, count: int) -> Iterator[str]:
        for example in islice(generated(seed, "train", work), count):
            yield example.text
        for example in islice(document_examples(seed, "train", work), count // 4):
            yield example.text

    tokenizer = fit(texts(seed, examples))
    tokenizer.save(str(work / "tokenizer.json"))
    characters = tokens = 0
    for example in islice(generated(seed + 1, "dev", work), 1_000):
        ids = tokenizer.encode(example.text).ids
        if tokenizer.decode(ids, skip_special_tokens=False) != example.text:
            raise ValueError("the tokenizer does not give back what it read")
        characters, tokens = characters + len(example.text), tokens + len(ids)
    return {
        "vocabulary": tokenizer.get_vocab_size(),
        "characters_per_token": round(characters / tokens, 3),
    }
