"""What must hold for the answers of a sparse index; each check raises AssertionError."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pytest
from tests.contracts.index_contract import same_results

from mnemic.errors import NotFound
from mnemic.indexes.sparse import TermBatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray
    from tests.contracts.sparse_mirror import Mirror

    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.sparse import BM25, Impact, SparseSegment
    from mnemic.types import Explanation, TopK

RELATIVE = 1e-12
"""What rounding may do to a score: some hundred terms, each wrong by 1e-16."""


class Index(Protocol):
    """A sparse index, or a wrong one."""

    def search(
        self,
        queries: TermBatch,
        k: int,
        *,
        scorer: BM25 | Impact,
        allowed: Sequence[Bitmap | None] | None = None,
    ) -> TopK: ...

    def explain(
        self, queries: TermBatch, ordinal: int, *, scorer: BM25 | Impact
    ) -> Explanation: ...


@dataclass(frozen=True)
class Asked:
    """Some queries under one scorer and one filter of documents."""

    queries: TermBatch
    scorer: BM25 | Impact
    chosen: NDArray[np.bool_] | None

    def alone(self, row: int) -> TermBatch:
        """One of the queries."""
        start, end = self.queries.offsets[row : row + 2].tolist()
        weights = self.queries.weights
        return TermBatch(
            self.queries.vocabulary,
            np.asarray([0, end - start]),
            self.queries.terms[start:end],
            None if weights is None else weights[start:end],
        )


def everything(index: Index, mirror: Mirror, asked: Asked) -> TopK:
    """All documents that match, none left out for their rank."""
    allowed = mirror.allowed(asked.chosen)
    k = 2 * len(mirror.ordinals) + 9
    return index.search(asked.queries, k, scorer=asked.scorer, allowed=allowed)


def check_everything(index: Index, mirror: Mirror, asked: Asked) -> None:
    """All documents that match, with the scores of brute force, in the order of their scores."""
    found = everything(index, mirror, asked)
    assert len(found) == len(asked.queries)
    for row in range(len(found)):
        matching, wanted = mirror.truth.scores(asked.queries, row, asked.scorer)
        if asked.chosen is not None:
            matching &= asked.chosen
        _check_row(mirror, found.row(row), matching, wanted)


def _check_row(
    mirror: Mirror,
    row: tuple[NDArray[np.float64], NDArray[np.int64]],
    matching: NDArray[np.bool_],
    wanted: NDArray[np.float64],
) -> None:
    scores, ids = row
    assert np.array_equal(np.sort(ids), mirror.ordinals[matching])
    assert np.array_equal(np.lexsort((ids, -scores)), np.arange(len(ids)))
    documents = np.searchsorted(mirror.ordinals, ids)
    expected = wanted[documents]
    assert np.all(np.abs(scores - expected) <= RELATIVE * expected)
    kinds = mirror.truth.collection.kinds[documents]
    of_kind = np.zeros(len(mirror.truth.collection.values))
    of_kind[kinds] = scores
    assert np.array_equal(of_kind[kinds], scores), "equal documents have other scores"


def check_depths(index: Index, mirror: Mirror, asked: Asked, depths: Iterable[int]) -> None:
    """The best ``k`` are the first ``k`` of everything, bit for bit."""
    full, allowed = everything(index, mirror, asked), mirror.allowed(asked.chosen)
    for k in depths:
        found = index.search(asked.queries, k, scorer=asked.scorer, allowed=allowed)
        assert len(found) == len(full)
        for row in range(len(full)):
            for all_, best in zip(full.row(row), found.row(row), strict=True):
                assert all_[:k].tobytes() == best.tobytes(), (k, row)


def check_alike(index: Index, mirror: Mirror, other: Index, same: Mirror, asked: Asked) -> None:
    """Another index of the same documents has the same bits, whatever its segments."""
    same_results(everything(index, mirror, asked), everything(other, same, asked))
    few = [
        each.search(asked.queries, 10, scorer=asked.scorer, allowed=m.allowed(asked.chosen))
        for each, m in ((index, mirror), (other, same))
    ]
    same_results(*few)


def check_arrays(merged: SparseSegment, fresh: SparseSegment) -> None:
    """A merge is what a fresh build of the kept documents makes, array for array."""
    assert merged.arrays.keys() == fresh.arrays.keys()
    for name, array in fresh.arrays.items():
        assert merged.arrays[name].tobytes() == array.tobytes(), name


def check_explained(
    index: Index, mirror: Mirror, asked: Asked, documents: NDArray[np.int64]
) -> None:
    """An explanation's value is the very score of the search, 0 where nothing matches."""
    free = Asked(asked.queries, asked.scorer, None)
    found = everything(index, mirror, free)
    for row in range(len(asked.queries)):
        scores, ids = found.row(row)
        known = dict(zip(ids.tolist(), scores.tolist(), strict=True))
        for document in documents:
            ordinal, query = int(mirror.ordinals[document]), asked.alone(row)
            if mirror.truth.live[document]:
                explained = index.explain(query, ordinal, scorer=asked.scorer)
                assert explained.value == known.get(ordinal, 0.0)
            else:
                with pytest.raises(NotFound):
                    index.explain(query, ordinal, scorer=asked.scorer)
