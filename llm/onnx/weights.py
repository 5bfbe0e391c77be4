"""The weights and the shape of a BERT encoder, out of safetensors and ``config.json``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mnemic.errors import IndexCorrupt, Unsupported
from mnemic.llm.json_files import read_object

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

# Weights saved from TensorFlow's BERT have older names.
_OLD = ((re.compile(r"\.gamma$"), ".weight"), (re.compile(r"\.beta$"), ".bias"))


@dataclass(frozen=True, slots=True)
class Bert:
    """A BERT encoder as arrays.

    Attributes:
        width: Size of hidden states.
        heads: Attention heads.
        layers: Transformer layers.
        epsilon: Of every layer norm.
        tensors: float32 arrays by name, without the prefix ``bert.``.
    """

    width: int
    heads: int
    layers: int
    epsilon: float
    tensors: Mapping[str, NDArray[np.float32]]

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        """A tensor by name.

        Raises:
            IndexCorrupt: It is missing.
        """
        try:
            return self.tensors[name]
        except KeyError as error:
            raise IndexCorrupt(f"the weights lack the tensor {name}") from error


def read_bert(folder: Path) -> Bert:
    """Read ``config.json`` and ``model.safetensors``.

    Raises:
        IndexCorrupt: A file is missing or unreadable, or a tensor is missing or not finite.
        Unsupported: The configuration is not that of a plain BERT.
    """
    config = _config(folder / "config.json")
    try:
        tensors = _tensors(folder / "model.safetensors")
        return Bert(
            width=int(config["hidden_size"]),
            heads=int(config["num_attention_heads"]),
            layers=int(config["num_hidden_layers"]),
            epsilon=float(config["layer_norm_eps"]),
            tensors=tensors,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise IndexCorrupt(f"{folder / 'config.json'} is no model configuration") from error


def _config(path: Path) -> dict[str, Any]:
    config = read_object(path)
    needed = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"}
    for key, value in needed.items():
        if config.get(key, value) != value:
            raise Unsupported(f"{path}: {key} is not {value!r}", hint="Only plain BERT is built.")
    return config


def _tensors(path: Path) -> dict[str, NDArray[np.float32]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        loaded = load_file(path)
    except (OSError, SafetensorError) as error:
        raise IndexCorrupt(f"{path} cannot be read: {error}") from error
    tensors = {}
    for name, tensor in loaded.items():
        if not np.issubdtype(tensor.dtype, np.floating):
            continue
        if not np.isfinite(tensor).all():
            raise IndexCorrupt(f"{path}: the tensor {name} is not finite")
        tensors[_modern(name)] = tensor.astype(np.float32, copy=False)
    return tensors


def _modern(name: str) -> str:
    name = name.removeprefix("bert.")
    for pattern, replacement in _OLD:
        name = pattern.sub(replacement, name)
    return name
