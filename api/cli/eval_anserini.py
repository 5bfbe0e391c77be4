"""Anserini's BM25 over a data set, as the reference that ``--retriever anserini`` names."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from mnemic.api.cli.eval_costs import clear, mark, ready
from mnemic.eval.meters import Meter
from mnemic.eval.report import Indexing

if TYPE_CHECKING:
    from mnemic.eval.datasets import Dataset
    from mnemic.retrieval.anserini import PyseriniRetriever, Runtime
    from mnemic.settings import Settings

NAME = "anserini"


def require(settings: Settings) -> None:
    """Fail where Java or the jar is missing, before any work is done.

    Raises:
        Unavailable: One is missing; the hint says what brings it.
    """
    from mnemic.retrieval.anserini import find_runtime

    find_runtime(settings)


def reference(
    dataset: Dataset, folder: Path, *, settings: Settings, resume: bool
) -> tuple[PyseriniRetriever, str, Indexing]:
    """BM25 with k1=.9 and b=.4 over a Lucene index of the data set's documents.

    With ``resume``, a complete index of the same corpus, made with the same jar, is used again.
    The figure for memory is that of this process; Java's is not in it.

    Args:
        dataset: Whose documents.
        folder: Where the index lives.
        settings: Where Java and the jar are.
        resume: Whether an earlier index may be used.

    Returns:
        The retriever, what else determines its rankings, and what the index cost.

    Raises:
        Conflict: The folder holds something else.
        Unavailable: Java or the jar is missing, or Anserini failed.
    """
    from mnemic.retrieval.anserini import find_runtime, pyserini

    runtime = find_runtime(settings)
    key = f"{dataset.corpus_digest()} {runtime.jar.name}"
    made = ready(folder, key) if resume else None
    if made is None:
        clear(folder)
        mark(folder, {"complete": False})
        made = _fill(dataset, folder / "lucene", runtime)
        mark(folder, {"complete": True, "key": key, "indexing": asdict(made)})
    retriever = pyserini(folder / "lucene", runtime=runtime)
    return retriever, f"{runtime.jar.name} k1={retriever.k1} b={retriever.b}", made


def _fill(dataset: Dataset, index: Path, runtime: Runtime) -> Indexing:
    from mnemic.retrieval.anserini import build_index, write_documents

    meter = Meter()
    with tempfile.TemporaryDirectory(prefix="mnemic-anserini-") as scratch, meter.stage("index"):
        write_documents(Path(scratch) / "json", dataset.documents())
        made = build_index(Path(scratch) / "json", index, runtime=runtime)
    (stage,) = meter.stages
    # Documents without a term are of the collection all the same; Lucene has no entry for them.
    documents = made.documents + made.empty
    return Indexing(documents, stage.seconds, made.bytes, stage.peak_rss_bytes)
