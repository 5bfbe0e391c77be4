"""Language models by name: found at once, loaded when they first write, shared in the process."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from mnemic.llm.folders import find_folder

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.llm.protocols import LanguageModel
    from mnemic.settings import Settings

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
        """
        return cls(name, find_folder(name, settings=settings))

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
