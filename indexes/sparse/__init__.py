"""Which documents share weighted terms with the query? Exact BM25 and learned sparse search."""

from mnemic.indexes.sparse.batch import TermBatch
from mnemic.indexes.sparse.index import SparseIndex
from mnemic.indexes.sparse.pruning import pruned
from mnemic.indexes.sparse.scorers import BM25, Impact
from mnemic.indexes.sparse.segment import LiveSegment, SparseSegment
from mnemic.indexes.sparse.vocabulary import VocabularyIds, vocabulary_of_tokens

__all__ = [
    "BM25",
    "Impact",
    "LiveSegment",
    "SparseIndex",
    "SparseSegment",
    "TermBatch",
    "VocabularyIds",
    "pruned",
    "vocabulary_of_tokens",
]
