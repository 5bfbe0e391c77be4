"""A folder of sentence-transformers: which modules it stacks, and whether they may be opened.

The library would import any class that the folder names, unpickle weights that are not in
safetensors, and hand the folder's options to transformers; so all that is refused before it sees
the folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from mnemic.errors import IndexCorrupt, NotFound, Unsupported
from mnemic.llm.foreign import refuse_options
from mnemic.llm.json_files import read_json, read_object

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PACKAGE = "sentence_transformers"
MODULES = frozenset({"Transformer", "Pooling", "Normalize", "Dense", "LayerNorm"})
_WITH_WEIGHTS = frozenset({"Transformer", "Dense", "LayerNorm"})


@dataclass(frozen=True, slots=True)
class SentenceFolder:
    """What a folder holds.

    Attributes:
        folder: Where it is.
        parts: The folder of each module, the transformer's first; they may be the same.
        prompts: What the model's makers put before texts, by name.
    """

    folder: Path
    parts: tuple[Path, ...]
    prompts: Mapping[str, str]

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that makes the output: weights, tokenizer and configurations."""
        folders = dict.fromkeys((self.folder, *self.parts))
        found = [path for part in folders for path in (*part.glob("*.json"), *_weights(part))]
        return tuple(sorted(found))


def read_folder(folder: Path) -> SentenceFolder:
    """Read the list of modules; loads nothing.

    Raises:
        NotFound: The folder has no list of modules.
        IndexCorrupt: A file of it cannot be read.
        Unsupported: A module is none of the package's plain ones, or has no safetensors.
    """
    if not (folder / "modules.json").is_file():
        raise NotFound(
            f"{folder} has no modules.json",
            hint="Save the model by sentence-transformers, which writes it.",
        )
    content = read_json(folder / "modules.json")
    try:
        rows = [(str(row["type"]), str(row["path"])) for row in content]
    except (TypeError, KeyError) as error:
        raise IndexCorrupt(f"{folder / 'modules.json'} is no list of modules") from error
    parts = tuple(_part(folder, kind, path) for kind, path in rows)
    if not rows or not rows[0][0].endswith(".Transformer"):
        raise Unsupported(f"{folder}: its first module is no Transformer")
    return SentenceFolder(folder, parts, read_prompts(folder))


def _part(folder: Path, kind: str, path: str) -> Path:
    package, _, name = kind.rpartition(".")
    if package.partition(".")[0] != PACKAGE or name not in MODULES:
        raise Unsupported(f"{folder}: the module {kind} is none of {', '.join(sorted(MODULES))}")
    inside = PurePosixPath(path)
    if inside.is_absolute() or ".." in inside.parts:
        raise Unsupported(f"{folder}: the module path {path!r} leads outside")
    part = folder / inside
    if name in _WITH_WEIGHTS and not _weights(part):
        raise Unsupported(
            f"{part} has no safetensors", hint="Other formats of weights are never opened."
        )
    _check_options(part, name)
    return part


def _check_options(part: Path, name: str) -> None:
    for path in sorted(part.glob("sentence_*_config.json")) if name == "Transformer" else ():
        refuse_options(path, read_object(path))
    path = part / "config.json"
    pooling = read_object(path) if name == "Pooling" and path.is_file() else {}
    # A prompt is put before a text as characters, so nobody could tell it from the text.
    if pooling.get("include_prompt", True) is False:
        raise Unsupported(f"{path}: a prompt that is left out of the pooling is not supported")


def _weights(part: Path) -> list[Path]:
    return sorted(part.glob("*.safetensors"))


def read_prompts(folder: Path) -> dict[str, str]:
    """What a model's makers put before texts, by name; reads one small file, where there is one.

    Raises:
        IndexCorrupt: The file cannot be read, or a prompt is no text.
    """
    path = folder / "config_sentence_transformers.json"
    prompts = read_object(path).get("prompts") if path.is_file() else None
    if not isinstance(prompts, dict | None):
        raise IndexCorrupt(f"{path}: prompts is no object")
    given = {name: text for name, text in (prompts or {}).items() if text is not None}
    if not all(isinstance(text, str) for text in given.values()):
        raise IndexCorrupt(f"{path}: a prompt is no text")
    return given
