"""Small random models in the forms in which users have them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import load_file, save_file
from tests.unit.llm.small_bert import WORDS, make_bert, tokenizer

from mnemic.llm.models.files import sha256_of
from mnemic.llm.onnx.convert import GRAPH, RECEIPT, convert, receipt_bytes
from mnemic.llm.static import TABLE

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.llm.onnx.bert import Head

POOLING: dict[str, Any] = {"word_embedding_dimension": 16, "pooling_mode_mean_tokens": True}
MODULES = ("models.Transformer", "models.Pooling", "models.Normalize")


def made(folder: Path, *, head: Head = "mean", seed: int = 0, window: int = 32) -> Path:
    """A folder as mnemic leaves it: weights, graph, receipt, tokenizer."""
    make_bert(folder, seed=seed)
    weights = sha256_of(folder / "model.safetensors")
    graph, receipt = convert(folder, head=head, source_sha256=weights, window=window)
    (folder / GRAPH).write_bytes(graph)
    (folder / RECEIPT).write_bytes(receipt_bytes(receipt))
    return folder


def foreign(folder: Path, **pooling: Any) -> Path:
    """A folder as sentence-transformers saves it."""
    make_bert(folder)
    modules = [
        {"idx": place, "name": str(place), "path": path, "type": f"sentence_transformers.{kind}"}
        for place, (path, kind) in enumerate(zip(("", "1_Pooling", "2"), MODULES, strict=True))
    ]
    write_json(folder / "modules.json", modules)
    write_json(folder / "1_Pooling" / "config.json", pooling or POOLING)
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": 24})
    return folder


def static(folder: Path) -> Path:
    """A table of token vectors with its tokenizer."""
    table = np.random.default_rng(0).normal(size=(len(WORDS), 8)).astype(np.float16)
    save_file({TABLE: table}, folder / "model.safetensors")
    tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def overflowing(folder: Path) -> Path:
    """A folder whose weights are finite and whose vectors are not."""
    make_bert(folder)
    tensors = load_file(folder / "model.safetensors")
    for name in tensors:
        if name.endswith("LayerNorm.weight"):
            tensors[name] = tensors[name] * np.float32(1e30)
    save_file(tensors, folder / "model.safetensors")
    return folder


def write_json(path: Path, data: object) -> None:
    """Write a configuration file and the folder that it is in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data))
