"""A Lucene index out of a JSON collection, by Anserini's IndexCollection."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mnemic.errors import InvalidInput, NotFound
from mnemic.indexes.storage.failures import translating
from mnemic.retrieval.anserini.process import Runtime, call, failure, find_runtime
from mnemic.retrieval.anserini.shards import new_folder

MAIN = "io.anserini.index.IndexCollection"
_COUNTER = re.compile(r" - (indexed|empty|errors|unindexable|skipped): +([\d,]+)")
_STORED = ("-storePositions", "-storeDocvectors", "-storeRaw")


@dataclass(frozen=True, slots=True)
class Indexed:
    """What indexing did.

    Attributes:
        documents: In the index.
        empty: Documents without any term, which Anserini leaves out.
        bytes: Size of the index.
    """

    documents: int
    empty: int
    bytes: int


def build_index(
    source: Path,
    folder: Path,
    *,
    impact: bool = False,
    store: bool = False,
    threads: int = 1,
    runtime: Runtime | None = None,
) -> Indexed:
    """Index a JsonCollection, or with ``impact`` a JsonVectorCollection; one rename at the end.

    The analysis is Anserini's own for English (Porter's stemmer, Lucene's stop words); an impact
    index takes terms as they are.

    Args:
        source: The folder with the collection.
        folder: Where the index will be; may exist when it is empty.
        impact: The documents have vectors, whose weights are the impacts.
        store: Also keep positions, document vectors and the JSON, which other tools may want.
        threads: How many files are indexed at once.
        runtime: Java and jar; by default those of this machine.

    Raises:
        NotFound: ``source`` or the parent of ``folder`` does not exist.
        Conflict: ``folder`` holds something.
        InvalidInput: A document was refused, or ``threads`` is not positive.
        Unavailable: Java or the jar is missing, or Anserini failed.
        LimitExceeded: The disk is full.
    """
    if threads < 1:
        raise InvalidInput(f"threads is {threads}; it must be 1 or more")
    if not source.is_dir():
        raise NotFound(f"{source} is no folder", hint="Name a folder with a JSON collection.")
    runtime = runtime or find_runtime()
    with new_folder(folder.absolute()) as fresh:
        arguments = _arguments(source, fresh, impact=impact, threads=threads)
        with tempfile.TemporaryDirectory(prefix="mnemic-anserini-") as scratch:
            stored = _STORED if store else ()
            printed = call(runtime, MAIN, [*arguments, *stored], scratch=Path(scratch))
        counters = _counters(printed)
        (fresh / "write.lock").unlink(missing_ok=True)
    with translating(str(folder), action="read"):
        size = sum(path.stat().st_size for path in folder.iterdir())
    return Indexed(counters["indexed"], counters["empty"], size)


def _arguments(source: Path, fresh: Path, *, impact: bool, threads: int) -> list[str]:
    kind = "JsonVectorCollection" if impact else "JsonCollection"
    return [
        *("-collection", kind, "-generator", "DefaultLuceneDocumentGenerator"),
        *("-input", str(source.absolute()), "-index", str(fresh), "-threads", str(threads)),
        *(("-impact", "-pretokenized") if impact else ()),
    ]


def _counters(printed: str) -> dict[str, int]:
    found = {name: int(count.replace(",", "")) for name, count in _COUNTER.findall(printed)}
    if "indexed" not in found or "empty" not in found:
        raise failure(printed)
    # A file with a bad line is given up in the middle; Anserini still says that all went well.
    if "Unexpected Exception" in printed or any(
        found.get(name, 0) for name in ("errors", "unindexable")
    ):
        raise InvalidInput(
            f"Anserini did not index everything: {failure(printed).message}",
            hint="Write the collection with 'mnemic export --format anserini'.",
        )
    return found
