"""PISA through the native module of ``pyterrier-pisa``, without PyTerrier and its Java.

Its inverted lists are written as its own indexer writes them, so that it holds the very postings of
the others. A query goes in as a dictionary of words, and every hit comes out with a string.
"""

from __future__ import annotations

import ctypes
import importlib.util
from importlib.metadata import files
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.sparse.inverted import Inverted
from bench.sparse.oracle import K1, B

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import ModuleType

    from bench.sparse.corpora import Corpus, Rows

ENCODINGS = ("block_simdbp", "block_streamvbyte")
ALGORITHMS = ("maxscore", "block_max_maxscore", "block_max_wand")
BLOCK = 64


class Engine:
    """Every algorithm over every encoding is a way of its own.

    Args:
        mode: ``exact``, or ``quantised`` to impacts of 8 bits.
    """

    built = f"on disk, compressing given inverted lists; bounds for blocks of {BLOCK}"
    ways = tuple(f"{how}, {form}" for form in ENCODINGS for how in ALGORITHMS)

    def __init__(self, mode: str) -> None:
        self._quantised = int(mode == "quantised")
        form = "impacts of 8 bits" if self._quantised else "float32"
        self.scores = f"its own: k1 {K1}, b {B}, another idf, {form}"
        self._pisa = native()

    def prepare(self, corpus: Corpus, folder: Path) -> None:
        self._folder, self._documents = folder / "pisa", len(corpus)
        self._folder.mkdir(parents=True)
        write(corpus, self._folder)
        for names, lexicon in (("documents", "doclex"), ("terms", "termlex")):
            paths = [str(self._folder / f"fwd.{name}") for name in (names, lexicon)]
            self._pisa.build_binlex(*paths)

    def build(self) -> None:
        self._contexts = {form: self._prepared(form) for form in ENCODINGS}

    def save(self) -> dict[str, int]:
        # The smaller of the encodings; any one would do.
        wanted = ("fwd.termlex", "fwd.doclex", ENCODINGS[0], f"bmw.{BLOCK}")
        paths = [path for path in self._folder.iterdir() if path.name.endswith(wanted)]
        return {path.name.split("bmw.")[-1]: path.stat().st_size for path in sorted(paths)}

    def ask(self, questions: Rows) -> None:
        self._questions = [(row, counted(terms)) for row, terms in enumerate(questions.lists())]

    def search(self, way: str, k: int) -> None:
        self._retrieve(way, k, self._questions)

    def scored(self, way: str, k: int, rows: Sequence[int]) -> list[list[float]]:
        asked = [(place, self._questions[row][1]) for place, row in enumerate(rows)]
        numbers, scores = self._retrieve(way, k, asked)
        return [[float(score) for score in scores[numbers == row]] for row in range(len(rows))]

    def _prepared(self, form: str) -> Any:
        context = self._pisa.RetrievalContext()
        self._pisa.prepare_index(
            context,
            str(self._folder),
            form,
            "bm25",
            "",
            block_size=BLOCK,
            quantize=self._quantised,
            bm25_k1=K1,
            bm25_b=B,
        )
        return context

    def _retrieve(self, way: str, k: int, asked: Sequence[Any]) -> tuple[Any, Any]:
        algorithm, form = way.split(", ")
        size = len(asked) * k
        # It leaves the names of documents in an array of objects, each its own.
        numbers, names = np.empty(size, np.int32), np.empty(size, object)
        ranks, scores = np.empty(size, np.int32), np.empty(size, np.float32)
        found = self._pisa.retrieve(
            self._contexts[form],
            algorithm,
            asked,
            k=k,
            threads=1,
            query_weighted=1,
            pretokenised=True,
            result_qidxs=numbers,
            result_docnos=names,
            result_ranks=ranks,
            result_scores=scores,
        )
        return numbers[:found], scores[:found]


def native() -> ModuleType:
    """The extension module alone: its package imports PyTerrier, which starts Java."""
    for path in files("tbb") or ():
        if path.name == "libtbb.so.2":
            ctypes.CDLL(str(path.locate()), ctypes.RTLD_GLOBAL)
    [place] = [path for path in files("pyterrier-pisa") or () if path.match("*/_pisathon.*.so")]
    spec = importlib.util.spec_from_file_location("_pisathon", str(place.locate()))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write(corpus: Corpus, folder: Path) -> None:
    """Lists, lengths, and the names of terms and documents, in its own form."""
    lists = Inverted.open(corpus.folder)
    having = np.diff(lists.offsets)
    used = np.flatnonzero(having)
    head = np.array([1, len(corpus)], np.uint32)
    for name, values in (("docs", lists.documents), ("freqs", lists.frequencies)):
        with (folder / f"inv.{name}").open("wb") as file:
            if name == "docs":
                head.tofile(file)
            counted_lists(having[used], values).tofile(file)
    lengths = np.diff(corpus.documents.offsets)
    np.concatenate([[len(corpus)], lengths]).astype(np.uint32).tofile(folder / "inv.sizes")
    names = (f"{number}\n" for number in range(len(corpus)))
    (folder / "fwd.documents").write_text("".join(names), encoding="utf-8")
    words = (f"{word(int(term))}\n" for term in used)
    (folder / "fwd.terms").write_text("".join(words), encoding="utf-8")


def counted_lists(counts: Any, values: Any) -> Any:
    """Each list with its length before it."""
    whole = np.empty(len(values) + len(counts), np.uint32)
    heads = np.cumsum(counts) - counts + np.arange(len(counts))
    rest = np.ones(len(whole), bool)
    rest[heads] = False
    whole[heads], whole[rest] = counts, values
    return whole


def counted(terms: Sequence[int]) -> dict[str, float]:
    """A query: its words, and how often each is in it."""
    found: dict[str, float] = {}
    for term in terms:
        found[word(term)] = found.get(word(term), 0.0) + 1.0
    return found


def word(term: int) -> str:
    """A term's number as a word; words are in the order of their numbers."""
    return f"{term:08d}"
