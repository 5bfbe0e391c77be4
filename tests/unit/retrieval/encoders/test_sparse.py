"""Sparse encoders: which weights are kept, in which order, for which text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.retrieval.encoders.small_models import made

from mnemic.errors import InvalidInput
from mnemic.llm.onnx.text_model import TextModel
from mnemic.retrieval.encoders.opening import open_encoder
from mnemic.retrieval.encoders.protocols import Vocabulary
from mnemic.retrieval.encoders.sparse import pruned, strongest
from mnemic.retrieval.encoders.specs import EncoderSpec
from mnemic.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.retrieval.encoders.protocols import SparseVectors

TEXTS = ["w1 w2", "", "w3 " * 9, " ", "w1 w2"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("small"), head="splade")


def encoded(folder: Path, texts: list[str], *, top_k: int | None = None) -> SparseVectors:
    spec = EncoderSpec(str(folder), "sparse", top_k=top_k)
    vectors: SparseVectors = open_encoder(spec, Settings(threads=1)).encode_documents(texts)
    return vectors


def dense(vectors: SparseVectors) -> np.ndarray:
    rows = np.zeros((len(vectors.offsets) - 1, vectors.vocabulary_size), np.float32)
    places = np.repeat(np.arange(len(rows)), np.diff(vectors.offsets))
    rows[places, vectors.ids] = vectors.weights
    return rows


def test_rows_are_those_of_the_model(folder: Path) -> None:
    vectors = encoded(folder, TEXTS)
    expected = TextModel.open(folder, threads=1).encode(TEXTS)
    np.testing.assert_array_equal(dense(vectors), expected)
    assert np.diff(vectors.offsets)[[1, 3]].tolist() == [0, 0]
    assert (vectors.weights > 0).all()


def test_no_texts_keep_the_vocabulary(folder: Path) -> None:
    for texts in ([], ["", " "]):
        vectors = encoded(folder, texts)
        assert vectors.offsets.tolist() == [0] * (len(texts) + 1)
        assert (len(vectors.ids), vectors.vocabulary_size) == (0, 64)


def test_an_id_of_the_vocabulary_has_a_text(folder: Path) -> None:
    encoder = open_encoder(EncoderSpec(str(folder), "sparse"), Settings(threads=1))
    assert isinstance(encoder, Vocabulary)
    assert [encoder.token(number) for number in (2, 4, 63)] == ["[CLS]", "w0", "w59"]
    for number in (-1, 64):
        with pytest.raises(InvalidInput, match=f"{number} is not in the vocabulary"):
            encoder.token(number)


def test_each_side_has_its_own_limit(folder: Path) -> None:
    spec = EncoderSpec(str(folder), "sparse", top_k=5, query_top_k=3)
    encoder = open_encoder(spec, Settings(threads=1))
    assert np.diff(encoder.encode_documents(TEXTS).offsets).tolist() == [5, 0, 5, 0, 5]
    assert np.diff(encoder.encode_queries(TEXTS).offsets).tolist() == [3, 0, 3, 0, 3]


def test_the_strongest_of_each_row_are_kept(folder: Path) -> None:
    whole, pruned = dense(encoded(folder, TEXTS)), dense(encoded(folder, TEXTS, top_k=4))
    for row, kept in zip(whole, pruned, strict=True):
        np.testing.assert_array_equal(np.sort(kept)[-4:], np.sort(row)[-4:])
        assert not kept[row < np.sort(row)[-4]].any()


@pytest.mark.parametrize("top_k", [1, 4, 20, 64])
def test_pruning_later_is_pruning_at_once(folder: Path, top_k: int) -> None:
    later, at_once = pruned(encoded(folder, TEXTS), top_k), encoded(folder, TEXTS, top_k=top_k)
    for name in ("offsets", "ids", "weights"):
        np.testing.assert_array_equal(getattr(later, name), getattr(at_once, name))
        assert getattr(later, name).dtype == getattr(at_once, name).dtype
    assert later.vocabulary_size == at_once.vocabulary_size
    with pytest.raises(InvalidInput, match="top_k=0"):
        pruned(later, 0)


# Few values, so that most rows have ties at the cut.
@given(
    values=st.lists(st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0]), max_size=12),
    top_k=st.none() | st.integers(1, 12),
)
def test_ties_are_cut_at_the_higher_id(values: list[float], top_k: int | None) -> None:
    ids, weights = strongest(np.array(values, np.float32), top_k)
    order = sorted((-value, place) for place, value in enumerate(values) if value > 0)
    expected = sorted(place for _, place in order[:top_k])
    assert ids.tolist() == expected
    assert weights.tolist() == [values[place] for place in expected]
    assert ids.dtype == np.int64
    assert weights.dtype == np.float32
