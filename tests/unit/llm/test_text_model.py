"""Texts to vectors: order, windows, batches, threads, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.llm.small_bert import PLACES, make_bert
from tests.unit.llm.test_graph import converted

from mnemic.errors import IndexCorrupt, InvalidInput, Unavailable
from mnemic.llm.models.files import sha256_of
from mnemic.llm.onnx.batching import padded, plan
from mnemic.llm.onnx.convert import full_precision
from mnemic.llm.onnx.session import Session
from mnemic.llm.onnx.text_model import TextModel
from mnemic.llm.texts import read_tokenizer

TEXTS = ["w1 w2 w3", "", "w4", "w5 " * 30, "unknown w6", "w1 w2 w3"]

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return converted(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def small(folder: Path) -> TextModel:
    return TextModel.open(folder, threads=2)


@given(
    lengths=st.lists(st.integers(0, 300), max_size=60),
    budget=st.integers(1, 1000),
    most=st.integers(1, 20),
)
def test_batches_hold_each_text_once_and_keep_the_budget(
    lengths: list[int], budget: int, most: int
) -> None:
    batches = [list(map(int, batch)) for batch in plan(lengths, budget=budget, most=most)]
    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) <= most
        assert len(batch) == 1 or len(batch) * lengths[batch[0]] <= budget
    inside = [lengths[place] for batch in batches for place in batch]
    assert inside == sorted(inside, reverse=True)


def test_a_batch_is_padded_to_its_longest() -> None:
    ids, mask = padded([[5, 6, 7], [8]], pad=0)
    assert ids.tolist() == [[5, 6, 7], [8, 0, 0]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]


def test_rows_belong_to_their_texts(small: TextModel) -> None:
    vectors = small.encode(TEXTS)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    lengths = np.linalg.norm(vectors, axis=1)
    np.testing.assert_allclose(lengths, [bool(text) for text in TEXTS], atol=1e-5)
    for text, vector in zip(TEXTS, vectors, strict=True):
        np.testing.assert_array_equal(small.encode([text])[0], vector)


def test_threads_change_no_bit(folder: Path, small: TextModel) -> None:
    alone = TextModel.open(folder, threads=1)
    np.testing.assert_array_equal(alone.encode(TEXTS * 9), small.encode(TEXTS * 9))


def test_a_full_precision_model_shares_batches(tmp_path: Path) -> None:
    make_bert(tmp_path)
    session = Session(full_precision(tmp_path, head="mean"), name="small")
    tokenizer = read_tokenizer(tmp_path / "tokenizer.json")
    model = TextModel(tokenizer, session, window=32, together=True, threads=1)
    sizes = [len(batch.positions) for batch in model.batches(model.tokenize(TEXTS))]
    assert sizes == [len(TEXTS)]
    alone = np.concatenate([model.encode([text]) for text in TEXTS])
    np.testing.assert_allclose(model.encode(TEXTS), alone, rtol=0, atol=1e-6)


def test_texts_over_the_window_are_cut_and_reported(small: TextModel) -> None:
    texts = ["w1", "w2 " * 30, "w3 " * 31, "w4 " * 500]
    tokens = small.tokenize(texts)
    assert tokens.truncated == (2, 3)
    assert [len(row) for row in tokens.rows] == [3, 32, 32, 32]
    assert all(row[0] == 2 and row[-1] == 3 for row in tokens.rows)
    np.testing.assert_array_equal(small.encode(["w3 " * 31]), small.encode(["w3 " * 30]))


def test_tokens_are_counted_without_special_ones(small: TextModel) -> None:
    assert [small.count_tokens(text) for text in ("", "w1", "w1  w2 ", "w3 " * 99)] == [0, 1, 2, 99]
    with pytest.raises(InvalidInput, match="text 0 is"):
        small.count_tokens("\ud800")


def test_a_token_has_a_text(small: TextModel) -> None:
    assert [small.token(number) for number in (0, 2, 4, 63)] == ["[PAD]", "[CLS]", "w0", "w59"]
    assert [small.token(number) for number in (64, 2**32 - 1)] == ["[64]", "[4294967295]"]
    for number in (-1, 2**32):
        with pytest.raises(InvalidInput, match=f"{number} is no id"):
            small.token(number)


def test_the_tokenizer_is_the_one_that_was_asked_for(folder: Path) -> None:
    expected = sha256_of(folder / "tokenizer.json")
    TextModel.open(folder, tokenizer_sha256=expected)
    with pytest.raises(IndexCorrupt, match=r"tokenizer\.json"):
        TextModel.open(folder, tokenizer_sha256=expected[::-1])


@pytest.mark.parametrize("bad", ["broken \ud800 text", None, 7, b"bytes"])
def test_what_is_no_text_is_refused_with_its_position(small: TextModel, bad: Any) -> None:
    with pytest.raises(InvalidInput, match="text 1 is"):
        small.encode(["w1", bad, "w2"])


def test_a_batch_that_the_graph_cannot_take_is_typed(folder: Path, small: TextModel) -> None:
    too_long = TextModel.open(folder)
    too_long.window = PLACES + 10
    with pytest.raises(Unavailable, match="failed on"):
        too_long.encode(["w1 " * (PLACES + 5)])
