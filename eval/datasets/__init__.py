"""Which questions, over which documents, with which right answers? BEIR folders, read lazily."""

from mnemic.eval.datasets.beir import Dataset, splits_of
from mnemic.eval.datasets.finding import load

__all__ = ["Dataset", "load", "splits_of"]
