"""What is asked when nobody says what: words and vectors together, as far as there are any.

Fusion, weights and depth were chosen on the tuning queries (docs/results/fusion.json).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mnemic.retrieval.fusion import MinMax
from mnemic.retrieval.hybrid import DEPTH, HybridSpec
from mnemic.retrieval.lexical import BM25Spec
from mnemic.retrieval.vectors.retriever import ROLES, VectorSpec

if TYPE_CHECKING:
    from collections.abc import Collection as Container


def default_hybrid(roles: Container[str]) -> HybridSpec:
    """BM25 and every kind of vectors that there is, fused.

    Args:
        roles: ``dense``, ``sparse`` or both.
    """
    vectors = [VectorSpec(role) for role in ROLES if role in roles]
    return HybridSpec((BM25Spec(), *vectors), MinMax(), None, DEPTH)
