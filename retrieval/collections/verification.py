"""Does a collection hold what it should? Every file, and index against catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mnemic.errors import FormatTooNew, IndexCorrupt
from mnemic.indexes.storage.bitmaps import to_bool
from mnemic.retrieval.collections.pieces import Piece

if TYPE_CHECKING:
    from mnemic.retrieval.collections.replica import Replica


def verify(replica: Replica) -> list[str]:
    """Problems in words, none when all is well; reads every byte of every segment."""
    try:
        manifest = replica.manifests.load()
        for entry in manifest.segments if manifest else ():
            Piece.open(replica.directory, entry)
        replica.refresh()
    except (IndexCorrupt, FormatTooNew) as error:
        return [str(error)]
    return _differences(replica)


def _differences(replica: Replica) -> list[str]:
    with replica.catalogue.reading() as tx:
        stored = {item.ordinal for batch in tx.documents.iterate(replica.id) for item in batch}
    indexed: set[int] = set()
    for piece in replica.snapshot.pieces:
        ordinals = piece.keys.ordinals
        if piece.live is not None:
            ordinals = ordinals[np.flatnonzero(to_bool(piece.live, len(ordinals)))]
        indexed.update(ordinals.tolist())
    problems = []
    if missing := stored - indexed:
        problems.append(f"{len(missing)} stored documents are not in the index")
    if extra := indexed - stored:
        problems.append(f"{len(extra)} indexed documents are not in the catalogue")
    return problems
