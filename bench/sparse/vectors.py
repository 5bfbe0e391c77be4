"""Learned sparse vectors: a sample that a model made, and more drawn from it.

The sample is encoded once. Where more documents are wanted, each takes half of the weighted terms
of two of the sample, drawn with a seed: terms, weights and their number stay distributed as the
model made them, and much of what occurs together does so still.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import xxhash

from bench.sparse.corpora import SEED, spread
from bench.sparse.inverted import mapped
from mnemic.errors import NotFound
from mnemic.llm.models.store import locate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Weighted = tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.float32]]
    Encode = Callable[[Sequence[str]], Weighted]

MODEL = "splade-tiny"
WIDEST_DOCUMENT = 120
WIDTH_OF_QUESTIONS = 40
KEPT = 0.5
BATCH = 256
FORMAT = 2
MADE = (
    f"{MODEL} of passages, the {WIDEST_DOCUMENT} largest weights of each; documents after those "
    "have half of the weighted terms of two of them, drawn with a seed; questions have their "
    f"{WIDTH_OF_QUESTIONS} largest weights, the missing ones drawn from all questions"
)


@dataclass(frozen=True)
class Vectors:
    """Documents and questions as weighted vocabulary ids, ids ascending in a row.

    Attributes:
        folder: Where its files are.
        facts: What they are.
    """

    folder: Path
    facts: dict[str, Any]

    @classmethod
    def open(cls, folder: Path) -> Self:
        """What ``prepare`` left."""
        return cls(folder, json.loads((folder / "facts.json").read_text(encoding="utf-8")))

    def __len__(self) -> int:
        return int(self.facts["documents"])

    @cached_property
    def documents(self) -> Weighted:
        """int64 offsets, uint32 ids, float32 weights."""
        return _read(self.folder, "documents")

    @cached_property
    def questions(self) -> Weighted:
        """The same."""
        return _read(self.folder, "questions")


def missing() -> str:
    """Why there can be no vectors; empty when there can."""
    try:
        locate(MODEL)
    except NotFound as error:
        return f"{error.message}: run mnemic models pull {MODEL}"
    return ""


def encoders() -> tuple[Encode, Encode]:
    """The model, for documents and for questions."""
    from mnemic.retrieval.encoders.opening import open_encoder
    from mnemic.retrieval.encoders.specs import spec_of
    from mnemic.settings import Settings

    encoder = open_encoder(spec_of(MODEL), Settings.from_environment())

    def of(call: Any) -> Encode:
        def encode(texts: Sequence[str]) -> Weighted:
            found = call(texts)
            return found.offsets, found.ids.astype(np.uint32), found.weights

        return encode

    return of(encoder.encode_documents), of(encoder.encode_queries)


def prepare(
    texts: Sequence[str],
    questions: Sequence[str],
    folder: Path,
    *,
    count: int,
    encode: tuple[Encode, Encode] | None = None,
) -> Vectors:
    """Encode the sample, and draw documents from it up to a number."""
    asked: dict[str, Any] = {"sample": len(texts), "documents": count, "questions": len(questions)}
    asked |= {"format": FORMAT, "seed": SEED, "text": _digest([*texts, *questions])}
    facts = folder / "facts.json"
    if facts.exists() and json.loads(facts.read_text(encoding="utf-8"))["asked"] == asked:
        return Vectors.open(folder)
    folder.mkdir(parents=True, exist_ok=True)
    of_documents, of_questions = encode or encoders()
    draw = np.random.default_rng(SEED)
    sample = encoded(texts, of_documents, WIDEST_DOCUMENT)
    documents = grown(sample, count, draw)
    asking = widened(encoded(questions, of_questions, WIDTH_OF_QUESTIONS), draw)
    _write(folder, "documents", joined(documents))
    _write(folder, "questions", joined(asking))
    ids = np.concatenate([ids for ids, _ in documents])
    facts.write_text(
        json.dumps(
            {
                "asked": asked,
                "model": MODEL,
                "made": MADE,
                "encoded": len(texts),
                "documents": len(documents),
                "postings": len(ids),
                "terms_a_document": round(len(ids) / len(documents), 1),
                "terms_a_question": WIDTH_OF_QUESTIONS,
                "digest": xxhash.xxh3_64_hexdigest(ids.tobytes()),
            }
        ),
        encoding="utf-8",
    )
    return Vectors.open(folder)


Row = tuple["NDArray[np.uint32]", "NDArray[np.float32]"]


def encoded(texts: Sequence[str], encode: Encode, widest: int) -> list[Row]:
    """Each text's largest weights; texts without any are left out."""
    rows: list[Row] = []
    for begin in range(0, len(texts), BATCH):
        offsets, ids, weights = encode(texts[begin : begin + BATCH])
        for a, b in itertools.pairwise(offsets):
            if a < b:
                kept = np.sort(np.argsort(-weights[a:b], kind="stable")[:widest])
                rows.append((ids[a:b][kept], weights[a:b][kept]))
    return rows


def grown(sample: list[Row], count: int, draw: np.random.Generator) -> list[Row]:
    """Rows up to a number, those after the sample of two of its rows each."""
    rows = sample[:count]
    for number in range(len(rows), count):
        pair = (sample[number % len(sample)], sample[int(draw.integers(len(sample)))])
        kept = [draw.random(len(ids)) < KEPT for ids, _ in pair]
        ids, weights = (
            np.concatenate([part[one] for part, one in zip(parts, kept, strict=True)])
            for parts in zip(*pair, strict=True)
        )
        ids, first = np.unique(ids, return_index=True)
        rows.append((ids, weights[first]) if len(ids) else sample[number % len(sample)])
    return rows


def widened(rows: list[Row], draw: np.random.Generator) -> list[Row]:
    """Questions of equal width: what is missing is drawn from all questions, new terms only."""
    ids, weights = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    width = min(WIDTH_OF_QUESTIONS, len(np.unique(ids)))
    found = []
    for own_ids, own_weights in rows:
        have = dict(zip(own_ids.tolist(), own_weights.tolist(), strict=True))
        while len(have) < width:
            place = int(draw.integers(0, len(ids)))
            have.setdefault(int(ids[place]), float(weights[place]))
        kept = sorted(have)
        found.append((np.array(kept, np.uint32), np.array([have[one] for one in kept], np.float32)))
    return found


def joined(rows: list[Row]) -> Weighted:
    """Compressed rows."""
    ends = np.cumsum([0, *(len(ids) for ids, _ in rows)], dtype=np.int64)
    ids, weights = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    return ends, ids.astype(np.uint32), weights.astype(np.float32)


def sampled(texts: Sequence[str], count: int) -> list[str]:
    """Evenly spread texts."""
    return [texts[row] for row in spread(len(texts), count)]


def _digest(texts: Sequence[str]) -> str:
    return xxhash.xxh3_64_hexdigest("\x00".join(texts).encode())


def _write(folder: Path, name: str, rows: Weighted) -> None:
    offsets, ids, weights = rows
    offsets.tofile(folder / f"{name}.offsets")
    ids.tofile(folder / f"{name}.ids")
    weights.tofile(folder / f"{name}.weights")


def _read(folder: Path, name: str) -> Weighted:
    offsets = np.fromfile(folder / f"{name}.offsets", np.int64)
    ids = mapped(folder / f"{name}.ids")
    return offsets, ids, np.fromfile(folder / f"{name}.weights", np.float32)
