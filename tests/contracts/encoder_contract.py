"""What every encoder must do. Inherit ``EncoderContract`` and give the fixture ``encoder``.

The fixture has class scope, so that a model loads once. ``tolerance`` is the largest difference
between the same text encoded in two batches; 0 demands equal bits.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np
import pytest

from mnemic.errors import InvalidInput
from mnemic.retrieval.encoders.protocols import DenseVectors, Encoder, MultiVectors, SparseVectors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

Vectors: TypeAlias = "DenseVectors | SparseVectors | MultiVectors"
AnyEncoder: TypeAlias = "Encoder[Any]"

VERBS = ("encode_queries", "encode_documents")
TEXTS = ("which river is longest?", "the Nile", "a", "Zürich, 東京 and 🦊", "the Nile", "x " * 300)
# A lone surrogate is no Unicode scalar value, so no encoder can promise to take it.
AWKWARD = ("", " ", "\x00", "\u202eright to left", "e\u0301" * 50, "🦊" * 40)
MIXED = TEXTS + AWKWARD[1:]
SURROGATE = "broken \ud800 text"


def rows(vectors: Vectors) -> list[NDArray[np.float64]]:
    """Each text's representation as one array, so that kinds compare alike."""
    if isinstance(vectors, DenseVectors):
        return [row.astype(np.float64) for row in vectors.values]
    spans = zip(vectors.offsets[:-1], vectors.offsets[1:], strict=True)
    if isinstance(vectors, MultiVectors):
        return [vectors.values[start:end].astype(np.float64) for start, end in spans]
    pairs = np.stack([vectors.ids.astype(np.float64), vectors.weights.astype(np.float64)])
    return [pairs[:, start:end] for start, end in spans]


def width(vectors: Vectors) -> int:
    """Dimensions, or the size of the vocabulary."""
    if isinstance(vectors, SparseVectors):
        return vectors.vocabulary_size
    return int(vectors.values.shape[1])


def assert_well_formed(vectors: Vectors, texts: int) -> None:
    """The layout that the protocol promises for each kind."""
    if isinstance(vectors, DenseVectors):
        assert vectors.values.shape[0] == texts, "one row a text"
        assert vectors.values.ndim == 2
        assert_floats(vectors.values)
        return
    assert vectors.offsets.dtype == np.int64
    assert vectors.offsets.shape == (texts + 1,), "one row a text"
    assert vectors.offsets[0] == 0
    assert (np.diff(vectors.offsets) >= 0).all()
    if isinstance(vectors, MultiVectors):
        assert vectors.values.ndim == 2
        assert vectors.offsets[-1] == len(vectors.values)
        assert_floats(vectors.values)
    else:
        assert_sparse(vectors)


def assert_sparse(vectors: SparseVectors) -> None:
    """Ids ascend within a row and fit the vocabulary; weights are positive."""
    assert vectors.offsets[-1] == len(vectors.ids) == len(vectors.weights)
    assert vectors.ids.dtype == np.int64
    assert_floats(vectors.weights)
    assert (vectors.weights > 0).all()
    assert ((vectors.ids >= 0) & (vectors.ids < vectors.vocabulary_size)).all()
    for start, end in zip(vectors.offsets[:-1], vectors.offsets[1:], strict=True):
        assert (np.diff(vectors.ids[start:end]) > 0).all(), "ids ascend within a row"


def assert_floats(values: NDArray[Any]) -> None:
    """float32 and finite."""
    assert values.dtype == np.float32
    assert np.isfinite(values).all()


