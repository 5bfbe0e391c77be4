"""``pyserini:FOLDER``: an existing Lucene index, searched by Anserini in a child process."""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnemic.errors import InvalidInput, NotFound, Unsupported
from mnemic.retrieval.anserini.exchange import read_answers, write_questions
from mnemic.retrieval.anserini.process import Runtime, call, failure, find_runtime
from mnemic.retrieval.anserini.vectors import SCALE, quantised
from mnemic.retrieval.filters import parse
from mnemic.retrieval.questions import checked_k, checked_queries
from mnemic.types import And, Hit, Ranking

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mnemic.settings import Settings
    from mnemic.types import Query

    Weigh = Callable[[Sequence[str]], Sequence[Mapping[str, float]]]

MAIN = "io.anserini.search.SearchCollection"
BM25_PREFIX = "pyserini:"
IMPACT_PREFIX = "pyserini-impact:"
_MOST_HITS = 10_000_000


@dataclass(frozen=True, slots=True)
class PyseriniRetriever:
    """A Lucene index as a retriever; each call starts one JVM (about a second) for all its queries.

    Scores have four decimals; Anserini breaks ties by id and takes 0.000001 off for each. Hits
    carry ids and scores, texts are the collection's to add.

    Attributes:
        folder: The index.
        runtime: Java and jar.
        k1: BM25's saturation; not used by an impact index.
        b: BM25's length normalisation; not used by an impact index.
        impact: Whether it is an impact index, whose queries are terms divided by spaces.
        weigh: For an impact index: from texts to weighted terms, one mapping a text.
        scale: What the weights of ``weigh`` are multiplied by before they are rounded.
        threads: How many queries are searched at once.
    """

    folder: Path
    runtime: Runtime
    k1: float = 0.9
    b: float = 0.4
    impact: bool = False
    weigh: Weigh | None = None
    scale: float = SCALE
    threads: int = 1

    @property
    def name(self) -> str:
        """The name in runs and tables."""
        return "pyserini-impact" if self.impact else "pyserini"

    def search(
        self, queries: Sequence[str | Query], k: int, *, filter: Any = None
    ) -> list[Ranking]:
        """One ranking per query; one JVM for all of them.

        Raises:
            Unsupported: There is a filter.
            Unavailable: Anserini failed or took too long.
        """
        asked = checked_queries(queries)
        hits = min(checked_k(k), _MOST_HITS)
        if parse(filter) not in (None, And(())):
            raise Unsupported(
                "a Lucene index of Pyserini cannot filter by metadata",
                hint='Use the retriever "bm25", which can.',
            )
        answers = self._answers([query.text for query in asked], hits)
        return [
            Ranking.ordered(query, [Hit(id=id, score=score) for id, score in answer.items()])
            for query, answer in zip(asked, answers, strict=True)
        ]

    def _answers(self, texts: Sequence[str], hits: int) -> list[dict[str, float]]:
        questions = self._weighed(texts) if self.weigh is not None and texts else texts
        with tempfile.TemporaryDirectory(prefix="mnemic-anserini-") as scratch:
            topics, run = Path(scratch) / "topics.tsv", Path(scratch) / "run.trec"
            if not write_questions(topics, questions) or not hits:
                return [{} for _ in texts]
            printed = call(
                self.runtime, MAIN, self._arguments(topics, run, hits), scratch=Path(scratch)
            )
            if not run.is_file():
                raise failure(printed)
            return read_answers(run, len(texts))

    def _weighed(self, texts: Sequence[str]) -> list[str]:
        assert self.weigh is not None
        weights = self.weigh(texts)
        if len(weights) != len(texts):
            raise InvalidInput(f"weigh gave {len(weights)} vectors for {len(texts)} texts")
        whole = [quantised(each, scale=self.scale) for each in weights]
        return [" ".join(f"{term} " * count for term, count in each.items()) for each in whole]

    def _arguments(self, topics: Path, run: Path, hits: int) -> list[str]:
        bm25 = ("-bm25", "-bm25.k1", repr(self.k1), "-bm25.b", repr(self.b))
        return [
            *("-index", str(self.folder), "-topics", str(topics), "-topicReader", "TsvString"),
            *("-output", str(run), "-hits", str(hits), "-parallelism", str(self.threads)),
            *(("-impact", "-pretokenized") if self.impact else bm25),
        ]


def pyserini(
    folder: Path | str,
    *,
    k1: float = 0.9,
    b: float = 0.4,
    impact: bool = False,
    weigh: Weigh | None = None,
    scale: float = SCALE,
    threads: int = 1,
    runtime: Runtime | None = None,
    settings: Settings | None = None,
) -> PyseriniRetriever:
    """A retriever over a Lucene index that Anserini or Pyserini made.

    Args:
        folder: The index.
        k1: BM25's saturation of the term frequency, 0 or more.
        b: BM25's length normalisation, 0 to 1.
        impact: It is an impact index; its queries are terms divided by spaces, repeated as often
            as they weigh, unless ``weigh`` makes them.
        weigh: From texts to weighted terms, such as a learned sparse encoder gives.
        scale: What those weights are multiplied by before they are rounded.
        threads: How many queries are searched at once.
        runtime: Java and jar; by default those of this machine.
        settings: Where to look for them; by default the environment's.

    Raises:
        NotFound: The folder does not exist.
        InvalidInput: It is no Lucene index, or a parameter is out of its range.
        Unavailable: Java 21 or Anserini's jar is missing; the hint says what brings it.
    """
    _check(k1=k1, b=b, threads=threads)
    if weigh is not None and not impact:
        raise InvalidInput("weigh is for impact indexes", hint="Give impact=True as well.")
    quantised({}, scale=scale)
    place = _checked_index(folder)
    found = runtime or find_runtime(settings)
    return PyseriniRetriever(place, found, k1, b, impact, weigh, scale, threads)


def from_name(name: str) -> PyseriniRetriever | None:
    """The retriever of ``pyserini:FOLDER`` or ``pyserini-impact:FOLDER``; ``None`` for others.

    Raises:
        MnemicError: As :func:`pyserini`.
    """
    for prefix in (BM25_PREFIX, IMPACT_PREFIX):
        if name.startswith(prefix):
            return pyserini(name.removeprefix(prefix), impact=prefix == IMPACT_PREFIX)
    return None


def _check(*, k1: float, b: float, threads: int) -> None:
    if not (math.isfinite(k1) and k1 >= 0):
        raise InvalidInput(f"k1 is {k1}; it must be 0 or more")
    if not 0 <= b <= 1:
        raise InvalidInput(f"b is {b}; it must be from 0 to 1")
    if threads < 1:
        raise InvalidInput(f"threads is {threads}; it must be 1 or more")


def _checked_index(named: Path | str) -> Path:
    # The path of an empty name is the current folder.
    if "\0" in str(named) or not str(named).strip():
        raise InvalidInput(f"{str(named)!r} is no folder of an index", hint="pyserini:FOLDER")
    folder = Path(named)
    if not folder.is_dir():
        raise NotFound(f"there is no folder {folder}", hint="Name the folder of a Lucene index.")
    if not any(folder.glob("segments_*")):
        raise InvalidInput(
            f"{folder} is no Lucene index: it has no segments file",
            hint="'mnemic pyserini index' makes one out of a JSON collection.",
        )
    return folder.absolute()
