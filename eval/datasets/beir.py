"""A BEIR folder: corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv (Thakur et al. 2021)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
import xxhash

from mnemic.errors import InvalidInput, NotFound
from mnemic.eval.datasets.jsonl import object_field, records, text_field
from mnemic.eval.files import typed_errors
from mnemic.eval.trec import read_qrels
from mnemic.types import Document, Qrels, Query

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CORPUS = "corpus.jsonl"
QUERIES = "queries.jsonl"
QRELS = "qrels"
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Dataset:
    """A collection with questions and judgements; the documents stay on disk.

    Attributes:
        name: The folder's name.
        folder: Where it lies.
        split: Which judgements: the stem of a file in ``qrels/``.
        queries: The queries judged in the split, in the order of ``queries.jsonl``.
        qrels: The split's judgements.
    """

    name: str
    folder: Path
    split: str
    queries: tuple[Query, ...]
    qrels: Qrels

    @property
    def corpus(self) -> Path:
        """The file that holds the documents."""
        return self.folder / CORPUS

    def documents(self) -> Iterator[Document]:
        """Every document, streamed in file order; memory is one document.

        Raises:
            InvalidInput: A line is malformed; the message names file and line.
        """
        path = self.corpus
        for number, record in records(path):
            yield Document(
                id=record["_id"],
                title=text_field(path, number, record, "title"),
                text=text_field(path, number, record, "text"),
                metadata=object_field(path, number, record, "metadata"),
            )

    def count_lines(self) -> int:
        """Lines of the corpus file: its documents, and blank lines if there are any."""
        with typed_errors(self.corpus), self.corpus.open("rb") as file:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))

    def corpus_digest(self) -> str:
        """Hex xxh3-128 of the corpus file's bytes; reads the whole file (GB/s)."""
        digest = xxhash.xxh3_128()
        with typed_errors(self.corpus), self.corpus.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
        return digest.hexdigest()

    def digest(self) -> str:
        """Hex hash over corpus, queries, judgements and split: equal data, equal digest."""
        questions = [[query.id, query.text, query.metadata] for query in self.queries]
        judged = {query: dict(sorted(grades.items())) for query, grades in self._judged()}
        parts = [self.corpus_digest(), self.split, questions, judged]
        return xxhash.xxh3_128_hexdigest(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS))

    def _judged(self) -> Iterator[tuple[str, dict[str, int]]]:
        for query in sorted(self.qrels.judgements):
            yield query, dict(self.qrels.judgements[query])


def splits_of(folder: Path) -> list[str]:
    """The splits that a BEIR folder has judgements for, sorted; empty when it has none."""
    return sorted(path.stem for path in (folder / QRELS).glob("*.tsv") if path.is_file())


def open_folder(folder: Path, *, split: str) -> Dataset:
    """Read queries and judgements of one split of a BEIR folder.

    Raises:
        NotFound: A file of the folder or the split is missing.
        InvalidInput: A line is malformed, or a judged query has no text.
    """
    known = splits_of(folder)
    if not known or not (folder / QUERIES).is_file():
        missing = f"{QRELS}/*.tsv" if not known else QUERIES
        raise NotFound(
            f"{folder} has no {missing}, so there is nothing to evaluate",
            hint="a BEIR folder has corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv",
        )
    if split not in known:
        raise NotFound(f"{folder} has no split {split!r}", hint=f"it has {', '.join(known)}")
    qrels = read_qrels(folder / QRELS / f"{split}.tsv")
    queries = tuple(_judged_queries(folder / QUERIES, qrels))
    _require_texts(folder, queries, qrels)
    return Dataset(folder.resolve().name, folder, split, queries, qrels)


def _judged_queries(path: Path, qrels: Qrels) -> Iterator[Query]:
    seen: set[str] = set()
    for number, record in records(path):
        identity = record["_id"]
        if identity not in qrels.judgements:
            continue
        if identity in seen:
            raise InvalidInput(f"{path}, line {number}: query {identity!r} is there twice")
        seen.add(identity)
        text = text_field(path, number, record, "text")
        yield Query(text, identity, object_field(path, number, record, "metadata"))


def _require_texts(folder: Path, queries: tuple[Query, ...], qrels: Qrels) -> None:
    missing = sorted(qrels.judgements.keys() - {query.id for query in queries})
    if missing:
        names = ", ".join(missing[:_SHOWN])
        raise InvalidInput(
            f"{folder / QUERIES}: {len(missing)} judged queries have no text: {names}",
            hint="add the queries, or remove their judgements",
        )
