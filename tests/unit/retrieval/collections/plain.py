"""Collections without encoders, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mnemic.retrieval.collections import Workspace
from mnemic.settings import Settings
from mnemic.types import Document

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.retrieval.collections import Collection


def opened(path: Path) -> Workspace:
    return Workspace.open(path, settings=Settings(lock_wait=5.0))


def some(count: int, start: int = 0) -> list[Document]:
    return [Document(id=f"d{i}", text=f"common word{i}") for i in range(start, start + count)]


def found(collection: Collection, query: str = "common") -> list[str]:
    [ranking] = collection.search_many([query], 10**6, text=False)
    return sorted(hit.id for hit in ranking)
