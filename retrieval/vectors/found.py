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
        passages: int64 [total], the number of the passage that was found in its document, among
            those that have a vector.
        spans: int64 [total, 2], where it stands: characters of the document's text.
    """

    offsets: NDArray[np.int64]
    ordinals: NDArray[np.int64]
    scores: NDArray[np.float64]
    passages: NDArray[np.int64]
    spans: NDArray[np.int64]
