"""The native core: what `indexes/native/bind_*.cpp` show to Python."""

from collections.abc import Callable, Iterable, Sequence
from enum import Enum

import numpy as np
from numpy.typing import NDArray

class Postings:
    """A checked view on one segment's arrays; keeps them alive."""

    def __init__(
        self,
        name: str,
        *,
        terms: NDArray[np.uint8],
        term_offsets: NDArray[np.int64],
        list_offsets: NDArray[np.int64],
        lists: NDArray[np.uint8],
        lengths: NDArray[np.uint32],
        has_impacts: bool,
    ) -> None: ...
    @property
    def document_count(self) -> int: ...
    @property
    def term_count(self) -> int: ...
    @property
    def posting_count(self) -> int: ...
    @property
    def token_count(self) -> int: ...

class LivePostings:
    """A segment with its ordinals and live bitmap; remembers live document frequencies."""

    def __init__(
        self, segment: Postings, ordinals: NDArray[np.int64], live: NDArray[np.uint8] | None
    ) -> None: ...
    @property
    def live_documents(self) -> int: ...
    @property
    def live_tokens(self) -> int: ...

class Variant(Enum):
    """What scores a posting."""

    LUCENE = 0
    ROBERTSON = 1
    ATIRE = 2
    BM25L = 3
    BM25PLUS = 4
    IMPACT = 5

class Scorer:
    """A variant with its parameters."""

    def __init__(self, variant: Variant, k1: float, b: float, delta: float) -> None: ...

class Batch:
    """Checked queries, with the bytes of the terms that occur in them."""

    def __init__(
        self,
        vocabulary: Sequence[bytes],
        offsets: NDArray[np.int64],
        terms: NDArray[np.uint32],
        weights: NDArray[np.float32] | None,
    ) -> None: ...

