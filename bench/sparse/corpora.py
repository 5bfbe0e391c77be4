"""Documents and questions as numbered terms, prepared once and read by each child process.

All systems are fed the terms that mnemic's own analysis makes of title and text. A larger corpus
repeats the passages: every copy after the first has one in ten of its terms replaced by terms drawn
with a seed from all terms of the corpus, so that their distribution stays what it was.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import xxhash

from bench.sparse.inverted import invert, mapped
from mnemic.retrieval.analysis import Analyzer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.sparse import TermBatch

SEED = 20261122
REPLACED = 0.1
EDITS = "copies after the first have 1 in 10 terms replaced by terms drawn from the corpus"
BATCH = 20_000
FORMAT = 1
SEPARATOR = b"\n"  # no term holds white space


@dataclass(frozen=True, slots=True)
class Rows:
    """Documents or questions; row ``i`` owns ``terms[offsets[i]:offsets[i + 1]]``.

    Attributes:
        offsets: int64 [rows + 1].
        terms: uint32 [total], numbers into the vocabulary of the corpus.
    """

    offsets: NDArray[np.int64]
    terms: NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def lists(self) -> Iterator[list[int]]:
        """The rows one by one."""
        for begin, end in zip(self.offsets[:-1], self.offsets[1:], strict=True):
            yield self.terms[begin:end].tolist()

    def part(self, begin: int, end: int) -> Rows:
        """Rows ``begin`` to ``end``, numbered from 0."""
        offsets = self.offsets[begin : end + 1]
        return Rows(offsets - offsets[0], self.terms[offsets[0] : offsets[-1]])

    def spread(self, count: int) -> Rows:
        """At most ``count`` rows, evenly spread."""
        chosen = spread(len(self), count)
        parts = [self.terms[self.offsets[row] : self.offsets[row + 1]] for row in chosen]
        lengths = [len(part) for part in parts]
        return Rows(np.cumsum([0, *lengths], dtype=np.int64), np.concatenate(parts))


@dataclass(frozen=True)
class Corpus:
    """A prepared corpus.

    Attributes:
        folder: Where its files are.
        facts: Where it came from, and what it holds.
    """

    folder: Path
    facts: dict[str, Any]

    @classmethod
    def open(cls, folder: Path) -> Self:
        """What one of the functions below left in a folder."""
        return cls(folder, json.loads((folder / "facts.json").read_text(encoding="utf-8")))

    def __len__(self) -> int:
        return int(self.facts["documents"])

    @cached_property
    def documents(self) -> Rows:
        """Mapped."""
        offsets = np.fromfile(self.folder / "offsets.i64", np.int64)
        return Rows(offsets, mapped(self.folder / "terms.u32"))

    @cached_property
    def questions(self) -> Rows:
        """All of the corpus that this one was made of."""
        offsets = np.fromfile(self._home / "question_offsets.i64", np.int64)
        return Rows(offsets, np.fromfile(self._home / "question_terms.u32", np.uint32))

    @cached_property
    def vocabulary(self) -> list[bytes]:
        """The terms by their numbers; those of questions alone come last."""
        return (self._home / "vocabulary").read_bytes().split(SEPARATOR)

    def texts(self) -> list[str]:
        """Title and text of each document, where they were kept."""
        symbols = (self._home / "texts").read_bytes()
        ends = np.fromfile(self._home / "texts.i64", np.int64)[: len(self) + 1]
        return [symbols[a:b].decode() for a, b in itertools.pairwise(ends)]

    @property
    def _home(self) -> Path:
        return Path(self.facts["home"])


def prepare(texts: Iterable[str], questions: Sequence[str], folder: Path, *, source: str) -> Corpus:
    """Analyse documents and questions; what is there already for the same source stays."""
    asked = {"source": source, "format": FORMAT, "analysis": Analyzer().fingerprint.digest}
    if _made(folder, asked):
        return Corpus.open(folder)
    folder.mkdir(parents=True, exist_ok=True)
    analyzer, numbers = Analyzer(), dict[bytes, int]()
    lengths, ends = [np.zeros(1, np.int64)], [0]
    with (folder / "terms.u32").open("wb") as terms, (folder / "texts").open("wb") as kept:
        for batch in _batches(texts):
            found = analyzer.analyze_batch(batch)
            _numbered(found, numbers).tofile(terms)
            lengths.append(np.diff(found.offsets))
            ends += [kept.write(text.encode()) for text in batch]
    np.cumsum(np.concatenate(lengths)).tofile(folder / "offsets.i64")
    np.cumsum(ends, dtype=np.int64).tofile(folder / "texts.i64")
    found = analyzer.analyze_batch(questions)
    _numbered(found, numbers).tofile(folder / "question_terms.u32")
    found.offsets.tofile(folder / "question_offsets.i64")
    (folder / "vocabulary").write_bytes(SEPARATOR.join(numbers))
    return _finished(folder, {"asked": asked, "home": str(folder), "copies": 1})


def prefix(base: Corpus, count: int, folder: Path) -> Corpus:
    """The first documents of a corpus."""
    asked = {"of": base.facts["digest"], "documents": count, "format": FORMAT}
    if _made(folder, asked):
        return Corpus.open(folder)
    folder.mkdir(parents=True, exist_ok=True)
    part = base.documents.part(0, count)
    part.offsets.tofile(folder / "offsets.i64")
    part.terms.tofile(folder / "terms.u32")
    return _finished(folder, {"asked": asked, "home": base.facts["home"], "copies": 1})


def repeated(base: Corpus, copies: int, folder: Path) -> Corpus:
    """A corpus ``copies`` times as large."""
    asked = {"of": base.facts["digest"], "copies": copies, "seed": SEED, "format": FORMAT}
    if _made(folder, asked):
        return Corpus.open(folder)
    folder.mkdir(parents=True, exist_ok=True)
    terms, draw = np.array(base.documents.terms), np.random.default_rng(SEED)
    lengths = np.tile(np.diff(base.documents.offsets), copies)
    np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64).tofile(folder / "offsets.i64")
    with (folder / "terms.u32").open("wb") as file:
        terms.tofile(file)
        for _ in range(copies - 1):
            edited(terms, draw).tofile(file)
    return _finished(folder, {"asked": asked, "home": base.facts["home"], "copies": copies})


def edited(terms: NDArray[np.uint32], draw: np.random.Generator) -> NDArray[np.uint32]:
    """A copy in which one in ten terms gave way to one drawn from all."""
    copy = terms.copy()
    chosen = np.flatnonzero(draw.random(len(copy), np.float32) < REPLACED)
    copy[chosen] = terms[draw.integers(0, len(terms), len(chosen))]
    return copy


def spread(total: int, count: int) -> list[int]:
    """At most ``count`` of the numbers below ``total``, evenly spread."""
    return sorted({int(row) for row in np.linspace(0, total - 1, min(count, total))})


def _made(folder: Path, asked: dict[str, Any]) -> bool:
    facts = folder / "facts.json"
    return facts.exists() and json.loads(facts.read_text(encoding="utf-8"))["asked"] == asked


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _numbered(found: TermBatch, numbers: dict[bytes, int]) -> NDArray[np.uint32]:
    """The terms of a batch by the numbers of the whole corpus, which new ones get here."""
    own = [numbers.setdefault(term, len(numbers)) for term in found.vocabulary]
    return np.asarray(own, np.uint32)[found.terms]


def _finished(folder: Path, facts: dict[str, Any]) -> Corpus:
    """Invert the documents, and write what is known, last of all."""
    found = Corpus(folder, facts)
    postings = invert(found.documents.offsets, found.documents.terms, len(found.vocabulary))
    postings.save(folder)
    facts |= {
        "documents": len(found.documents),
        "terms": len(found.documents.terms),
        "postings": len(postings.documents),
        "questions": len(found.questions),
        "question_terms": round(len(found.questions.terms) / len(found.questions), 2),
        "digest": xxhash.xxh3_64_hexdigest(found.documents.terms.data),
    }
    (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
    return Corpus(folder, facts)
