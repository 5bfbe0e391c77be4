"""A tiny llama with random weights, in a folder as transformers saves it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

WIDTH, LAYERS, HEADS, PAIRS, INNER, WINDOW = 16, 2, 4, 2, 24, 64
END = "<end>"


def letters() -> Tokenizer:
    """A tokenizer of single bytes and one control token, which is the last."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={a: i for i, a in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([END])
    return tokenizer


def config() -> dict[str, Any]:
    """The shape of the network."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": letters().get_vocab_size(),
        "hidden_size": WIDTH,
        "intermediate_size": INNER,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": PAIRS,
        "max_position_embeddings": WINDOW,
        "tie_word_embeddings": True,
    }


def weights(*, seed: int = 0) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
    """Random tensors, large enough that the tokens' probabilities differ."""
    random = np.random.default_rng(seed)
    head = WIDTH // HEADS
    shapes = {
        "self_attn.q_proj": (WIDTH, WIDTH),
        "self_attn.k_proj": (PAIRS * head, WIDTH),
        "self_attn.v_proj": (PAIRS * head, WIDTH),
        "self_attn.o_proj": (WIDTH, WIDTH),
        "mlp.gate_proj": (INNER, WIDTH),
        "mlp.up_proj": (INNER, WIDTH),
        "mlp.down_proj": (WIDTH, INNER),
        "input_layernorm": (WIDTH,),
        "post_attention_layernorm": (WIDTH,),
    }
    tensors = {
        f"model.layers.{layer}.{name}.weight": random.standard_normal(shape) * 0.5
        for layer in range(LAYERS)
        for name, shape in shapes.items()
    }
    tensors["model.embed_tokens.weight"] = random.standard_normal(
        (letters().get_vocab_size(), WIDTH)
    )
    tensors["model.norm.weight"] = random.standard_normal(WIDTH)
    return {name: tensor.astype(np.float32) for name, tensor in tensors.items()}


def make_llama(folder: Path) -> Path:
    """Write the model; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights(), folder / "model.safetensors", {"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config()))
    (folder / "tokenizer_config.json").write_text(json.dumps({"eos_token": END}))
    letters().save(str(folder / "tokenizer.json"))
    return folder


@cache
def small_llama() -> Path:
    """One for all tests that only read it."""
    return make_llama(Path(mkdtemp(prefix="mnemic-llama-")) / "small")
