"""Small corpora under real indexes of n-grams, for tests."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from mnemic.indexes.ngram import LiveNgrams, NgramIndex, NgramSegment, SymbolBatch
from mnemic.llm.tokenizer import Tokenizer
from mnemic.retrieval.ngram.corpus import Corpus
from mnemic.retrieval.ngram.spelling import ByteSpelling, TokenSpelling

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

Numbers = tuple[int, ...]


def batch_of(items: Sequence[Numbers], vocabulary: int) -> SymbolBatch:
    return SymbolBatch.of_tokens([np.array(item, np.uint32) for item in items], vocabulary)


def index_of(documents: SymbolBatch, *, parts: int = 2) -> NgramIndex:
    """An index of several segments, so that no answer comes from one alone."""
    count = len(documents)
    cuts = [count * part // parts for part in range(parts + 1)]
    return NgramIndex(
        [
            LiveNgrams(NgramSegment.build(documents.part(first, last)), np.arange(first, last))
            for first, last in pairwise(cuts)
            if first < last
        ]
    )


def names(ordinals: NDArray[np.int64]) -> list[str]:
    return [f"d{ordinal}" for ordinal in ordinals.tolist()]


def of_bytes(*documents: str) -> Corpus:
    index = index_of(SymbolBatch.of_bytes([each.encode() for each in documents]))
    return Corpus(index, ByteSpelling(), names)


def of_tokens(folder: Path, *documents: str) -> Corpus:
    """A corpus in the tokens of a tokenizer that was made from it."""
    spelling = TokenSpelling(Tokenizer.open(subwords(folder, documents)))
    rows = [spelling.symbols(each) for each in documents]
    return Corpus(index_of(spelling.batch(rows)), spelling, names)


def subwords(folder: Path, texts: Sequence[str]) -> Path:
    """A folder with a byte-level BPE whose tokens are whole words, with the space before them."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    # Characters beyond ASCII stay bytes, so that tokens are parts of characters.
    plain = [each for text in texts for each in text.split("\n") if each.isascii()]
    trainer = trainers.BpeTrainer(
        vocab_size=5_000, min_frequency=1, show_progress=False, initial_alphabet=alphabet
    )
    made.train_from_iterator([*plain, *(f" {each}" for each in plain)], trainer)
    folder.mkdir(parents=True, exist_ok=True)
    made.save(str(folder / "tokenizer.json"))
    return folder
