"""BERT in plain numpy, one text at a time and as the paper writes it: what graphs are held to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import erf, softmax

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.llm.onnx.weights import Bert


def hidden_states(bert: Bert, ids: Sequence[int]) -> NDArray[np.float64]:
    """The last hidden states of one text without padding: float64 [tokens, width]."""
    words = bert["embeddings.word_embeddings.weight"][list(ids)]
    places = bert["embeddings.position_embeddings.weight"][: len(ids)]
    kind = bert["embeddings.token_type_embeddings.weight"][0]
    x = norm(bert, words.astype(np.float64) + places + kind, "embeddings.LayerNorm")
    for layer in range(bert.layers):
        name = f"encoder.layer.{layer}"
        mixed = linear(bert, attention(bert, x, name), f"{name}.attention.output.dense")
        x = norm(bert, mixed + x, f"{name}.attention.output.LayerNorm")
        inner = gelu(linear(bert, x, f"{name}.intermediate.dense"))
        x = norm(bert, linear(bert, inner, f"{name}.output.dense") + x, f"{name}.output.LayerNorm")
    return x


def mean_vector(bert: Bert, ids: Sequence[int]) -> NDArray[np.float64]:
    """The mean of the hidden states, of length one."""
    mean = hidden_states(bert, ids).mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean))


def splade_vector(bert: Bert, ids: Sequence[int]) -> NDArray[np.float64]:
    """log1p of the strongest positive logit of each word piece."""
    x = gelu(linear(bert, hidden_states(bert, ids), "cls.predictions.transform.dense"))
    x = norm(bert, x, "cls.predictions.transform.LayerNorm")
    logits = x @ bert["embeddings.word_embeddings.weight"].T + bert["cls.predictions.bias"]
    return np.asarray(np.log1p(np.maximum(logits, 0).max(axis=0)))


def attention(bert: Bert, x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    """Every head by itself; the results side by side."""
    parts = [linear(bert, x, f"{name}.attention.self.{each}") for each in ("query", "key", "value")]
    heads = []
    for q, k, v in zip(*(np.split(part, bert.heads, axis=1) for part in parts), strict=True):
        heads.append(softmax(q @ k.T / np.sqrt(q.shape[1]), axis=1) @ v)
    return np.concatenate(heads, axis=1)


def linear(bert: Bert, x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    """x W^T + b."""
    return np.asarray(x @ bert[f"{name}.weight"].T + bert[f"{name}.bias"])


def norm(bert: Bert, x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    """Layer norm."""
    centred = x - x.mean(axis=1, keepdims=True)
    scale = np.sqrt((centred**2).mean(axis=1, keepdims=True) + bert.epsilon)
    return np.asarray(centred / scale * bert[f"{name}.weight"] + bert[f"{name}.bias"])


def gelu(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """x times the normal distribution's probability of less."""
    return np.asarray(x * (1 + erf(x / np.sqrt(2))) / 2)
