"""A process that adds, encodes, tokenises and reindexes until it is killed, saying what it does.

Run as: python embedding_child.py FOLDER SEED [POINT HITS]. ``adding NAME`` and ``erasing NAME``
come before the calls, ``add NAME`` and ``erase NAME`` after they have returned.
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

from tests.crash.collection_child import kill_at
from tests.hash_encoder import DENSE, OTHER_DENSE, OTHER_SPARSE, SPARSE, HashModels
from tests.unit.llm.tokenizers import characters

from mnemic.llm.tokenizer import Tokenizer
from mnemic.retrieval.collections import Workspace, embedding, encoding, token_encoding
from mnemic.settings import Settings
from mnemic.types import Document

STEPS = 60
ENCODERS = ((DENSE, SPARSE), (OTHER_DENSE, SPARSE), (DENSE, OTHER_SPARSE), (DENSE,))


def settings() -> Settings:
    return Settings(lock_wait=60.0, encode_wait=0.0, threads=1)


def hurry() -> None:
    """Small chunks, so that there are many commits; a killed worker's job is free soon."""
    embedding.LEASE_SECONDS = 0.5
    embedding.ELSEWHERE_SECONDS = 0.01
    encoding.TEXTS, encoding.CHUNK_PASSAGES = 4, 4
    token_encoding.CHARACTERS, token_encoding.CHUNK_TOKENS = 200, 200


def text_of(name: str) -> str:
    """Different words for each document, in more than one passage."""
    return f"common word{name} and other{name}. " + f"More of {name} here. " * 3


def tokenizers(folder: Path) -> list[Tokenizer]:
    """Two that differ, beside the database."""
    prefixes = ("", "one more")
    home = folder.with_name(f"{folder.name}-tokenizers")
    made = [characters(home / str(place), prefix=each) for place, each in enumerate(prefixes)]
    return [Tokenizer.open(each) for each in made]


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def work(folder: Path, seed: int) -> None:
    source, models = random.Random(seed), HashModels()
    workspace = Workspace.open(folder, settings=settings(), open_encoder=models)
    if "papers" not in workspace.names():
        workspace.create("papers", encoders=[models.open(spec) for spec in ENCODERS[0]])
    papers = workspace.collection("papers")
    known = [*tokenizers(folder), None]
    mine = [document.id for document in papers.documents()]
    say("ready")
    for step in range(STEPS):
        choice = source.random()
        if choice < 0.45 or not mine:
            batch = [f"{seed}x{step}x{number}" for number in range(source.randint(1, 5))]
            for name in batch:
                say(f"adding {name}")
            papers.add([Document(id=name, text=text_of(name)) for name in batch])
            mine += batch
            for name in batch:
                say(f"add {name}")
        elif choice < 0.6:
            name = mine.pop(source.randrange(len(mine)))
            say(f"erasing {name}")
            papers.erase([name])
            say(f"erase {name}")
        elif choice < 0.85:
            source.choice([papers.embed, papers.embed, papers.compact, papers.rebuild])()
        elif choice < 0.93:
            papers.index_tokens(source.choice(known))
        else:
            papers.reindex([models.open(spec) for spec in source.choice(ENCODERS)])
    workspace.close()


if __name__ == "__main__":
    hurry()
    if len(sys.argv) > 3:
        kill_at(sys.argv[3], int(sys.argv[4]))
    work(Path(sys.argv[1]), int(sys.argv[2]))
