"""The passages that measurements add, and where the filled collection is kept between them."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from tests.datasets import find_data_set, unpacked

from mnemic.retrieval.ingestion import read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mnemic.retrieval.ingestion import RecordError
    from mnemic.types import Document

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("MNEMIC_DATA") or ROOT.parent / "shared" / "data")
CACHE = Path.home() / ".cache" / "mnemic-test-data"
STORE = ROOT / "build" / "bench" / "store"
COLLECTION = "passages"
SETS = ("squad2-dev", "wiki-scale")


def folders(names: Sequence[str]) -> list[Path]:
    """The folders of data sets.

    Raises:
        FileNotFoundError: One is missing.
    """
    found = [find_data_set(name, DATA) for name in names]
    missing = [name for name, place in zip(names, found, strict=True) if place is None]
    if missing:
        raise FileNotFoundError(f"no {', '.join(missing)} in {DATA}: set MNEMIC_DATA")
    return [place if place.is_dir() else unpacked(place, CACHE) for place in found if place]


def documents(places: Sequence[Path], limit: int | None) -> Iterator[Document]:
    """The documents of folders, as ``mnemic add`` reads them; a bad record is an error here."""
    for record in islice(read(places, on_error=_refuse), limit):
        yield record.document


def batches(source: Iterator[Document], size: int) -> Iterator[list[Document]]:
    """Lists of at most ``size`` documents."""
    while batch := list(islice(source, size)):
        yield batch


def _refuse(error: RecordError) -> None:
    raise ValueError(f"{error.source}:{error.line}: {error.message}")
