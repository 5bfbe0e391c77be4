"""Language models by name: found at once, loaded when they first write, shared in the process."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from mnemic.errors import Unsupported
from mnemic.llm.folders import find_folder
from mnemic.llm.json_files import read_json
from mnemic.llm.models import known

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.llm.protocols import LanguageModel
    from mnemic.settings import Settings

LANGUAGE_MODEL = "language model"
_lock = Lock()
_loaded: dict[Path, LanguageModel] = {}


@dataclass(frozen=True, slots=True)
class Named:
    """A model that is on this machine.

    Attributes:
        name: What it was asked for by.
        folder: Where its files are.
    """

    name: str
    folder: Path

    @classmethod
    def find(cls, name: str, settings: Settings | None = None) -> Named:
        """A model by name or folder; nothing is loaded.

        Raises:
            NotFound: It is not here; the hint has the command that fetches it.
            Unsupported: It is a model of another kind, such as an encoder.
        """
        if name in known() and known()[name].kind != LANGUAGE_MODEL:
            raise _no_writer(name, f"a {known()[name].kind} encoder")
        folder = find_folder(name, settings=settings)
        if kind := _headless(folder):
            raise _no_writer(name, f"a {kind}")
        return cls(name, folder)

    def load(self) -> LanguageModel:
        """The model; every call in this process gets the same one.

        Raises:
            Unsupported: The extra ``[llm]`` is not installed, or it is no causal model.
            IndexCorrupt: A file is damaged.
        """
        from mnemic.llm.causal import TransformersModel

        with _lock:
            if self.folder not in _loaded:
                _loaded[self.folder] = TransformersModel.open(self.folder)
            return _loaded[self.folder]


def _no_writer(name: str, kind: str) -> Unsupported:
    return Unsupported(
        f"{name} is {kind}, no language model: it cannot write n-grams",
        hint="Write ngram:smollm2, or ngram alone, which needs no model.",
    )


def _headless(folder: Path) -> str:
    """What a folder's configuration calls the model, where that cannot write; else empty."""
    if not (folder / "config.json").is_file():
        return ""
    content = read_json(folder / "config.json")
    named = content.get("architectures") if isinstance(content, dict) else None
    kinds = [kind for kind in named if isinstance(kind, str)] if isinstance(named, list) else []
    bare = [kind for kind in kinds if kind.endswith(("Model", "ForMaskedLM"))]
    bare = [kind for kind in bare if not kind.endswith("LMHeadModel")]
    return bare[0] if bare and len(bare) == len(kinds) else ""
