"""A random BERT of a few kilobytes with its tokenizer, so that most tests need no download."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *(f"w{place}" for place in range(60))]
WIDTH, INNER, HEADS, LAYERS, PLACES = 16, 32, 4, 2, 64


def make_bert(folder: Path, *, seed: int = 0, old_names: bool = False) -> Path:
    """Write config, weights (with an MLM head) and tokenizer.

    Args:
        folder: Made here.
        seed: Of the weights.
        old_names: Save as TensorFlow's BERT did: gamma, beta and a prefix.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": WIDTH,
        "num_attention_heads": HEADS,
        "num_hidden_layers": LAYERS,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": PLACES,
        "vocab_size": len(WORDS),
    }
    (folder / "config.json").write_text(json.dumps(config))
    tensors = random_tensors(np.random.default_rng(seed))
    if old_names:
        tensors = {aged(name): tensor for name, tensor in tensors.items()}
    save_file(tensors, folder / "model.safetensors")
    tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def tokenizer() -> Tokenizer:
    """Words between blanks, with [CLS] and [SEP] around them."""
    made = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    made.enable_truncation(4)
    made.enable_padding()
    return made


def random_tensors(rng: np.random.Generator) -> dict[str, NDArray[np.float32]]:
    """Every tensor that a masked language model has."""
    shapes = {
        "embeddings.word_embeddings.weight": (len(WORDS), WIDTH),
        "embeddings.position_embeddings.weight": (PLACES, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
        "cls.predictions.bias": (len(WORDS),),
        **dense("cls.predictions.transform.dense", WIDTH, WIDTH),
        **norms("embeddings.LayerNorm"),
        **norms("cls.predictions.transform.LayerNorm"),
    }
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            shapes |= dense(f"{name}.attention.{part}", WIDTH, WIDTH)
        shapes |= dense(f"{name}.intermediate.dense", INNER, WIDTH)
        shapes |= dense(f"{name}.output.dense", WIDTH, INNER)
        shapes |= norms(f"{name}.attention.output.LayerNorm") | norms(f"{name}.output.LayerNorm")
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def dense(name: str, rows: int, columns: int) -> dict[str, tuple[int, ...]]:
    """Shapes of a linear layer."""
    return {f"{name}.weight": (rows, columns), f"{name}.bias": (rows,)}


def norms(name: str) -> dict[str, tuple[int, ...]]:
    """Shapes of a layer norm."""
    return {f"{name}.weight": (WIDTH,), f"{name}.bias": (WIDTH,)}


def aged(name: str) -> str:
    """The name that older checkpoints use."""
    if "LayerNorm" in name:
        name = name.replace(".weight", ".gamma").replace(".bias", ".beta")
    return name if name.startswith("cls.") else f"bert.{name}"
