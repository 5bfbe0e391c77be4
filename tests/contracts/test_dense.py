"""The dense index, for each metric, with passages and without, under every index's contract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pytest
from hypothesis import strategies as st
from tests.contracts.dense_oracle import Vectors, best, dense_batch
from tests.contracts.index_contract import IndexContract, Piece, Searchable

from mnemic.indexes.dense import DenseBatch, DenseIndex, DenseSegment, LiveSegment, Metric

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mnemic.indexes.protocols import Bitmap
    from mnemic.types import TopK

DIMS = 3
NUMBERS = st.sampled_from([0.0, -0.0, 1.0, -1.0, 2.0, 0.5]) | st.floats(-100, 100, width=32)
VECTORS = st.tuples(*[NUMBERS] * DIMS)


@dataclass(frozen=True)
class ByBatch:
    """An index that is asked with a batch, as the suite does."""

    index: DenseIndex

    def search(
        self, queries: Any, k: int, *, allowed: Sequence[Bitmap | None] | None = None
    ) -> TopK:
        return self.index.search(queries.vectors, k, allowed=allowed)

    def stats(self) -> Any:
        return self.index.stats()


class PassageContract(IndexContract[Vectors]):
    metric: Metric = "cosine"

    def documents(self) -> st.SearchStrategy[Vectors]:
        return st.lists(VECTORS, max_size=3).map(tuple)

    def query_rows(self) -> st.SearchStrategy[Vectors]:
        return st.tuples(VECTORS)

    def batch(self, rows: Sequence[Vectors]) -> DenseBatch:
        return dense_batch(rows, self.metric, DIMS)

    def build(self, batch: DenseBatch) -> DenseSegment:
        return DenseSegment.build(batch)

    def index(self, pieces: Sequence[Piece]) -> Searchable:
        return ByBatch(DenseIndex([LiveSegment(p.segment, p.ordinals, p.live) for p in pieces]))

    def oracle(self, live: Mapping[int, Vectors], query: Vectors) -> Mapping[int, float]:
        return best(self.metric, live, query)


class OneVectorContract(PassageContract):
    def documents(self) -> st.SearchStrategy[Vectors]:
        return st.tuples(VECTORS)

    def batch(self, rows: Sequence[Vectors]) -> DenseBatch:
        vectors = np.asarray([row[0] for row in rows], np.float32).reshape(len(rows), DIMS)
        return DenseBatch(vectors, self.metric)


class TestCosine(OneVectorContract):
    pass


class TestInnerProduct(OneVectorContract):
    metric: Metric = "ip"


class TestDistance(OneVectorContract):
    metric: Metric = "l2"


class TestCosineOfPassages(PassageContract):
    pass


class TestInnerProductOfPassages(PassageContract):
    metric: Metric = "ip"


class TestDistanceOfPassages(PassageContract):
    metric: Metric = "l2"


@pytest.mark.parametrize("metric", get_args(Metric))
@pytest.mark.parametrize("contract", [PassageContract, OneVectorContract])
def test_every_metric_is_under_the_contract(
    contract: type[PassageContract], metric: Metric
) -> None:
    covered = {each.metric for each in contract.__subclasses__() if each is not OneVectorContract}
    assert metric in covered
