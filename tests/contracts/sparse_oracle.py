"""Sparse search by brute force in plain Python, from the formulas of the papers."""

from __future__ import annotations

import math
from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from mnemic.indexes.sparse import TermBatch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mnemic.indexes.sparse import BM25

Tokens: TypeAlias = tuple[bytes, ...]
Vector: TypeAlias = tuple[tuple[bytes, float], ...]


def idf(variant: str, n: int, df: int) -> float:
    ratio = (n - df + 0.5) / (df + 0.5)
    return {
        "lucene": math.log(1 + ratio),
        "robertson": math.log(max(1.0, ratio)),
        "atire": math.log(n / df),
        "bm25l": math.log((n + 1) / (df + 0.5)),
        "bm25+": math.log((n + 1) / df),
    }[variant]


def component(scorer: BM25, tf: int, norm: float) -> float:
    """The frequency part for ``norm = 1 - b + b * length / average``; ``tf`` may be 0."""
    k1 = scorer.k1
    if scorer.variant in ("lucene", "robertson"):
        return tf / (tf + k1 * norm) if tf else 0.0
    if scorer.variant == "bm25l":
        delta = 0.5 if scorer.delta is None else scorer.delta
        shifted = (tf / norm if tf else 0.0) + delta
        return (k1 + 1) * shifted / (k1 + shifted) if shifted else 0.0
    delta = 0.0 if scorer.variant == "atire" else 1.0 if scorer.delta is None else scorer.delta
    return (tf * (k1 + 1) / (tf + k1 * norm) if tf else 0.0) + delta


def bm25(live: Mapping[int, Tokens], query: Tokens, scorer: BM25) -> dict[int, float]:
    """Scores of the documents that share a term with the query."""
    average = sum(map(len, live.values())) / max(len(live), 1)
    having = Counter(term for tokens in live.values() for term in set(tokens))
    scores = {}
    for ordinal, tokens in live.items():
        counts = Counter(tokens)
        if not counts.keys() & set(query):
            continue
        norm = 1 - scorer.b + scorer.b * len(tokens) / average
        scores[ordinal] = sum(
            idf(scorer.variant, len(live), having[term]) * component(scorer, counts[term], norm)
            for term in query
            if having[term]
        )
    return scores


def impact(live: Mapping[int, Vector], query: Vector) -> dict[int, float]:
    """Dot products; weights of a repeated term add up and become float32 in documents."""
    asked = _summed(query)
    scores = {}
    for ordinal, vector in live.items():
        weights = {term: float(np.float32(weight)) for term, weight in _summed(vector).items()}
        shared = sorted(asked.keys() & weights.keys())
        if shared:
            scores[ordinal] = sum(asked[term] * weights[term] for term in shared)
    return scores


def _summed(vector: Vector) -> dict[bytes, float]:
    sums: dict[bytes, float] = {}
    for term, weight in vector:
        if weight:
            sums[term] = sums.get(term, 0.0) + float(np.float32(weight))
    return sums


def weighted_batch(vectors: Sequence[Vector]) -> TermBatch:
    """Learned sparse vectors as a batch."""
    vocabulary = sorted({term for vector in vectors for term, _ in vector})
    numbers = {term: number for number, term in enumerate(vocabulary)}
    pairs = [pair for vector in vectors for pair in vector]
    return TermBatch(
        vocabulary,
        np.fromiter(accumulate(map(len, vectors), initial=0), np.int64),
        np.asarray([numbers[term] for term, _ in pairs], np.uint32),
        np.asarray([weight for _, weight in pairs], np.float32),
    )
