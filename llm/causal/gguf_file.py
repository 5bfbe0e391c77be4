"""A GGUF file of a Llama: its settings and its tensors under the names that transformers uses.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mnemic.errors import IndexCorrupt, Unsupported
from mnemic.llm.causal.bfloat16 import Source
from mnemic.llm.extras import extra

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

ROWS = 4_096  # of a tensor at a time, so that memory stays small
_LAYER = re.compile(r"blk\.(\d+)\.(\w+)\.weight")
_WHOLE = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
_PARTS = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


@dataclass(frozen=True, slots=True)
class GgufFile:
    """An opened file; its tensors are mapped, not read.

    Attributes:
        path: Where it is.
        fields: Its settings by name.
        tensors: The reader's tensors.
    """

    path: Path
    fields: dict[str, Any]
    tensors: tuple[Any, ...]

    def __getitem__(self, name: str) -> Any:
        """A setting.

        Raises:
            IndexCorrupt: The file lacks it.
        """
        try:
            return self.fields[name]
        except KeyError as error:
            raise IndexCorrupt(f"{self.path} lacks {name}") from error


def read_gguf(path: Path) -> GgufFile:
    """Open a GGUF file; about two seconds for SmolLM2, most of it for the tokenizer's strings.

    Raises:
        IndexCorrupt: It cannot be read.
        Unsupported: It holds no Llama, or ``gguf`` is not installed.
    """
    reader_of = extra("gguf").GGUFReader
    try:
        reader = reader_of(path)
        fields = {name: field.contents() for name, field in reader.fields.items()}
    except Exception as error:  # the library raises nothing more exact
        raise IndexCorrupt(f"{path} cannot be read: {error}") from error
    architecture = fields.get("general.architecture")
    if architecture != "llama":
        raise Unsupported(f"{path} holds a {architecture}, but only a llama is converted")
    return GgufFile(path, fields, tuple(reader.tensors))


def config(file: GgufFile) -> dict[str, Any]:
    """What stands in ``config.json``, as transformers reads it."""
    heads = file["llama.attention.head_count"]
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": len(file["tokenizer.ggml.tokens"]),
        "hidden_size": file["llama.embedding_length"],
        "intermediate_size": file["llama.feed_forward_length"],
        "num_hidden_layers": file["llama.block_count"],
        "num_attention_heads": heads,
        "num_key_value_heads": file["llama.attention.head_count_kv"],
        "head_dim": file["llama.embedding_length"] // heads,
        "max_position_embeddings": file["llama.context_length"],
        # The shortest decimal of the float32 that is stored, so 1e-05 and not 9.99999974e-06.
        "rms_norm_eps": float(str(np.float32(file["llama.attention.layer_norm_rms_epsilon"]))),
        "rope_theta": float(file["llama.rope.freq_base"]),
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": all(tensor.name != "output.weight" for tensor in file.tensors),
        "bos_token_id": file["tokenizer.ggml.bos_token_id"],
        "eos_token_id": file["tokenizer.ggml.eos_token_id"],
        "pad_token_id": file["tokenizer.ggml.padding_token_id"],
    }


def sources(file: GgufFile) -> list[Source]:
    """All tensors, read and dequantised when they are written."""
    return [_source(file, tensor) for tensor in file.tensors]


def _source(file: GgufFile, tensor: Any) -> Source:
    name, shape = _name(file, tensor.name), tuple(int(size) for size in reversed(tensor.shape))
    heads = 0
    if ".attn_q." in tensor.name:
        heads = file["llama.attention.head_count"]
    elif ".attn_k." in tensor.name:
        heads = file["llama.attention.head_count_kv"]
    rows = np.arange(shape[0])
    if heads:
        if shape[0] % (2 * heads):
            raise IndexCorrupt(f"{file.path}: {shape[0]} rows of {tensor.name} for {heads} heads")
        rows = unpaired(shape[0], heads=heads)

    def blocks() -> Iterator[NDArray[np.float32]]:
        for start in range(0, shape[0], ROWS):
            yield _values(file, tensor, rows[start : start + ROWS])

    return Source(name, shape, blocks)


def unpaired(size: int, *, heads: int) -> NDArray[np.int64]:
    """Which row of the file each row of transformers is: int64 [size].

    llama.cpp rotates neighbouring rows of a head together, transformers the two halves.
    """
    return np.arange(size).reshape(heads, -1, 2).swapaxes(1, 2).reshape(size)


def _values(file: GgufFile, tensor: Any, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    dequantised = extra("gguf").quants.dequantize(tensor.data[rows], tensor.tensor_type)
    values = np.asarray(dequantised, np.float32)
    if not np.isfinite(values).all():
        raise IndexCorrupt(f"{file.path}: the tensor {tensor.name} is not finite")
    return values


def _name(file: GgufFile, name: str) -> str:
    layer = _LAYER.fullmatch(name)
    if layer and layer[2] in _PARTS:
        return f"model.layers.{layer[1]}.{_PARTS[layer[2]]}.weight"
    if name in _WHOLE:
        return _WHOLE[name]
    raise Unsupported(f"{file.path}: the tensor {name} is none of a plain llama")
