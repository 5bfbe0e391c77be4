"""I have a question: which documents answer it? Analysis, encoders, retrievers and collections."""

from mnemic.retrieval.lexical import BM25Retriever, BM25Spec, bm25
from mnemic.retrieval.protocols import Retriever, SupportsExplanation

__all__ = ["BM25Retriever", "BM25Spec", "Retriever", "SupportsExplanation", "bm25"]
