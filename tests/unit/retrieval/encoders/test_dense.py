"""Dense encoders: rows, blanks, windows, and models that give nonsense."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.retrieval.encoders.small_models import made, overflowing

from mnemic.errors import IndexCorrupt, InvalidInput
from mnemic.llm.onnx.text_model import TextModel
from mnemic.retrieval.encoders.opening import open_encoder
from mnemic.retrieval.encoders.specs import EncoderSpec, spec_of
from mnemic.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.retrieval.encoders.opening import TextEncoder

TEXTS = ["w1 w2", "", "w3", " \n\u2003", "\x00", "w1 w2"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def small(folder: Path) -> TextEncoder:
    return open_encoder(spec_of(str(folder)), Settings(threads=1))


def test_rows_are_those_of_the_model(folder: Path, small: TextEncoder) -> None:
    expected = TextModel.open(folder, threads=1).encode(["w1 w2", "w3"])
    values = small.encode_documents(TEXTS).values
    np.testing.assert_array_equal(values[[0, 2, 5]], expected[[0, 1, 0]])
    assert (small.kind, small.dims, small.window) == ("dense", 16, 32)


def test_blank_texts_are_zeros_and_shift_nothing(small: TextEncoder) -> None:
    values = small.encode_queries(TEXTS[:4]).values
    np.testing.assert_array_equal(values[[1, 3]], np.zeros((2, 16), np.float32))
    np.testing.assert_allclose(np.linalg.norm(values[[0, 2]], axis=1), 1, atol=1e-5)
    assert small.encode_queries([" "]).values.tolist() == [[0.0] * 16]
    assert small.encode_queries([]).values.shape == (0, 16)


def test_prefixes_stand_before_their_side(folder: Path, small: TextEncoder) -> None:
    spec = EncoderSpec(str(folder), "dense", query_prefix="w8 ", document_prefix="w9 ")
    prefixed = open_encoder(spec, Settings(threads=1))
    for verb, plain in (("encode_queries", "w8 w1"), ("encode_documents", "w9 w1")):
        found = getattr(prefixed, verb)(["w1", " "]).values
        np.testing.assert_array_equal(found[0], small.encode_queries([plain]).values[0])
        assert not found[1].any(), "a blank text has no vector, whatever stands before it"


def test_texts_over_the_window_are_cut_and_logged(
    small: TextEncoder, caplog: pytest.LogCaptureFixture
) -> None:
    long, cut = "w1 " * 31, "w1 " * 30
    with caplog.at_level(logging.DEBUG, logger="mnemic.llm"):
        values = small.encode_documents([long, cut, "w2"]).values
    assert caplog.messages == ["1 of 3 texts are cut at 32 tokens"]
    np.testing.assert_array_equal(values[0], values[1])


def test_tokens_are_counted_without_special_ones(small: TextEncoder) -> None:
    assert [small.count_tokens(text) for text in ("", "w1", "w1 w2  w3 ")] == [0, 1, 3]


@pytest.mark.parametrize("bad", ["broken \ud800", None, 7, b"bytes"])
def test_what_is_no_text_is_refused_with_its_position(small: TextEncoder, bad: Any) -> None:
    for verb in (small.encode_queries, small.encode_documents):
        with pytest.raises(InvalidInput, match="text 2 is"):
            verb(["", "w1", bad])


@pytest.mark.parametrize("kind", ["dense", "sparse"])
def test_vectors_that_are_not_finite_are_refused(tmp_path: Path, kind: Any) -> None:
    folder = overflowing(tmp_path / "model")
    settings = Settings(cache=tmp_path / "cache", threads=1)
    encoder = open_encoder(EncoderSpec(str(folder), kind), settings)
    with pytest.raises(IndexCorrupt, match="not finite for text 1"):
        encoder.encode_documents(["", "w1"])
