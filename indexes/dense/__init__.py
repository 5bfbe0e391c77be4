"""Which documents have the vectors nearest to the query's? Exact dense search over segments."""

from mnemic.indexes.dense.batch import DenseBatch, Metric
from mnemic.indexes.dense.index import DenseIndex, PassageTopK
from mnemic.indexes.dense.live import LiveSegment
from mnemic.indexes.dense.segment import DenseSegment

__all__ = ["DenseBatch", "DenseIndex", "DenseSegment", "LiveSegment", "Metric", "PassageTopK"]
