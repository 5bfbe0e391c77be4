"""What is asked when nobody says what: words and vectors together, as far as there are any.

Fusion, weights and depth are those with the best mean nDCG@10 on the tuning queries, for each set
of parts (docs/results/fusion.json).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mnemic.retrieval.fusion import ZScore
from mnemic.retrieval.hybrid import DEPTH, HybridSpec
from mnemic.retrieval.lexical import BM25Spec
from mnemic.retrieval.vectors.retriever import ROLES, VectorSpec

if TYPE_CHECKING:
    from collections.abc import Collection as Container

# With dense vectors alone, what only one part finds near its top must not count as last in the
# other. Learned sparse vectors find the same documents as BM25 more often.
DEEP = 1_000


def default_hybrid(roles: Container[str]) -> HybridSpec:
    """BM25 and every kind of vectors that there is, fused.

    Args:
        roles: ``dense``, ``sparse`` or both.
    """
    vectors = [VectorSpec(role) for role in ROLES if role in roles]
    depth = DEPTH if "sparse" in roles else DEEP
    return HybridSpec((BM25Spec(), *vectors), ZScore(), None, depth)
