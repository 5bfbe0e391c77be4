"""Which passages mean what the question means? A collection's vectors and their retrievers."""

from mnemic.retrieval.vectors.found import Found
from mnemic.retrieval.vectors.pieces import VectorPiece
from mnemic.retrieval.vectors.track import Track

__all__ = ["Found", "Track", "VectorPiece"]
