"""A process that adds documents and encodes all there are; says what it has encoded, as JSON.

Run as: python -m tests.unit.retrieval.collections.encoding_process FOLDER START COUNT. It prints
``ready`` when its documents are stored, and goes on when it reads a line.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.hash_encoder import HashModels
from tests.unit.retrieval.collections.embedded import opened, some

from mnemic.retrieval.collections import embedding, encoding


def main(folder: Path, start: int, count: int) -> None:
    embedding.ELSEWHERE_SECONDS = 0.01
    encoding.TEXTS, encoding.CHUNK_PASSAGES = 4, 4
    models = HashModels()
    workspace = opened(folder, models, lock_wait=120.0)
    papers = workspace.collection("papers")
    papers.add(some(count, start), encode="later")
    papers.close()
    print("ready", flush=True)
    sys.stdin.readline()
    papers.embed()
    workspace.close()
    print(json.dumps(models.encoded), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
