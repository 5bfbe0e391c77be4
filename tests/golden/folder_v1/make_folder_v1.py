"""Makes the files beside it: a data folder as it was before collections had n-gram indexes.

They were written once, by the last version without one, and must open for ever: never make them
again. Run ``python -m tests.golden.folder_v1.make_folder_v1 NEW_FOLDER`` to compare by hand.
"""

from __future__ import annotations

import sys
from pathlib import Path

from mnemic.retrieval.collections import Workspace
from mnemic.settings import Settings
from mnemic.types import Document

FIRST = [
    Document(
        id=f"old{number}", title="Ein Titel" if number % 2 else "", text=f"ab abab {number} ä€"
    )
    for number in range(12)
]
SECOND = [Document(id="old1", text="replaced: abab"), Document(id="new", title="ab", text="ab")]
DELETED = ["old2"]
LIVE = {item.id: item for item in [*FIRST, *SECOND] if item.id not in DELETED}


def make(path: Path) -> None:
    """Two segments, of which the first has two tombstones."""
    workspace = Workspace.open(path, settings=Settings())
    papers = workspace.create("papers")
    papers.add(FIRST)
    papers.flush()
    papers.upsert(SECOND)
    papers.flush()
    papers.delete(DELETED)
    workspace.close()


if __name__ == "__main__":
    make(Path(sys.argv[1]))
