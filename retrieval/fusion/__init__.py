"""Several rankings of one question: which single ranking do they make? Pure functions, no I/O."""

from mnemic.retrieval.fusion.fusing import fuse, fuse_listings
from mnemic.retrieval.fusion.methods import (
    FUSIONS,
    RRF,
    Fusion,
    LogOdds,
    MinMax,
    ZScore,
    fusion_of,
)
from mnemic.retrieval.fusion.weights import checked_weights

__all__ = [
    "FUSIONS",
    "RRF",
    "Fusion",
    "LogOdds",
    "MinMax",
    "ZScore",
    "checked_weights",
    "fuse",
    "fuse_listings",
    "fusion_of",
]
