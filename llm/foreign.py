"""What a model's folder may make transformers do: read weights, and nothing beside that.

Its configurations can name adapters, whose weights may be pickles or lie elsewhere, and attention
kernels, which are compiled code from a hub, fetched although ``local_files_only`` is set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mnemic.errors import Unsupported
from mnemic.llm.json_files import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ADAPTER = "adapter_config.json"
_OURS = frozenset({"eager", "sdpa"})
# Of what a folder of sentence-transformers may pass on, this changes how texts are read alone.
_HARMLESS = frozenset({"padding_side", "truncation_side", "model_max_length", "dtype"})
_OPTIONS = tuple(
    f"{part}_{form}" for part in ("model", "config", "tokenizer", "processor")
    for form in ("args", "kwargs")
)  # fmt: skip


def refuse_foreign(folder: Path) -> None:
    """Refuse a folder whose configuration reaches beyond it; reads ``config.json``.

    Raises:
        Unsupported: It holds an adapter, or names an attention that is not torch's own.
        IndexCorrupt: The configuration cannot be read.
    """
    if (folder / ADAPTER).exists():
        raise Unsupported(
            f"{folder} holds an adapter ({ADAPTER})",
            hint="Merge it into the model by peft's merge_and_unload, then save the model.",
        )
    _refuse_kernels(folder / "config.json", read_json(folder / "config.json"))


def refuse_options(path: Path, content: Mapping[str, Any]) -> None:
    """Refuse options that a module's configuration would pass on to transformers.

    Args:
        path: Where they stand, for messages.
        content: What stands there.

    Raises:
        Unsupported: An option does more than say how texts are cut and padded.
    """
    _refuse_kernels(path, content)
    given = [options for name in _OPTIONS if (options := content.get(name))]
    names = {str(name) for options in given for name in options}
    if wrong := sorted(names - _HARMLESS - {"attn_implementation", "trust_remote_code"}):
        raise Unsupported(
            f"{path} passes {', '.join(wrong)} on to transformers",
            hint="Take the options out of the file and save the model with them applied.",
        )


def _refuse_kernels(path: Path, value: Any) -> None:
    """Look through all of a configuration: models of several parts have one for each."""
    if isinstance(value, list):
        for part in value:
            _refuse_kernels(path, part)
    if not isinstance(value, dict):
        return
    for name, part in value.items():
        if name.lstrip("_").startswith("attn_implementation") and part is not None:
            _refuse_attention(path, part)
        _refuse_kernels(path, part)


def _refuse_attention(path: Path, named: Any) -> None:
    wanted = named.values() if isinstance(named, dict) else [named]
    if foreign := [each for each in wanted if each not in _OURS]:
        raise Unsupported(
            f"{path} asks for the attention {foreign[0]!r}",
            hint=f"Only {', '.join(sorted(_OURS))} are part of torch; take the entry out.",
        )
