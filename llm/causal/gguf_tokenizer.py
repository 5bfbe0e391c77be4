"""The tokenizer of a GGUF file, as the files that tokenizers and transformers read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mnemic.errors import IndexCorrupt, Unsupported

if TYPE_CHECKING:
    from mnemic.llm.causal.gguf_file import GgufFile

_CONTROL = 3  # GGUF's type of tokens that no text becomes


def tokenizer_json(file: GgufFile) -> bytes:
    """``tokenizer.json``: byte-level BPE, digits one by one, control tokens apart.

    Raises:
        Unsupported: It is another kind of tokenizer.
        IndexCorrupt: The lists do not fit each other.
    """
    kind = (file["tokenizer.ggml.model"], file["tokenizer.ggml.pre"])
    if kind != ("gpt2", "smollm"):
        raise Unsupported(f"{file.path}: its tokenizer is {kind}, but only SmolLM's is converted")
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    tokens, types = file["tokenizer.ggml.tokens"], file["tokenizer.ggml.token_type"]
    merges = [tuple(merge.split(" ")) for merge in file["tokenizer.ggml.merges"]]
    vocabulary = {token: place for place, token in enumerate(tokens)}
    if len(vocabulary) != len(types):
        raise IndexCorrupt(f"{file.path}: {len(vocabulary)} tokens, but {len(types)} types")
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    digits = pre_tokenizers.Digits(individual_digits=True)
    words = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, words])
    tokenizer.decoder = decoders.ByteLevel()
    control = (token for token, kind in zip(tokens, types, strict=True) if kind == _CONTROL)
    tokenizer.add_special_tokens(
        [AddedToken(token, special=True, normalized=False) for token in control]
    )
    text: str = tokenizer.to_str()
    return text.encode()


def tokenizer_config(file: GgufFile) -> bytes:
    """``tokenizer_config.json``: which tokens begin, end and pad, and the chat template."""
    tokens = file["tokenizer.ggml.tokens"]
    special = {
        "bos_token": "tokenizer.ggml.bos_token_id",
        "eos_token": "tokenizer.ggml.eos_token_id",
        "pad_token": "tokenizer.ggml.padding_token_id",
        "unk_token": "tokenizer.ggml.unknown_token_id",
    }
    content = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": file["llama.context_length"],
        "clean_up_tokenization_spaces": False,
        **{name: tokens[file[field]] for name, field in special.items()},
        "chat_template": file["tokenizer.chat_template"],
    }
    return json.dumps(content, indent=2).encode() + b"\n"
