"""Folders as sentence-transformers saves them, made from a BERT's own files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.unit.llm.small_bert import INNER

if TYPE_CHECKING:
    from pathlib import Path

KIND = "sentence_transformers.models"


def make_sentence(folder: Path, bert: Path, *, window: int) -> Path:
    """Mean pooling and unit length over the BERT of another folder, whose files are linked."""
    folder.mkdir(parents=True)
    for name in ("model.safetensors", "tokenizer.json"):
        (folder / name).symlink_to(bert / name)
    config = {"intermediate_size": INNER, **json.loads((bert / "config.json").read_text())}
    pooling = {
        "word_embedding_dimension": config["hidden_size"],
        "pooling_mode_mean_tokens": True,
    }
    contents = {
        "config.json": config,
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": f"{KIND}.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{KIND}.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": f"{KIND}.Normalize"},
        ],
        "sentence_bert_config.json": {"max_seq_length": window, "do_lower_case": False},
        "config_sentence_transformers.json": {"prompts": {"query": "ask: "}},
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": window,
            **{f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep")},
        },
        "1_Pooling/config.json": pooling,
        "2_Normalize/config.json": {},
    }
    for path, content in contents.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(json.dumps(content))
    return folder
