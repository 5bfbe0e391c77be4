"""What an unconverted model folder holds: the file formats of Hugging Face's BERT models.

A folder of sentence-transformers lists its modules; each has its own configuration. A folder
without that list is the bare transformer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from mnemic.errors import IndexCorrupt, NotFound, Unsupported
from mnemic.llm.json_files import read_json, read_object
from mnemic.llm.onnx.convert import SMALLEST
from mnemic.llm.sentence_folder import read_prompts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Head: TypeAlias = Literal["mean", "splade"]
NEEDED = ("config.json", "model.safetensors", "tokenizer.json")
_DENSE = (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
_SPARSE = ["MLMTransformer", "SpladePooling"]
_DOCUMENT_PROMPTS = ("document", "passage", "corpus")
_TRANSFORMER = "sentence_bert_config.json"
_INSTEAD = "Name it sentence-transformers:FOLDER to run it with that library."


@dataclass(frozen=True, slots=True)
class Layout:
    """An unconverted model.

    Attributes:
        folder: Where weights, configuration and tokenizer are.
        head: How tokens become one vector; ``None`` where the folder leaves it open.
        window: Most tokens of one text.
        prefixes: What stands before queries and before documents.
    """

    folder: Path
    head: Head | None
    window: int
    prefixes: tuple[str, str] = ("", "")


def read_layout(folder: Path) -> Layout:
    """Read the configuration of a folder, not its weights.

    Raises:
        NotFound: It lacks a file that a model needs.
        IndexCorrupt: A configuration file cannot be read.
        Unsupported: Its modules are others than those that we build.
    """
    modules = _modules(folder)
    inner = _part(folder, modules[0]) if modules else folder
    if missing := [name for name in NEEDED if not (inner / name).is_file()]:
        raise NotFound(
            f"{inner} is no model: it lacks {', '.join(missing)}",
            hint="A model has its weights in safetensors and a fast tokenizer.",
        )
    return Layout(
        folder=inner,
        head=_head_of_modules(folder, modules) if modules else _bare_head(inner),
        window=_window(inner),
        prefixes=prefixes_of(read_prompts(folder)),
    )


def _modules(folder: Path) -> list[dict[str, Any]]:
    path = folder / "modules.json"
    if not path.is_file():
        return []
    try:
        modules = [dict(module) for module in read_json(path)]
        return sorted(modules, key=lambda each: int(each["idx"]))
    except (ValueError, TypeError, KeyError) as error:
        raise IndexCorrupt(f"{path} is no list of modules: {error}") from error


def _part(folder: Path, module: dict[str, Any]) -> Path:
    inside = PurePosixPath(str(module.get("path", "")))
    if inside.is_absolute() or ".." in inside.parts:
        raise Unsupported(f"{folder}: the module path {str(inside)!r} leads outside")
    return folder / inside


def _head_of_modules(folder: Path, modules: list[dict[str, Any]]) -> Head:
    kinds = [str(module.get("type", "")).rpartition(".")[2] for module in modules]
    if kinds not in (*_DENSE, _SPARSE):
        raise Unsupported(f"{folder} is made of {', '.join(kinds)}", hint=_INSTEAD)
    if _optional(_part(folder, modules[0]) / _TRANSFORMER).get("do_lower_case"):
        raise Unsupported(f"{folder} lowers letters before its tokenizer", hint=_INSTEAD)
    pooling = read_object(_part(folder, modules[1]) / "config.json")
    if pooling.get("include_prompt", True) is False:
        raise Unsupported(f"{folder} leaves prompts out of its pooling")
    if kinds == _SPARSE:
        _demand(folder, pooling, pooling_strategy="max", activation_function="relu")
        return "splade"
    if "pooling_mode" in pooling:
        _demand(folder, pooling, pooling_mode="mean")
    else:
        chosen = [key for key, value in pooling.items() if key.startswith("pooling_") and value]
        if chosen != ["pooling_mode_mean_tokens"]:
            raise Unsupported(f"{folder} pools by {', '.join(chosen)}", hint=_INSTEAD)
    similarity = _optional(folder / "config_sentence_transformers.json").get("similarity_fn_name")
    if "Normalize" not in kinds and similarity not in (None, "cosine"):
        raise Unsupported(f"{folder} needs vectors that are not normalised", hint=_INSTEAD)
    return "mean"


def _demand(folder: Path, config: dict[str, Any], **needed: str) -> None:
    for key, value in needed.items():
        if config.get(key) != value:
            raise Unsupported(f"{folder}: {key} is {config.get(key)!r}", hint=_INSTEAD)


def _bare_head(folder: Path) -> Head | None:
    """A bare encoder is pooled by the mean; one with a word head may be a SPLADE model or not."""
    architectures = read_object(folder / "config.json").get("architectures")
    return "mean" if architectures == ["BertModel"] else None


def _window(inner: Path) -> int:
    found = {
        "max_seq_length": _optional(inner / _TRANSFORMER),
        "model_max_length": _optional(inner / "tokenizer_config.json"),
        "max_position_embeddings": read_object(inner / "config.json"),
    }
    given = [content[name] for name, content in found.items() if content.get(name) is not None]
    for value in given:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise IndexCorrupt(f"{inner}: its window is {value!r}")
        if not SMALLEST <= value < math.inf:
            raise IndexCorrupt(f"{inner}: its window is {value} tokens, which fits no text")
    return int(min(given, default=512))


def prefixes_of(prompts: Mapping[str, str]) -> tuple[str, str]:
    """What stands before queries and before documents, among the prompts that a model names."""
    document = next((prompts[name] for name in _DOCUMENT_PROMPTS if name in prompts), "")
    return prompts.get("query", ""), document


def _optional(path: Path) -> dict[str, Any]:
    return read_object(path) if path.is_file() else {}
