"""One call that reads files and keeps both documents and errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from mnemic.retrieval.ingestion import Record, RecordError, read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mnemic.types import Document


@dataclass(frozen=True, slots=True)
class Outcome:
    records: list[Record]
    errors: list[RecordError]

    @property
    def documents(self) -> list[Document]:
        return [record.document for record in self.records]

    @property
    def ids(self) -> list[str]:
        return [document.id for document in self.documents]


@pytest.fixture
def load() -> Callable[..., Outcome]:
    """Read paths to the end."""

    def run(*paths: Path, **settings: Any) -> Outcome:
        errors: list[RecordError] = []
        return Outcome(list(read(paths, on_error=errors.append, **settings)), errors)

    return run
