"""Pieces and tracks of texts, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from tests.hash_encoder import DENSE, SPARSE, HashEncoder, similarities

from mnemic.indexes.spans import SpanBatch
from mnemic.retrieval.vectors import VectorPiece

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


Texts = dict[int, tuple[str, ...]]
"""Documents by ordinal: the texts of their passages."""

SPECS = {"dense": DENSE, "sparse": SPARSE}


def encoder_of(kind: str) -> HashEncoder:
    return HashEncoder(SPECS[kind])


def piece_of(kind: str, texts: Mapping[int, Sequence[str]]) -> VectorPiece:
    """One piece; passage ``p`` of document ``d`` stands at ``(100 d + p, 100 d + p + 1)``."""
    counts = [len(passages) for passages in texts.values()]
    starts = [
        100 * ordinal + p for ordinal, passages in texts.items() for p in range(len(passages))
    ]
    flat = [text for passages in texts.values() for text in passages]
    batch = SpanBatch(
        np.array(list(texts), np.int64),
        np.cumsum([0, *counts], dtype=np.int64),
        np.array(starts, np.int64),
        np.array(starts, np.int64) + 1,
    )
    return VectorPiece.build(batch, encoder_of(kind).encode_documents(flat))


def split(texts: Texts, *, every: int) -> list[Texts]:
    """Consecutive documents in groups."""
    items = list(texts.items())
    return [dict(items[start : start + every]) for start in range(0, len(items), every)]


def passages_by_force(
    kind: str, texts: Mapping[int, Sequence[str]], query: str
) -> list[tuple[float, int, int]]:
    """Score, ordinal and number of every passage that is found, best first."""
    encoder = encoder_of(kind)
    asked = encoder.encode_queries([query])
    scored = []
    for ordinal, passages in texts.items():
        for number, text in enumerate(passages):
            for score in similarities(encoder.encode_documents([text]), asked):
                scored.append((score, ordinal, number))
    return sorted(scored, key=lambda item: (-item[0], item[1], item[2]))


def documents_by_force(
    passages: Iterable[tuple[float, int, int]],
) -> list[tuple[float, int, int]]:
    """The best passage of each document."""
    best: dict[int, tuple[float, int, int]] = {}
    for score, ordinal, number in passages:
        best.setdefault(ordinal, (score, ordinal, number))
    return list(best.values())
