"""Does a collection hold what it should? Every file, and index against catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mnemic.errors import DimensionMismatch, FormatTooNew, IndexCorrupt
from mnemic.indexes.storage.bitmaps import to_bool
from mnemic.retrieval.collections.pieces import Piece

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mnemic.retrieval.collections.replica import Replica


def verify(replica: Replica) -> list[str]:
    """Problems in words, none when all is well; reads every byte of every segment."""
    try:
        manifest = replica.manifests.load()
        for entry in manifest.segments if manifest else ():
            Piece.open(replica.directory, entry)
        # Without the lock a writer could change the index between the two sides.
        with replica.lock:
            replica.refresh()
            return _differences(replica)
    except (IndexCorrupt, FormatTooNew, DimensionMismatch) as error:
        return [str(error)]


def _differences(replica: Replica) -> list[str]:
    with replica.catalogue.reading() as tx:
        version = tx.collections.by_id(replica.id).version
        stored = {
            (item.ordinal, item.document.id)
            for batch in tx.documents.iterate(replica.id)
            for item in batch
        }
    if not replica.has_seen(version):
        return _differences_after_refresh(replica)
    indexed = set(_indexed(replica))
    problems = []
    if missing := stored - indexed:
        problems.append(f"{len(missing)} stored documents are not in the index")
    if extra := indexed - stored:
        problems.append(f"{len(extra)} indexed documents are not in the catalogue")
    return problems


def _differences_after_refresh(replica: Replica) -> list[str]:
    replica.refresh()
    return _differences(replica)


def _indexed(replica: Replica) -> Iterator[tuple[int, str]]:
    for piece in replica.snapshot.pieces:
        rows = np.arange(piece.document_count)
        if piece.live is not None:
            rows = np.flatnonzero(to_bool(piece.live, piece.document_count))
        yield from zip(piece.keys.ordinals[rows].tolist(), piece.keys.ids(rows), strict=True)
