"""I have a question: which documents answer it? Analysis, encoders, retrievers and collections."""

from mnemic.retrieval.fusion import RRF, Fusion, LogOdds, MinMax, ZScore, fuse
from mnemic.retrieval.hybrid import HybridRetriever, HybridSpec, hybrid
from mnemic.retrieval.lexical import BM25Retriever, BM25Spec, bm25
from mnemic.retrieval.ngram.generation import Writing
from mnemic.retrieval.ngram.prompts import Prompt
from mnemic.retrieval.ngram.retriever import NgramRetriever, NgramSpec, ngram
from mnemic.retrieval.protocols import Retriever, SupportsExplanation
from mnemic.retrieval.vectors.retriever import VectorRetriever, VectorSpec, dense, sparse

__all__ = [
    "RRF",
    "BM25Retriever",
    "BM25Spec",
    "Fusion",
    "HybridRetriever",
    "HybridSpec",
    "LogOdds",
    "MinMax",
    "NgramRetriever",
    "NgramSpec",
    "Prompt",
    "Retriever",
    "SupportsExplanation",
    "VectorRetriever",
    "VectorSpec",
    "Writing",
    "ZScore",
    "bm25",
    "dense",
    "fuse",
    "hybrid",
    "ngram",
    "sparse",
]
