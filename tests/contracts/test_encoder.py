"""Hashing encoders of all three kinds keep the contract, and broken ones are caught."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pytest
from tests.contracts.encoder_contract import SURROGATE, TEXTS, EncoderContract
from tests.contracts.proof import assert_caught, checks_of

from mnemic.errors import InvalidInput
from mnemic.retrieval.encoders.protocols import DenseVectors, Encoder, MultiVectors, SparseVectors
from mnemic.types import Fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

Hash: TypeAlias = "Callable[[str], int]"
WIDTH = 16
VOCABULARY = 100_000


def word_id(word: str) -> int:
    return int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "little")


def words_of(texts: Sequence[str]) -> list[list[str]]:
    if isinstance(texts, str):
        raise InvalidInput("texts is one text")
    for position, text in enumerate(texts):
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InvalidInput(f"text {position} holds a lone surrogate") from error
    return [text.split() or [""] for text in texts]


def vector_of(word: str) -> NDArray[np.float32]:
    return np.random.default_rng(word_id(word)).standard_normal(WIDTH).astype(np.float32)


def offsets_of(lengths: list[int]) -> NDArray[np.int64]:
    return np.cumsum([0, *lengths], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Hashing:
    """What the three encoders share: an identity and two verbs that do the same."""

    fingerprint: Fingerprint = field(
        default=Fingerprint("encoder:hashing", {"width": WIDTH}, digest="00ff")
    )

    def encode(self, texts: Sequence[str]) -> Any:
        raise NotImplementedError

    def encode_queries(self, texts: Sequence[str]) -> Any:
        return self.encode(texts)

    def encode_documents(self, texts: Sequence[str]) -> Any:
        return self.encode(texts)


class DenseHashing(Hashing):
    """The sum of one random vector a word."""

    def encode(self, texts: Sequence[str]) -> DenseVectors:
        values = np.zeros((len(texts), WIDTH), dtype=np.float32)
        for row, words in zip(values, words_of(texts), strict=True):
            for word in words:
                row += vector_of(word)
        return DenseVectors(values)


class SparseHashing(Hashing):
    """Counts of hashed words."""

    def encode(self, texts: Sequence[str]) -> SparseVectors:
        hashed = [[word_id(word) % VOCABULARY for word in words] for words in words_of(texts)]
        unique = [np.unique(np.array(ids, dtype=np.int64), return_counts=True) for ids in hashed]
        empty = np.zeros(0, dtype=np.int64)
        return SparseVectors(
            offsets_of([len(ids) for ids, _ in unique]),
            np.concatenate([empty, *(ids for ids, _ in unique)]),
            np.concatenate([empty, *(counts for _, counts in unique)]).astype(np.float32),
            VOCABULARY,
        )


class MultiHashing(Hashing):
    """One random vector a word, none of them pooled."""

    def encode(self, texts: Sequence[str]) -> MultiVectors:
        words = words_of(texts)
        vectors = [vector_of(word) for row in words for word in row]
        values = np.concatenate(
            [np.zeros((0, WIDTH), dtype=np.float32), *(v[None] for v in vectors)]
        )
        return MultiVectors(offsets_of([len(row) for row in words]), values)


class TestDense(EncoderContract):
    kind = DenseVectors
    tolerance = 0.0

    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls) -> Encoder[DenseVectors]:
        return DenseHashing()


class TestSparse(EncoderContract):
    kind = SparseVectors
    tolerance = 0.0

    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls) -> Encoder[SparseVectors]:
        return SparseHashing()


class TestMulti(EncoderContract):
    kind = MultiVectors
    tolerance = 0.0

    @pytest.fixture(scope="class")
    @classmethod
    def encoder(cls) -> Encoder[MultiVectors]:
        return MultiHashing()


# One broken encoder for each way to break the contract.


class DropsEmpty(DenseHashing):
    def encode(self, texts: Sequence[str]) -> DenseVectors:
        return super().encode([text for text in texts if text.strip()])


class WrongType(DenseHashing):
    def encode(self, texts: Sequence[str]) -> DenseVectors:
        values: Any = super().encode(texts).values.astype(np.float64)
        return DenseVectors(values)


class FlatWhenEmpty(DenseHashing):
    def encode(self, texts: Sequence[str]) -> DenseVectors:
        full = super().encode(texts)
        return full if texts else DenseVectors(np.zeros(0, dtype=np.float32))


class GrowsWithBatch(DenseHashing):
    def encode(self, texts: Sequence[str]) -> DenseVectors:
        return DenseVectors(super().encode(texts).values[:, : 4 + len(texts)])


class Noisy(DenseHashing):
    def encode(self, texts: Sequence[str]) -> DenseVectors:
        full = super().encode(texts).values
        return DenseVectors(full + np.random.default_rng().random(full.shape, dtype=np.float32))


class CentresBatch(DenseHashing):
    def encode(self, texts: Sequence[str]) -> DenseVectors:
        values = super().encode(texts).values
        return DenseVectors(values - values.mean(axis=0) if len(values) else values)


class Constant(DenseHashing):
    def encode(self, texts: Sequence[str]) -> DenseVectors:
        return super().encode(["same"] * len(texts))


class SharesItsCache(DenseHashing):
    cache: DenseVectors | None = None

    def encode(self, texts: Sequence[str]) -> DenseVectors:
        if SharesItsCache.cache is None:
            SharesItsCache.cache = super().encode(texts)
        return SharesItsCache.cache


class BlamesNobody(DenseHashing):
    def encode(self, texts: Sequence[str]) -> DenseVectors:
        if SURROGATE in texts:
            raise InvalidInput("some text holds a lone surrogate")
        return super().encode(texts)


class SpellsTexts(DenseHashing):
    def encode(self, texts: Sequence[str]) -> DenseVectors:
        return super().encode(list(texts))


class ForgetsItself(DenseHashing):
    def encode(self, texts: Sequence[str]) -> DenseVectors:
        changed = replace(self.fingerprint, name="")
        object.__setattr__(self, "fingerprint", changed)
        return super().encode(texts)


class UnsortedIds(SparseHashing):
    def encode(self, texts: Sequence[str]) -> SparseVectors:
        full = super().encode(texts)
        return replace(full, ids=full.ids[::-1].copy())


class ZeroWeights(SparseHashing):
    def encode(self, texts: Sequence[str]) -> SparseVectors:
        full = super().encode(texts)
        return replace(full, weights=full.weights * np.float32(0))


class LosesOffsets(MultiHashing):
    def encode(self, texts: Sequence[str]) -> MultiVectors:
        full = super().encode(texts)
        return replace(full, offsets=full.offsets[:-1])


VERB = {"verb": "encode_documents"}
AWKWARD = "test_awkward_text_is_encoded_or_named"
BROKEN: list[tuple[type[EncoderContract], str, Hashing, dict[str, Any]]] = [
    (TestDense, "test_layout_and_types", WrongType(), VERB),
    (TestSparse, "test_layout_and_types", UnsortedIds(), VERB),
    (TestSparse, "test_layout_and_types", ZeroWeights(), VERB),
    (TestMulti, "test_layout_and_types", LosesOffsets(), VERB),
    (TestSparse, "test_layout_and_types", DenseHashing(), VERB),
    (TestDense, "test_no_texts_give_no_rows", FlatWhenEmpty(), VERB),
    (TestDense, "test_width_never_changes", GrowsWithBatch(), {}),
    (TestDense, "test_same_texts_same_bits", Noisy(), VERB),
    (TestDense, "test_a_row_does_not_depend_on_its_batch", CentresBatch(), VERB),
    (TestDense, "test_a_row_does_not_depend_on_its_batch", DropsEmpty(), VERB),
    (TestDense, "test_different_texts_differ", Constant(), VERB),
    (TestDense, "test_the_result_is_the_callers", SharesItsCache(), VERB),
    (TestDense, AWKWARD, DropsEmpty(), VERB | {"text": ""}),
    (
        TestDense,
        "test_awkward_text_is_encoded_or_named",
        BlamesNobody(),
        VERB | {"text": SURROGATE},
    ),
    (TestDense, "test_one_text_is_not_several", SpellsTexts(), VERB),
    (TestDense, "test_fingerprint_is_stable_data", ForgetsItself(), {}),
]


@pytest.mark.parametrize(
    ("contract", "check", "encoder", "arguments"),
    BROKEN,
    ids=[f"{type(encoder).__name__}-{check}" for _, check, encoder, _ in BROKEN],
)
def test_a_broken_encoder_is_caught(
    contract: type[EncoderContract], check: str, encoder: Hashing, arguments: dict[str, Any]
) -> None:
    assert_caught(contract, check, encoder=encoder, **arguments)


def test_every_check_is_known_to_fail() -> None:
    assert {check for _, check, _, _ in BROKEN} == checks_of(EncoderContract)


def test_the_protocol_is_met_at_run_time() -> None:
    assert all(isinstance(kind(), Encoder) for kind in (DenseHashing, SparseHashing, MultiHashing))
    assert len(TEXTS) > len(set(TEXTS)), "the contract sees repeated texts"
