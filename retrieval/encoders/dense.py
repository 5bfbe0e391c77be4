"""One vector a text, by any model that has a vector for a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from mnemic.errors import DimensionMismatch, IndexCorrupt
from mnemic.llm.texts import check_texts
from mnemic.retrieval.encoders.protocols import DenseVectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.retrieval.encoders.loading import Lazy
    from mnemic.retrieval.encoders.specs import EncoderSpec
    from mnemic.types import Fingerprint


class DenseModel(Protocol):
    """What a runtime must do for a dense encoder."""

    def encode(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        """Vectors in the order of the texts: float32 [texts, width]; at least one text."""
        ...

    def count_tokens(self, text: str, /) -> int:
        """Tokens of a text without the special ones."""
        ...


class DenseEncoder:
    """Texts to dense vectors; immutable, so that threads may share it.

    A text of white space alone gets the zero vector, whose cosine with anything is 0. A text over
    the window is cut there; the log ``mnemic.llm`` says so at debug level.

    Args:
        spec: Its settings.
        fingerprint: Its identity.
        dims: Width of its vectors.
        window: Most tokens of one text, special ones included.
        model: Loaded at the first text.
    """

    kind: Literal["dense"] = "dense"

    def __init__(
        self,
        spec: EncoderSpec,
        fingerprint: Fingerprint,
        *,
        dims: int,
        window: int,
        model: Lazy[DenseModel],
    ) -> None:
        self.spec = spec
        self.fingerprint = fingerprint
        self.dims = dims
        self.window = window
        self._model = model

    def encode_queries(self, texts: Sequence[str]) -> DenseVectors:
        """One row a question: float32 [texts, dims].

        Raises:
            InvalidInput: A text is no string or no valid Unicode; the message has its position.
            IndexCorrupt: The model's files were altered, or it gives no finite vector.
        """
        return self._encode(texts, self.spec.query_prefix)

    def encode_documents(self, texts: Sequence[str]) -> DenseVectors:
        """One row a passage; as :meth:`encode_queries`."""
        return self._encode(texts, self.spec.document_prefix)

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, without special ones and prefixes."""
        return self._model.get().count_tokens(text)

    def _encode(self, texts: Sequence[str], prefix: str) -> DenseVectors:
        check_texts(texts)
        values = np.zeros((len(texts), self.dims), np.float32)
        filled = filled_places(texts)
        if filled:
            found = self._model.get().encode([prefix + texts[place] for place in filled])
            self._check(found, filled)
            values[filled] = found
        return DenseVectors(values)

    def _check(self, found: NDArray[np.float32], places: Sequence[int]) -> None:
        if found.shape != (len(places), self.dims):
            raise DimensionMismatch(
                f"{self.fingerprint.name} gave {found.shape} numbers, not {len(places), self.dims}"
            )
        finite = np.isfinite(found).all(axis=1)
        if not finite.all():
            raise not_finite(self.fingerprint.name, places[int(np.argmin(finite))])


def filled_places(texts: Sequence[str]) -> list[int]:
    """Positions of the texts that hold more than white space."""
    return [place for place, text in enumerate(texts) if text.strip()]


def not_finite(name: str, place: int) -> IndexCorrupt:
    """The error for a model that gives NaN or infinity."""
    return IndexCorrupt(
        f"{name} gave a vector that is not finite for text {place}",
        hint="'mnemic models verify' hashes its files; another model may help.",
    )
