"""What to ask a hard collection: short, long, repeated, unknown, weighted; all from a generator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from tests.contracts.sparse_collections import LARGEST, SMALLEST, UNKNOWN

from mnemic.indexes.sparse import BM25, Impact, TermBatch

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray
    from tests.contracts.sparse_collections import Collection

    from mnemic.indexes.sparse.scorers import BM25Variant

VARIANTS: tuple[BM25Variant, ...] = ("lucene", "robertson", "atire", "bm25l", "bm25+")
DEFAULTS = BM25()


def scorer(rng: Generator, *, weighted: bool) -> BM25 | Impact:
    """The default one in a third of the cases: it may have bounds of its own."""
    if weighted:
        return Impact()
    if rng.random() < 0.3:
        return DEFAULTS
    return BM25(
        k1=float(rng.choice([0, 0.01, 0.9, 1.2, 20, 1e6])),
        b=float(rng.choice([0, 0.4, 0.75, 1])),
        variant=VARIANTS[int(rng.integers(0, len(VARIANTS)))],
        delta=[None, 0.0, 0.3, 1e6][int(rng.integers(0, 4))],
    )


def queries(rng: Generator, collection: Collection, number: int) -> TermBatch:
    """Queries of one to some hundred terms, sometimes none; in half of the batches weighted."""
    rows = [_terms(rng, collection) for _ in range(number)]
    terms = np.concatenate(rows).astype(np.uint32)
    offsets = np.cumsum([0, *map(len, rows)])
    weights = None if rng.random() < 0.5 else _weights(rng, len(terms))
    return TermBatch(collection.names, offsets, terms, weights)


def _terms(rng: Generator, collection: Collection) -> NDArray[np.int64]:
    known, all_ = collection.terms, collection.terms + UNKNOWN
    match int(rng.integers(0, 9)):
        case 0:
            return rng.integers(0, known, 1)
        case 1 | 2:  # of one document, so that one at least has them all
            own = np.flatnonzero(collection.values[rng.integers(0, len(collection.values))])
            return rng.permutation(own)[: int(rng.integers(1, 12))]
        case 3 | 4:
            return rng.integers(0, known, int(rng.integers(2, 9)))
        case 5:
            return rng.integers(0, all_, int(rng.choice([60, 64, 65, 200])))
        case 6:
            return rng.permutation(all_)
        case 7:
            often = np.full(int(rng.choice([2, 50, 300])), rng.integers(0, known))
            return np.append(often, rng.integers(0, all_, int(rng.integers(0, 3))))
    having = (collection.values > 0).sum(axis=0)
    order = np.argsort(having, kind="stable")
    pick = int(rng.integers(0, 3))  # the rarest beside the commonest; or nothing that is known
    return np.concatenate([order[:pick], order[known - pick :], [known] * int(rng.integers(0, 2))])


def _weights(rng: Generator, number: int) -> NDArray[np.float32]:
    match int(rng.integers(0, 5)):
        case 0:
            weights = rng.choice([0.25, 0.5, 1, 2.75], number)
        case 1:
            weights = rng.lognormal(0, 1, number)
        case 2:
            weights = 10 ** rng.uniform(-45, 38.5, number)
        case 3:
            weights = np.full(number, rng.choice([SMALLEST, LARGEST, 1e-3]))
        case _:
            weights = rng.lognormal(0, 1, number) * rng.integers(0, 2, number)
    return np.asarray(np.minimum(weights, LARGEST), np.float32)