class EncoderContract(ABC):
    """Rows belong to their texts, whatever the batch; layouts and types are as promised."""

    kind: ClassVar[type[Vectors]]
    tolerance: ClassVar[float] = 1e-5

    @pytest.fixture(scope="class")
    @classmethod
    @abstractmethod
    def encoder(cls) -> AnyEncoder:
        """The encoder under test."""

    def assert_same(self, left: Vectors, right: Vectors) -> None:
        """Two encodings agree row by row, within the tolerance."""
        pairs = list(zip(rows(left), rows(right), strict=True))
        for one, other in pairs:
            assert one.shape == other.shape
            np.testing.assert_allclose(one, other, rtol=0, atol=self.tolerance)

    @pytest.mark.parametrize("verb", VERBS)
    def test_layout_and_types(self, encoder: AnyEncoder, verb: str) -> None:
        encode = verb_of(encoder, verb)
        for texts in (TEXTS, TEXTS[:1]):
            vectors = encode(texts)
            assert isinstance(vectors, self.kind)
            assert_well_formed(vectors, len(texts))

    @pytest.mark.parametrize("verb", VERBS)
    def test_no_texts_give_no_rows(self, encoder: AnyEncoder, verb: str) -> None:
        vectors = verb_of(encoder, verb)([])
        assert isinstance(vectors, self.kind)
        assert_well_formed(vectors, 0)

    def test_width_never_changes(self, encoder: AnyEncoder) -> None:
        batches: list[Sequence[str]] = [[], TEXTS[:1], TEXTS]
        widths = {width(verb_of(encoder, verb)(batch)) for verb in VERBS for batch in batches}
        assert len(widths) == 1

    @pytest.mark.parametrize("verb", VERBS)
    def test_same_texts_same_bits(self, encoder: AnyEncoder, verb: str) -> None:
        encode = verb_of(encoder, verb)
        for one, other in zip(rows(encode(TEXTS)), rows(encode(TEXTS)), strict=True):
            np.testing.assert_array_equal(one, other)

    @pytest.mark.parametrize("verb", VERBS)
    def test_a_row_does_not_depend_on_its_batch(self, encoder: AnyEncoder, verb: str) -> None:
        encode = verb_of(encoder, verb)
        singles = {text: rows(encode([text])) for text in MIXED}
        assert {len(single) for single in singles.values()} == {1}
        for batch in (MIXED, MIXED[::-1], MIXED[::2], MIXED[1::2], MIXED[:1] * 3, MIXED[3:5]):
            together = rows(encode(batch))
            assert len(together) == len(batch)
            for text, row in zip(batch, together, strict=True):
                (alone,) = singles[text]
                assert alone.shape == row.shape
                np.testing.assert_allclose(row, alone, rtol=0, atol=self.tolerance)

    @pytest.mark.parametrize("verb", VERBS)
    def test_different_texts_differ(self, encoder: AnyEncoder, verb: str) -> None:
        one, other = rows(verb_of(encoder, verb)(["the longest river", "a fast red car"]))
        assert one.shape != other.shape or not np.allclose(one, other, atol=self.tolerance)

    @pytest.mark.parametrize("verb", VERBS)
    def test_the_result_is_the_callers(self, encoder: AnyEncoder, verb: str) -> None:
        encode = verb_of(encoder, verb)
        first = encode(TEXTS)
        kept = [row.copy() for row in rows(first)]
        values = first.weights if isinstance(first, SparseVectors) else first.values
        if values.flags.writeable:
            values[:] = 0
        for one, other in zip(rows(encode(TEXTS)), kept, strict=True):
            np.testing.assert_array_equal(one, other)

    @pytest.mark.parametrize("verb", VERBS)
    @pytest.mark.parametrize("text", [*AWKWARD, SURROGATE])
    def test_awkward_text_is_encoded_or_named(
        self, encoder: AnyEncoder, verb: str, text: str
    ) -> None:
        refusal = ""
        try:
            assert_well_formed(verb_of(encoder, verb)(["fine", text, "fine too"]), 3)
        except InvalidInput as error:
            refusal = error.message
        assert not refusal or text in ("", SURROGATE), "a valid text was refused"
        assert not refusal or "1" in refusal, "the message has the position of the text"

    @pytest.mark.parametrize("verb", VERBS)
    def test_one_text_is_not_several(self, encoder: AnyEncoder, verb: str) -> None:
        refused = False
        try:
            verb_of(encoder, verb)("fox")
        except InvalidInput:
            refused = True
        assert refused, "the letters of a text are no texts"

    def test_fingerprint_is_stable_data(self, encoder: AnyEncoder) -> None:
        before = encoder.fingerprint
        encoder.encode_queries(TEXTS)
        assert encoder.fingerprint == before
        assert before.name
        assert int(before.digest, 16) >= 0
        assert json.loads(json.dumps(dict(before.settings))) == dict(before.settings)


def verb_of(encoder: AnyEncoder, verb: str) -> Callable[[Sequence[str]], Vectors]:
    """``encode_queries`` or ``encode_documents`` as a function."""
    bound: Callable[[Sequence[str]], Vectors] = getattr(encoder, verb)
    return bound
