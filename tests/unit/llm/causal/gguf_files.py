"""The tiny llama as llama.cpp would store it: its own names, its own order of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from tests.contracts.small_llama import (
    HEADS,
    INNER,
    LAYERS,
    PAIRS,
    WIDTH,
    WINDOW,
    weights,
)
from tokenizers import pre_tokenizers

from mnemic.llm.extras import extra

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

CONTROL = ["<pad>", "<begin>", "<end>"]
NAMES = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "model.layers": "blk",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}


def tokens() -> list[str]:
    """Control tokens, bytes, and one merge; as many as the network has rows, and more."""
    return [*CONTROL, *sorted(pre_tokenizers.ByteLevel.alphabet()), "he"]


def tensors() -> dict[str, NDArray[np.float32]]:
    """The weights of the tiny llama with an embedding for each of these tokens."""
    embedding = np.random.default_rng(5).standard_normal((len(tokens()), WIDTH))
    return weights() | {"model.embed_tokens.weight": embedding.astype(np.float32)}


def make_gguf(
    path: Path,
    changes: Mapping[str, NDArray[np.float32]] | None = None,
    *,
    architecture: str = "llama",
) -> Path:
    """Write the file.

    Args:
        path: Where.
        changes: Tensors in place of the tiny llama's, by the names of the file.
        architecture: Of the network, as the file states it.
    """
    gguf = extra("gguf")
    writer = gguf.GGUFWriter(path, architecture)
    for name, value in {
        "context_length": WINDOW,
        "embedding_length": WIDTH,
        "block_count": LAYERS,
        "feed_forward_length": INNER,
        "head_count": HEADS,
        "head_count_kv": PAIRS,
        "layer_norm_rms_eps": 1e-6,
        "rope_freq_base": 10_000.0,
        "tokenizer_model": "gpt2",
        "tokenizer_pre": "smollm",
        "token_list": tokens(),
        "token_types": [3 if token in CONTROL else 1 for token in tokens()],
        "token_merges": ["h e"],
        "bos_token_id": 1,
        "eos_token_id": 2,
        "unk_token_id": 0,
        "pad_token_id": 0,
        "chat_template": "{{ messages }}",
    }.items():
        getattr(writer, f"add_{name}")(value)
    stored = {stored_name(name): stored_rows(name, tensor) for name, tensor in tensors().items()}
    for name, tensor in (stored | dict(changes or {})).items():
        writer.add_tensor(name, np.ascontiguousarray(tensor))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def stored_name(name: str) -> str:
    for ours, theirs in NAMES.items():
        name = name.replace(ours, theirs)
    return name


def stored_rows(name: str, tensor: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows in llama.cpp's order: within a head, the first of one half, the first of the other."""
    heads = {"q_proj": HEADS, "k_proj": PAIRS}.get(name.split(".")[-2], 0)
    if not heads:
        return tensor
    halves = tensor.reshape(heads, 2, -1, tensor.shape[1])
    return halves.swapaxes(1, 2).reshape(tensor.shape)
