"""Text in to searchable on disk: each system with its own analysis, to its first answer."""

from __future__ import annotations

import re
import shutil
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.ngram.footprint import Footprint
from bench.sparse.corpora import Corpus
from bench.sparse.peers import PACKAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.ngram.child import Record
    from bench.sparse.child import Task

FLUSH = 50_000
WORDS = 8  # of the question, from the first text


def measure_ingest(task: Task, record: Record) -> None:
    """Documents a second."""
    corpus, folder = Corpus.open(Path(task.place)), Path(task.work)
    ways = {"ours": ours, "collection": collection, "bm25s": bm25s, "tantivy": tantivy}
    if task.system in PACKAGES:
        record["version"] = version(PACKAGES[task.system][0])
    texts = corpus.texts()
    warm(ways[task.system], texts, folder / "warm", task.threads)
    footprint = Footprint()
    with footprint:
        steps = ways[task.system](texts, folder / "index", task.threads)
    found = footprint.figures(sum(len(text.encode()) for text in texts))
    found["documents_per_second"] = round(len(texts) / found["seconds"], 1)
    record["ingest"] = found | {"steps": steps}
    paths = (folder / "index").rglob("*")
    record["disk_bytes"] = sum(path.stat().st_size for path in paths if path.is_file())


def warm(way: Any, texts: Sequence[str], folder: Path, threads: int) -> None:
    """Imports and compilation, which nobody pays twice."""
    way(texts[:200], folder, threads)
    shutil.rmtree(folder)


def ours(texts: Sequence[str], folder: Path, threads: int) -> dict[str, float]:
    """Analyse, build, save, merge as the engine does, open, ask."""
    from bench.sparse.ours import indexed
    from mnemic.indexes.sparse import SparseSegment
    from mnemic.indexes.storage import FileDirectory
    from mnemic.retrieval.analysis import Analyzer
    from mnemic.retrieval.collections.merging import run_to_merge

    clock, analyzer, directory = Clock(), Analyzer(), FileDirectory(folder)
    kept: list[tuple[SparseSegment, Any]] = []
    for number, begin in enumerate(range(0, len(texts), FLUSH)):
        batch = analyzer.analyze_batch(texts[begin : begin + FLUSH])
        clock.lap("analyse")
        segment = SparseSegment.build(batch)
        clock.lap("build")
        kept.append((segment, segment.save(directory, f"segment-{number}")))
        clock.lap("save")
        sizes = [part.document_count for part, _ in kept]
        if run := run_to_merge(sizes, most=len(texts)):
            merged = SparseSegment.merge([(part, None) for part, _ in kept[run]])
            kept[run] = [(merged, merged.save(directory, f"merged-{number}"))]
            clock.lap("merge")
    opened = [SparseSegment.open(directory, entry) for _, entry in kept]
    clock.lap("open")
    found = indexed(opened, threads=threads).search(analyzer.analyze_batch([question(texts)]), 10)
    assert len(found.scores)
    clock.lap("ask")
    return clock.laps


def collection(texts: Sequence[str], folder: Path, threads: int) -> dict[str, float]:
    """The whole product: ids, texts, catalogue, n-grams, every batch durable."""
    import mnemic
    from mnemic.sdk.loading import BATCH_DOCUMENTS
    from mnemic.types import Document

    clock = Clock()
    with mnemic.open(folder) as database:
        found = database.collection("passages", create=True, encoder=None)
        for begin in range(0, len(texts), BATCH_DOCUMENTS):
            batch = texts[begin : begin + BATCH_DOCUMENTS]
            found.add([Document(id=str(begin + n), text=text) for n, text in enumerate(batch)])
        clock.lap("add")
        assert found.search(question(texts), k=10).hits
        clock.lap("ask")
    clock.lap("close")
    return clock.laps


def bm25s(texts: Sequence[str], folder: Path, threads: int) -> dict[str, float]:
    """Its own tokeniser and stop words, with the same stemmer."""
    import bm25s as package
    import Stemmer

    clock, settings = Clock(), {"stopwords": "en", "stemmer": Stemmer.Stemmer("english")}
    tokens = package.tokenize(list(texts), show_progress=False, **settings)
    clock.lap("analyse")
    # Its compiled backend is for searching alone, and takes seconds to compile.
    index = package.BM25(backend="numpy")
    index.index(tokens, show_progress=False)
    clock.lap("build")
    index.save(folder, show_progress=False)
    clock.lap("save")
    opened = package.BM25.load(folder)
    clock.lap("open")
    asked = package.tokenize([question(texts)], show_progress=False, **settings)
    opened.retrieve(asked, k=10, n_threads=0, show_progress=False)
    clock.lap("ask")
    return clock.laps


def tantivy(texts: Sequence[str], folder: Path, threads: int) -> dict[str, float]:
    """Its English analysis, with frequencies and without positions or texts."""
    import tantivy as package

    clock, builder = Clock(), package.SchemaBuilder()
    builder.add_text_field("text", tokenizer_name="en_stem", index_option="freq")
    folder.mkdir(parents=True)
    index = package.Index(builder.build(), path=str(folder))
    writer = index.writer(heap_size=1_000_000_000, num_threads=threads)
    for text in texts:
        document = package.Document()
        document.add_text("text", text)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    clock.lap("build")
    opened = package.Index.open(str(folder))
    clock.lap("open")
    asked = opened.parse_query(question(texts), ["text"])
    assert opened.searcher().search(asked, 10).hits
    clock.lap("ask")
    return clock.laps


def question(texts: Sequence[str]) -> str:
    """The first words of the first text, which some document has."""
    return " ".join(re.findall("[A-Za-z]+", texts[0])[:WORDS])


class Clock:
    """Seconds of named steps, which may come again."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        """Count what went by since the last lap to a step."""
        now = time.perf_counter()
        self.laps[name] = round(self.laps.get(name, 0.0) + now - self._last, 4)
        self._last = now
