"""The opt-in encoders, pulled by the real command: splade-tiny and wordllama."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.models import pulled
from tests.unit.llm.numpy_bert import splade_vector

from mnemic.llm.models import locate
from mnemic.llm.onnx.batching import padded
from mnemic.llm.onnx.convert import full_precision
from mnemic.llm.onnx.session import Session
from mnemic.llm.onnx.text_model import TextModel
from mnemic.llm.onnx.weights import read_bert
from mnemic.llm.static import StaticModel
from mnemic.llm.texts import read_tokenizer

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = (
    "what is the capital of france?",
    "The river rose after three days of rain.",
    "Caroline adopted a dog from the shelter in May.",
)


@pytest.fixture(scope="module")
def splade() -> Path:
    return locate("splade-tiny", settings=pulled(["splade-tiny"]))


def cosines(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    return np.asarray((left * right).sum(axis=1) / lengths)


def test_splade_is_what_numpy_computes(splade: Path) -> None:
    model = TextModel.open(splade, threads=1)
    rows, bert = model.tokenize(TEXTS).rows, read_bert(splade)
    expected = np.stack([splade_vector(bert, row) for row in rows])
    session = Session(full_precision(splade, head="splade"), name="splade-tiny")
    assert cosines(session.run(*padded(rows, pad=0)), expected).min() >= 0.9999
    assert cosines(model.encode(TEXTS), expected).mean() >= 0.99


def test_splade_adds_words_that_the_text_lacks(splade: Path) -> None:
    weights = TextModel.open(splade, threads=1).encode(TEXTS[:1])[0]
    tokenizer = read_tokenizer(splade / "tokenizer.json")
    words = [tokenizer.id_to_token(int(place)) for place in np.argsort(-weights)[:10]]
    assert words[:2] == ["capital", "france"]
    assert {"french", "paris", "city"} & set(words)
    assert (weights >= 0).all()
    assert 5 < (weights > 0).sum() < 300


def test_static_vectors_put_like_with_like() -> None:
    model = StaticModel.open(locate("wordllama", settings=pulled(["wordllama"])))
    a, b, c = model.encode(["a dog barks", "the puppy is barking", "interest rates rose"])
    assert a @ b > a @ c + 0.1
