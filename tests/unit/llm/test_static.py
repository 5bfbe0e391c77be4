"""Static vectors: the mean of the tokens' rows, and what is refused."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
import pytest
from safetensors.numpy import save_file
from tests.unit.llm.small_bert import WORDS, tokenizer

from mnemic.errors import IndexCorrupt, InvalidInput
from mnemic.llm.static import TABLE, StaticModel, read_shape

if TYPE_CHECKING:
    from pathlib import Path


def made(folder: Path, *, rows: int = len(WORDS), last: float = 1.0) -> Path:
    table = np.random.default_rng(0).normal(size=(rows, 8)).astype(np.float16)
    table[-1] = last
    save_file({TABLE: table}, folder / "model.safetensors")
    tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def test_a_text_is_the_mean_of_its_tokens(tmp_path: Path) -> None:
    table = np.random.default_rng(0).normal(size=(len(WORDS), 8)).astype(np.float16)
    model = StaticModel.open(made(tmp_path))
    texts = ["w1 w2 w2", "", "w3 " * 9, "  "]
    vectors = model.encode(texts)
    expected = table[[5, 6, 6]].astype(np.float32).mean(axis=0)
    np.testing.assert_allclose(vectors[0], expected / np.linalg.norm(expected), atol=1e-6)
    np.testing.assert_array_equal(vectors[[1, 3]], np.zeros((2, 8), np.float32))
    assert vectors.dtype == np.float32
    for text, vector in zip(texts, vectors, strict=True):
        np.testing.assert_array_equal(model.encode([text])[0], vector)
    assert model.encode([]).shape == (0, 8)


def test_what_is_over_the_window_does_not_count(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = StaticModel.open(made(tmp_path), window=3)
    with caplog.at_level(logging.DEBUG, logger="mnemic.llm"):
        vectors = model.encode(["w1 w2 w3 w4 w5", "w1 w2 w3"])
    np.testing.assert_array_equal(vectors[0], vectors[1])
    assert caplog.messages == ["1 of 2 texts are cut at 3 tokens"]
    assert [model.count_tokens(text) for text in ("", "w1", "w1 w2 w3 w4 w5")] == [0, 1, 5]
    with pytest.raises(InvalidInput, match="text 0 is"):
        model.count_tokens("\ud800")


def test_the_shape_is_read_without_the_table(tmp_path: Path) -> None:
    assert read_shape(made(tmp_path) / "model.safetensors") == (len(WORDS), 8)
    save_file({"other": np.zeros((2, 2), np.float32)}, tmp_path / "model.safetensors")
    for path in (tmp_path / "model.safetensors", tmp_path / "tokenizer.json", tmp_path / "gone"):
        with pytest.raises(IndexCorrupt, match=path.name):
            read_shape(path)


def test_files_that_do_not_fit_are_corrupt(tmp_path: Path) -> None:
    with pytest.raises(IndexCorrupt, match="vectors for 10"):
        StaticModel.open(made(tmp_path, rows=10))
    with pytest.raises(IndexCorrupt, match="no finite matrix"):
        StaticModel.open(made(tmp_path, last=float("nan")))
    (tmp_path / "model.safetensors").write_bytes(b"{}")
    with pytest.raises(IndexCorrupt, match="no readable"):
        StaticModel.open(tmp_path)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="text 1 is"):
        StaticModel.open(made(tmp_path)).encode(["w1", "\ud800"])
