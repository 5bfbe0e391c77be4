"""Where documents, segments and retrievers meet: what is stored once and found again."""

from mnemic.retrieval.collections.collection import Collection
from mnemic.retrieval.collections.records import AddReport, CollectionStats, ErasureReceipt
from mnemic.retrieval.collections.workspace import Workspace

__all__ = ["AddReport", "Collection", "CollectionStats", "ErasureReceipt", "Workspace"]
