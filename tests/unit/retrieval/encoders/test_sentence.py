"""Models of sentence-transformers: identified without torch, the same vectors as our own graph."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tests.unit.llm.sentence_folders import make_sentence
from tests.unit.llm.small_bert import make_bert

from mnemic.errors import IndexCorrupt, NotFound, Unsupported
from mnemic.retrieval.encoders.opening import open_encoder
from mnemic.retrieval.encoders.sentence import SentenceEncoder
from mnemic.retrieval.encoders.specs import SENTENCE, EncoderSpec, available, spec_of
from mnemic.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.retrieval.encoders.opening import TextEncoder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("models")
    return make_sentence(base / "mine", make_bert(base / "bert"), window=24)


@pytest.fixture(scope="module")
def encoder(folder: Path) -> TextEncoder:
    return open_encoder(EncoderSpec(f"{SENTENCE}{folder}", "dense"), Settings())


def test_the_spec_has_the_prompts_of_the_model(folder: Path) -> None:
    spec = spec_of(f"{SENTENCE}{folder}")
    assert spec == EncoderSpec(f"{SENTENCE}{folder}", "dense", query_prefix="ask: ")
    assert available(spec.model, Settings())


def test_vectors_are_close_to_those_of_our_graph(
    tmp_path: Path, folder: Path, encoder: TextEncoder
) -> None:
    texts = ["w1 w2", "", "w3 " * 40, "w4", " "]
    ours = open_encoder(EncoderSpec(str(folder), "dense"), Settings(cache=tmp_path))
    found, expected = encoder.encode_queries(texts).values, ours.encode_queries(texts).values
    assert (found * expected).sum(axis=1)[[0, 2, 3]].min() > 0.99
    assert not found[[1, 4]].any()
    assert (encoder.dims, encoder.window) == (ours.dims, ours.window)
    assert encoder.count_tokens("w1 w2") == ours.count_tokens("w1 w2")


def test_specs_that_differ_in_prefixes_share_one_model(folder: Path, encoder: TextEncoder) -> None:
    other = open_encoder(
        EncoderSpec(f"{SENTENCE}{folder}", "dense", query_prefix="w7 "), Settings()
    )
    assert other is not encoder
    found, expected = other.encode_queries(["w1"]), encoder.encode_queries(["w7 w1"])
    np.testing.assert_array_equal(found.values, expected.values)
    models = [each._model.get() for each in (encoder, other) if isinstance(each, SentenceEncoder)]
    assert len(models) == 2
    assert models[0] is models[1]


def test_texts_over_the_window_are_logged(
    encoder: TextEncoder, caplog: pytest.LogCaptureFixture
) -> None:
    encoder.encode_documents(["w1"])
    with caplog.at_level(logging.DEBUG, logger="mnemic.llm"):
        encoder.encode_documents(["w1 " * 30, "w1"])
    assert "1 of 2 texts are cut at 24 tokens" in caplog.messages


def test_identifying_loads_no_torch(folder: Path) -> None:
    code = (
        "import json, sys\n"
        "from mnemic.retrieval.encoders import opening, specs\n"
        "from mnemic.settings import Settings\n"
        "spec = specs.spec_of(sys.argv[1])\n"
        "digest = opening.open_encoder(spec, Settings()).fingerprint.digest\n"
        "print(json.dumps([digest, sorted({name.split('.')[0] for name in sys.modules})]))"
    )
    child = [sys.executable, "-c", code, f"{SENTENCE}{folder}"]
    done = subprocess.run(child, capture_output=True, text=True, check=True)
    digest, loaded = json.loads(done.stdout)
    assert not {"torch", "transformers", "sentence_transformers", "onnxruntime"} & set(loaded)
    spec = spec_of(f"{SENTENCE}{folder}")
    assert digest == open_encoder(spec, Settings()).fingerprint.digest


def test_the_weights_are_part_of_the_identity(tmp_path: Path) -> None:
    bert = make_bert(tmp_path / "bert")
    spec = EncoderSpec(f"{SENTENCE}{make_sentence(tmp_path / 'mine', bert, window=24)}", "dense")
    before = open_encoder(spec, Settings())
    tensors = load_file(bert / "model.safetensors")
    save_file({name: tensor * np.float32(1.1) for name, tensor in tensors.items()}, bert / "x")
    (bert / "x").replace(bert / "model.safetensors")
    assert open_encoder(spec, Settings()).fingerprint != before.fingerprint
    with pytest.raises(IndexCorrupt, match="was changed since"):
        before.encode_queries(["w1"])


def test_what_is_not_here_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        spec_of(f"{SENTENCE}no-one/has-this")
    assert "hf download no-one/has-this" in caught.value.hint
    assert not available(f"{SENTENCE}no-one/has-this", Settings())
    assert not available(f"{SENTENCE}/no/folder", Settings())
    assert not available(f"{SENTENCE}no name at all", Settings())
    with pytest.raises(NotFound, match=r"modules\.json"):
        spec_of(f"{SENTENCE}{make_bert(tmp_path)}")


def test_what_the_library_cannot_do_is_refused(folder: Path) -> None:
    with pytest.raises(Unsupported, match="dense vectors"):
        open_encoder(EncoderSpec(f"{SENTENCE}{folder}", "sparse"), Settings())
    with pytest.raises(Unsupported, match="its own width"):
        open_encoder(EncoderSpec(f"{SENTENCE}{folder}", "dense", dims=8), Settings())
