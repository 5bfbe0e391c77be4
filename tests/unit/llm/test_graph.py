"""The graph computes what BERT computes: held to a plain numpy forward pass."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tests.unit.llm.numpy_bert import mean_vector, splade_vector
from tests.unit.llm.small_bert import LAYERS, make_bert

from mnemic.errors import IndexCorrupt, MnemicError, NotFound, Unsupported
from mnemic.llm.onnx.batching import padded
from mnemic.llm.onnx.convert import (
    GRAPH,
    RECEIPT,
    convert,
    full_precision,
    read_receipt,
    receipt_bytes,
)
from mnemic.llm.onnx.session import Session
from mnemic.llm.onnx.text_model import TextModel
from mnemic.llm.onnx.weights import read_bert

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.llm.onnx.bert import Head

ROWS = [[2, 10, 11, 12, 3], [2, 40, 3], [2, *range(5, 60), 3]]
VECTORS = {"mean": mean_vector, "splade": splade_vector}


def converted(folder: Path, *, head: Head = "mean") -> Path:
    """A small model in the form that a pull leaves."""
    make_bert(folder)
    graph, receipt = convert(folder, head=head, source_sha256="of the weights", window=32)
    (folder / GRAPH).write_bytes(graph)
    (folder / RECEIPT).write_bytes(receipt_bytes(receipt))
    return folder


@pytest.mark.parametrize("head", ["mean", "splade"])
@pytest.mark.parametrize("old_names", [False, True])
def test_full_precision_equals_numpy(tmp_path: Path, head: Head, old_names: bool) -> None:
    folder = make_bert(tmp_path, old_names=old_names)
    session = Session(full_precision(folder, head=head), name="small")
    bert = read_bert(folder)
    found = session.run(*padded(ROWS, pad=0))
    expected = np.stack([VECTORS[head](bert, row) for row in ROWS])
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-5)


def test_padding_changes_nothing(tmp_path: Path) -> None:
    session = Session(full_precision(make_bert(tmp_path), head="mean"), name="small")
    together = session.run(*padded(ROWS, pad=0))
    alone = np.concatenate([session.run(*padded([row], pad=0)) for row in ROWS])
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-6)


def test_a_missing_tensor_is_named(tmp_path: Path) -> None:
    folder = make_bert(tmp_path)
    name = f"encoder.layer.{LAYERS - 1}.output.dense.bias"
    tensors = load_file(folder / "model.safetensors")
    del tensors[name]
    save_file(tensors, folder / "model.safetensors")
    with pytest.raises(IndexCorrupt, match=name):
        full_precision(folder, head="mean")


def test_weights_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    folder = make_bert(tmp_path)
    tensors = load_file(folder / "model.safetensors")
    tensors["cls.predictions.bias"][3] = np.nan
    save_file(tensors, folder / "model.safetensors")
    with pytest.raises(IndexCorrupt, match=r"cls\.predictions\.bias is not finite"):
        read_bert(folder)


@pytest.mark.parametrize(
    ("config", "error"),
    [
        (b"{", IndexCorrupt),
        (b"[]", IndexCorrupt),
        (b'{"model_type": "bert"}', IndexCorrupt),
        (b'{"model_type": "bert", "hidden_act": "gelu"}', IndexCorrupt),
        (b'{"model_type": "gpt2", "hidden_act": "gelu"}', Unsupported),
    ],
)
def test_other_configurations_are_refused(
    tmp_path: Path, config: bytes, error: type[MnemicError]
) -> None:
    folder = make_bert(tmp_path)
    (folder / "config.json").write_bytes(config)
    with pytest.raises(error, match=r"config\.json"):
        read_bert(folder)


@pytest.mark.parametrize("content", [b"", b"\xff" * 64])
def test_weights_that_are_no_safetensors_are_corrupt(tmp_path: Path, content: bytes) -> None:
    folder = make_bert(tmp_path)
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(IndexCorrupt, match=r"model\.safetensors"):
        read_bert(folder)


def test_the_eight_bit_graph_is_close(tmp_path: Path) -> None:
    model = TextModel.open(converted(tmp_path), threads=1)
    texts = ["w1 w2 w3", "w50", "w9 w8 w7 w6 w5 w4"]
    bert = read_bert(tmp_path)
    expected = np.stack([mean_vector(bert, row) for row in model.tokenize(texts).rows])
    assert (model.encode(texts) * expected).sum(axis=1).min() >= 0.97


def test_an_altered_graph_is_named(tmp_path: Path) -> None:
    folder = converted(tmp_path)
    data = bytearray((folder / GRAPH).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / GRAPH).write_bytes(data)
    with pytest.raises(IndexCorrupt, match=rf"{GRAPH}: its sha256 is \w{{64}}, expected"):
        TextModel.open(folder)


@pytest.mark.parametrize("receipt", ["{", "[]", json.dumps({"format": 1})])
def test_a_broken_receipt_is_corrupt(tmp_path: Path, receipt: str) -> None:
    folder = converted(tmp_path)
    (folder / RECEIPT).write_text(receipt)
    with pytest.raises(IndexCorrupt, match=RECEIPT):
        TextModel.open(folder)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("window", value) for value in ("32", None, True, 32.0, 2, 0, -4)),
        *(("size", value) for value in ("1", None)),
        *((name, 7) for name in ("head", "precision", "source_sha256", "sha256", "onnxruntime")),
        ("format", "1"),
    ],
)
def test_an_altered_receipt_is_corrupt(tmp_path: Path, name: str, value: object) -> None:
    _, receipt = convert(make_bert(tmp_path), head="mean", source_sha256="x", window=32)
    (tmp_path / RECEIPT).write_text(json.dumps({**asdict(receipt), name: value}))
    with pytest.raises(IndexCorrupt, match=RECEIPT):
        read_receipt(tmp_path)


def test_missing_parts_are_typed(tmp_path: Path) -> None:
    folder = converted(tmp_path)
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(IndexCorrupt, match=r"tokenizer\.json"):
        TextModel.open(folder)
    (folder / GRAPH).unlink()
    with pytest.raises(IndexCorrupt, match=GRAPH):
        TextModel.open(folder)
    with pytest.raises(NotFound, match="no converted graph"):
        TextModel.open(folder.parent)


def test_bytes_that_are_no_graph_are_corrupt() -> None:
    with pytest.raises(IndexCorrupt, match="some file is no graph"):
        Session(b"nonsense", name="some file")