class Snapshot:
    """Live segments that are searched together."""

    def __init__(self, segments: Sequence[LivePostings]) -> None: ...
    def search(
        self,
        queries: Batch,
        k: int,
        scorer: Scorer,
        allowed: Sequence[NDArray[np.uint8] | None],
        threads: int,
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
        """Scores, ordinals and row offsets, best first; runs without the GIL."""

    def explain(
        self, queries: Batch, scorer: Scorer, ordinal: int
    ) -> tuple[float, float, int, list[tuple[bytes, int, float, float, float, float, float]]]:
        """Score, shift, document length, and the parts of each term of the first query.

        A part is the term's bytes, live document frequency, query weight, idf, frequency or
        impact, component and product.
        """

def count_postings(
    vocabulary: Sequence[bytes],
    offsets: NDArray[np.int64],
    terms: NDArray[np.uint32],
    weights: NDArray[np.float32] | None,
) -> dict[str, NDArray[np.generic]]:
    """Inverted lists of a batch of documents, as the named arrays of a segment."""

def compress_postings(
    name: str,
    *,
    terms: NDArray[np.uint8],
    term_offsets: NDArray[np.int64],
    list_offsets: NDArray[np.int64],
    documents: NDArray[np.uint32],
    frequencies: NDArray[np.uint32] | None,
    impacts: NDArray[np.float32] | None,
    lengths: NDArray[np.uint32],
) -> dict[str, NDArray[np.generic]]:
    """Uncompressed lists of version 1, as the named arrays of a segment."""

def merge_postings(
    segments: Sequence[Postings], keep: Sequence[NDArray[np.uint8] | None]
) -> dict[str, NDArray[np.generic]]:
    """The arrays of several segments joined, of the kept documents only."""

class Words:
    """Words that were seen, with their terms; safe to use from many threads at once."""

    def __init__(
        self, ranges: NDArray[np.uint32], *, code: bool, lower: bool, longest: int
    ) -> None: ...
    @property
    def memory(self) -> int:
        """Bytes of all that is remembered."""

    def read(
        self,
        texts: Iterable[str],
        resolve: Callable[[list[str]], list[str | tuple[str, ...]]],
        threads: int,
    ) -> tuple[list[bytes], NDArray[np.int64], NDArray[np.uint32]]:
        """Vocabulary, offsets and terms of a batch; holds the GIL for new words alone."""

class Closeness(Enum):
    """What the score of a query and a stored vector is."""

    PRODUCT = 0
    COSINE = 1
    DISTANCE = 2

def score_pairs(
    closeness: Closeness,
    vectors: NDArray[np.float32],
    rows: NDArray[np.int64],
    queries: NDArray[np.float32],
    which: NDArray[np.int64],
    lengths: NDArray[np.float64],
    threads: int,
) -> NDArray[np.float64]:
    """The exact score of each pair ``vectors[rows[i]]``, ``queries[which[i]]``; without the GIL."""

def rank_candidates(
    which: NDArray[np.int64],
    scores: NDArray[np.float64],
    ordinals: NDArray[np.int64],
    passages: NDArray[np.int64],
    queries: int,
    k: int,
    per_passage: bool,
    threads: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The numbers of the best ``k`` candidates of each query, and each query's ``k``-th score.

    Query after query, by (-score, ordinal, passage); a document once, unless ``per_passage``. The
    score is minus infinity where there are fewer. Runs without the GIL.
    """

def suffix_array(
    text: NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.uint32], symbols: int
) -> NDArray[np.int32]:
    """Where the suffixes of a text begin, in their order; runs without the GIL.

    A suffix that is the beginning of another one comes first. O(n): about 10 MB of text a second.

    Args:
        text: Numbers of symbols, below ``symbols``.
        symbols: Size of the alphabet.

    Raises:
        InvalidInput: A number is not below ``symbols``.
        LimitExceeded: The text has 2**31 - 1 symbols or more.
    """

class ProcessorLevel(Enum):
    """Which instructions kernels use."""

    PLAIN = 0
    AVX2 = 1
    AVX512 = 2

def limit_processor(level: ProcessorLevel) -> ProcessorLevel:
    """Use no wider instructions than these, in the whole process; what is then used."""

NARROW_VOCABULARY: int
"""Blocks of a vocabulary below this are ``NarrowTokenBlock``."""

def build_byte_block(
    symbols: NDArray[np.uint8], offsets: NDArray[np.int64], rate: int
) -> dict[str, NDArray[np.generic]]:
    """The arrays of an FM-index over documents of bytes; without the GIL."""

def build_token_block(
    symbols: NDArray[np.uint32], offsets: NDArray[np.int64], vocabulary: int, rate: int
) -> dict[str, NDArray[np.generic]]:
    """The arrays of an FM-index over documents of token ids; without the GIL."""

class DeadRows:
    """The rows of a block's deleted documents."""

    @property
    def count(self) -> int: ...
    @property
    def bytes(self) -> int: ...

class _Block:
    """A checked view on one block's arrays; keeps them alive."""

    def __init__(
        self, name: str, arrays: dict[str, NDArray[np.generic]], vocabulary: int, rate: int
    ) -> None: ...
    @property
    def documents(self) -> int: ...
    @property
    def rows(self) -> int: ...
    def dead_rows(
        self, documents: NDArray[np.uint32], known: DeadRows | None, threads: int
    ) -> DeadRows:
        """The rows of some documents, beside those that are known already."""

class ByteBlock(_Block): ...
class NarrowTokenBlock(_Block): ...
class WideTokenBlock(_Block): ...

class _Blocks:
    """Blocks that are asked together; see ``mnemic.indexes.ngram``."""

    def __init__(
        self, blocks: Sequence[_Block], dead: list[DeadRows | None], vocabulary: int
    ) -> None: ...
    def count_many(
        self, symbols: NDArray[np.generic], offsets: NDArray[np.int64], threads: int
    ) -> NDArray[np.int64]: ...
    def find(
        self, symbols: NDArray[np.generic], offsets: NDArray[np.int64], threads: int
    ) -> NDArray[np.uint32]: ...
    def anchor(self, count: int, what: int) -> NDArray[np.uint32]: ...
    def extend(
        self,
        ranges: NDArray[np.uint32],
        parents: NDArray[np.int64],
        symbols: NDArray[np.generic],
        threads: int,
    ) -> NDArray[np.uint32]: ...
    def totals(self, ranges: NDArray[np.uint32]) -> NDArray[np.int64]: ...
    def next_symbols(
        self, ranges: NDArray[np.uint32], threads: int
    ) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]: ...
    def masks(self, ranges: NDArray[np.uint32], threads: int) -> NDArray[np.uint8]: ...
    def rows(
        self, ranges: NDArray[np.uint32], limit: int, after: NDArray[np.uint8] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]: ...
    def locate(
        self, rows: NDArray[np.int64], threads: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]: ...
    def extract(
        self,
        documents: NDArray[np.int64],
        begins: NDArray[np.int64],
        ends: NDArray[np.int64],
        threads: int,
    ) -> NDArray[np.generic]: ...
    def longest(
        self, symbols: NDArray[np.generic], offsets: NDArray[np.int64], threads: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]: ...

class ByteBlocks(_Blocks):
    def count(self, pattern: bytes) -> int:
        """Live occurrences of one pattern."""

class NarrowTokenBlocks(_Blocks):
    def count(self, pattern: NDArray[np.uint32]) -> int:
        """Live occurrences of one pattern."""

class WideTokenBlocks(_Blocks):
    def count(self, pattern: NDArray[np.uint32]) -> int:
        """Live occurrences of one pattern."""
