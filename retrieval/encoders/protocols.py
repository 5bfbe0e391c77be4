"""What an encoder is: texts to dense, sparse or multi-vector representations.

There are two verbs, one for queries and one for documents, because prompts, poolings and sometimes
whole models differ between the two sides. A failed text never shifts the others: row ``i`` of the
output always belongs to text ``i``, or the call raises.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mnemic.types import Fingerprint


@dataclass(frozen=True, slots=True)
class DenseVectors:
    """One vector a text: float32 [n, d]."""

    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SparseVectors:
    """Weighted vocabulary ids a text, as compressed sparse rows.

    Attributes:
        offsets: int64 [n + 1].
        ids: int64 [total], ascending within a row, below ``vocabulary_size``.
        weights: float32 [total], finite and positive.
        vocabulary_size: Width of the space; may exceed 65,535.
    """

    offsets: NDArray[np.int64]
    ids: NDArray[np.int64]
    weights: NDArray[np.float32]
    vocabulary_size: int


@dataclass(frozen=True, slots=True)
class MultiVectors:
    """Several vectors a text.

    Attributes:
        offsets: int64 [n + 1], rows of ``values`` that belong to each text.
        values: float32 [sum of lengths, d].
    """

    offsets: NDArray[np.int64]
    values: NDArray[np.float32]


VectorsT_co = TypeVar("VectorsT_co", DenseVectors, SparseVectors, MultiVectors, covariant=True)


@runtime_checkable
class Vocabulary(Protocol):
    """What sparse vectors are made of, for encoders that can say it."""

    def token(self, number: int) -> str:
        """The text that an id of the vocabulary stands for.

        Raises:
            InvalidInput: The vocabulary has no such id.
        """
        ...


@runtime_checkable
class Encoder(Protocol[VectorsT_co]):
    """Texts to vectors of one kind, deterministic and independent of the batch."""

    @property
    def fingerprint(self) -> Fingerprint:
        """Identity: model, revision, dims, template, dtype. Stored beside the vectors."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> VectorsT_co:
        """Encode questions; an empty sequence gives zero rows.

        Raises:
            InvalidInput: A text cannot be encoded, and the message has its position; or
                ``texts`` is a string itself.
        """
        ...

    def encode_documents(self, texts: Sequence[str]) -> VectorsT_co:
        """Encode passages or documents; the same rules."""
        ...
