"""Weighted vocabulary ids a text, by a model whose dense rows are mostly zeros.

Formal et al., "SPLADE v2: Sparse Lexical and Expansion Model for Information Retrieval", 2021.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from mnemic.errors import DimensionMismatch, InvalidInput
from mnemic.indexes.sparse.pruning import checked_top_k, prune_rows
from mnemic.llm.texts import check_texts
from mnemic.retrieval.encoders.dense import filled_places, not_finite
from mnemic.retrieval.encoders.protocols import SparseVectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.llm.onnx.text_model import TextModel
    from mnemic.retrieval.encoders.loading import Lazy
    from mnemic.retrieval.encoders.specs import EncoderSpec
    from mnemic.types import Fingerprint

    Row = tuple[NDArray[np.int64], NDArray[np.float32]]


class SparseEncoder:
    """Texts to learned sparse vectors; immutable, so that threads may share it.

    Rows of the whole vocabulary exist for one batch at a time. A text of white space alone gets
    an empty row. A text over the window is cut there; the log ``mnemic.llm`` says so at debug
    level.

    Args:
        spec: Its settings.
        fingerprint: Its identity.
        dims: Size of the vocabulary.
        window: Most tokens of one text, special ones included.
        model: Loaded at the first text.
    """

    kind: Literal["sparse"] = "sparse"

    def __init__(
        self,
        spec: EncoderSpec,
        fingerprint: Fingerprint,
        *,
        dims: int,
        window: int,
        model: Lazy[TextModel],
    ) -> None:
        self.spec = spec
        self.fingerprint = fingerprint
        self.dims = dims
        self.window = window
        self._model = model

    def encode_queries(self, texts: Sequence[str]) -> SparseVectors:
        """One row a question; with ``query_top_k`` its largest weights alone.

        Raises:
            InvalidInput: A text is no string or no valid Unicode; the message has its position.
            IndexCorrupt: The model's files were altered, or it gives weights that are not finite.
        """
        return self._encode(texts, self.spec.query_prefix, self.spec.query_top_k)

    def encode_documents(self, texts: Sequence[str]) -> SparseVectors:
        """One row a passage; with ``top_k`` its largest weights alone; else as for queries."""
        return self._encode(texts, self.spec.document_prefix, self.spec.top_k)

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, without special ones and prefixes."""
        return self._model.get().count_tokens(text)

    def token(self, number: int) -> str:
        """The text that an id of the vocabulary stands for, such as ``fox`` or ``##es``.

        Raises:
            InvalidInput: The vocabulary has no such id.
        """
        if not 0 <= number < self.dims:
            raise InvalidInput(
                f"{number} is not in the vocabulary of {self.fingerprint.name}",
                hint=f"Its ids are 0 to {self.dims - 1:,}.",
            )
        return self._model.get().token(number)

    def _encode(self, texts: Sequence[str], prefix: str, top_k: int | None) -> SparseVectors:
        check_texts(texts)
        filled = filled_places(texts)
        rows: list[Row] = [_EMPTY] * len(texts)
        if filled:
            model = self._model.get()
            tokens = model.tokenize([prefix + texts[place] for place in filled])
            for batch in model.batches(tokens):
                places = [filled[position] for position in batch.positions]
                self._check(batch.vectors, places)
                for place, values in zip(places, batch.vectors, strict=True):
                    rows[place] = strongest(values, top_k)
        return _joined(rows, self.dims)

    def _check(self, vectors: NDArray[np.float32], places: Sequence[int]) -> None:
        if vectors.shape[1] != self.dims:
            raise DimensionMismatch(
                f"{self.fingerprint.name} gave {vectors.shape[1]} weights, not {self.dims}"
            )
        finite = np.isfinite(vectors).all(axis=1)
        if not finite.all():
            raise not_finite(self.fingerprint.name, places[int(np.argmin(finite))])


_EMPTY = (np.zeros(0, np.int64), np.zeros(0, np.float32))


def strongest(values: NDArray[np.float32], top_k: int | None) -> Row:
    """The positive weights of one row and their ids, ascending.

    Args:
        values: float32 [vocabulary].
        top_k: Most weights to keep, the largest; of equal ones those with the lower ids.
    """
    ids = np.flatnonzero(values > 0)
    if top_k is not None and len(ids) > top_k:
        order = np.argsort(-values[ids], kind="stable")[:top_k]
        ids = np.sort(ids[order])
    return ids.astype(np.int64, copy=False), values[ids]


def pruned(vectors: SparseVectors, top_k: int) -> SparseVectors:
    """The vectors that the same encoder makes with this ``top_k``, without encoding again.

    Args:
        vectors: What it made without, or with a larger one.
        top_k: Most weights of a row to keep, the largest; of equal ones those with the lower ids.

    Raises:
        InvalidInput: ``top_k`` is below 1, or not a whole number.
    """
    rows = (vectors.offsets, vectors.ids, vectors.weights)
    return SparseVectors(*prune_rows(*rows, checked_top_k(top_k)), vectors.vocabulary_size)


def _joined(rows: Sequence[Row], vocabulary_size: int) -> SparseVectors:
    offsets = np.zeros(len(rows) + 1, np.int64)
    np.cumsum([len(ids) for ids, _ in rows], out=offsets[1:])
    ids = np.concatenate([_EMPTY[0], *(ids for ids, _ in rows)])
    weights = np.concatenate([_EMPTY[1], *(weights for _, weights in rows)])
    return SparseVectors(offsets, ids, weights, vocabulary_size)
