"""One round of many searches in one collection, cut, deleted, merged and filtered by chance."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from tests.contracts import sparse_checks, sparse_collections, sparse_queries
from tests.contracts.sparse_checks import Asked
from tests.contracts.sparse_mirror import fresh, merged, mirror_of

from mnemic.indexes._native import ProcessorLevel, limit_processor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.random import Generator
    from tests.contracts.sparse_collections import Collection
    from tests.contracts.sparse_mirror import Mirror

SEARCHES = 3
QUERIES = 5
CASES = (SEARCHES + 1) * QUERIES
"""In each round; a case is a query under a scorer and a filter, at all depths."""
LEVELS = (ProcessorLevel.PLAIN, ProcessorLevel.AVX2, ProcessorLevel.AVX512)


@contextmanager
def limited(level: ProcessorLevel) -> Iterator[None]:
    """No wider instructions than these."""
    try:
        limit_processor(level)
        yield
    finally:
        limit_processor(ProcessorLevel.AVX512)


def asked(rng: Generator, mirror: Mirror) -> Asked:
    """Queries, a scorer that fits the documents, and in half of the cases a filter."""
    collection = mirror.truth.collection
    chosen = None
    if rng.random() < 0.5:
        chosen = sparse_collections.members(rng, len(collection))
    return Asked(
        sparse_queries.queries(rng, collection, QUERIES),
        sparse_queries.scorer(rng, weighted=collection.weighted),
        chosen,
    )


def check_round(rng: Generator, collection: Collection) -> None:
    with limited(LEVELS[int(rng.integers(0, 3))]):
        mirror = mirror_of(rng, collection)
        alone, whole = mirror.index(threads=1), fresh(rng, mirror)
    two, new = mirror.index(threads=2), whole.index(threads=1)
    n = len(collection)
    for _ in range(SEARCHES):
        questions = asked(rng, mirror)
        sparse_checks.check_everything(alone, mirror, questions)
        sparse_checks.check_depths(alone, mirror, questions, (0, 1, 2, 10, 100, n, n + 5))
        sparse_checks.check_alike(alone, mirror, new, whole, questions)
        with limited(LEVELS[int(rng.integers(0, 3))]):
            sparse_checks.check_alike(alone, mirror, two, mirror, questions)
    joined = merged(mirror)
    if joined is not None:
        sparse_checks.check_arrays(joined.parts[0].segment, whole.parts[0].segment)
    documents = np.unique(rng.integers(0, n, 3))
    sparse_checks.check_explained(alone, mirror, asked(rng, mirror), documents)
    later = mirror.without(sparse_collections.members(rng, n))
    questions = asked(rng, later)
    sparse_checks.check_everything(later.index(), later, questions)
    sparse_checks.check_depths(later.index(threads=2), later, questions, (1, 10, 100))
