"""What a search over vectors returns, before ordinals become ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Found:
    """Hits of a batch of queries, ragged, best first.

    Query ``i`` owns ``offsets[i]:offsets[i + 1]`` of the other arrays.

    Attributes:
        offsets: int64 [queries + 1].
        ordinals: int64 [total], the documents.
        scores: float64 [total].
        spans: int64 [total, 2], characters of the document's text that were found.
    """

    offsets: NDArray[np.int64]
    ordinals: NDArray[np.int64]
    scores: NDArray[np.float64]
    spans: NDArray[np.int64]
