"""Write the known-item collection as a BEIR folder."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from mnemic.errors import Conflict, InvalidInput, Unavailable
from mnemic.eval.files import write_atomically
from mnemic.eval.known_item.library import items
from mnemic.eval.known_item.questions import choose, first_sentence
from mnemic.eval.trec import write_qrels
from mnemic.types import Qrels

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mnemic.eval.known_item.items import Item
    from mnemic.eval.known_item.questions import Question

QUERIES = 500
SEED = 2026
FEWEST_DOCUMENTS = 1_000
_MARK = "# Documentation of Python's standard library"


@dataclass(frozen=True, slots=True)
class Report:
    """What was written.

    Attributes:
        folder: The BEIR folder.
        documents: Lines of corpus.jsonl.
        queries: Lines of queries.jsonl.
        judgements: Lines of qrels/test.tsv without its header.
    """

    folder: Path
    documents: int
    queries: int
    judgements: int


def build(folder: Path, *, queries: int = QUERIES, seed: int = SEED) -> Report:
    """Make the collection from the running Python's own library.

    One document per documented module, class, function and method. For each question the
    first sentence is taken out of the documents that it began, so that only the rest of the
    documentation can lead back to them. The same Python gives the same bytes.

    Args:
        folder: Made when it does not exist; a collection made by this function is replaced.
        queries: How many questions to draw, at most.
        seed: Of the draw.

    Raises:
        Conflict: The folder holds another data set.
        InvalidInput: ``queries`` is not positive.
        Unavailable: This Python comes without its library's source.
    """
    if queries < 1:
        raise InvalidInput(f"queries={queries} is not positive", hint="ask for 500")
    _require_ours(folder)
    found = items()
    if len(found) < FEWEST_DOCUMENTS:
        raise Unavailable(
            f"only {len(found)} documented things found: this Python has no library source",
            hint="use a Python that was installed with its standard library as .py files",
        )
    return _write(folder, found, choose(found, queries, seed=seed))


def _require_ours(folder: Path) -> None:
    source = folder / "SOURCE.md"
    ours = source.is_file() and source.read_text(encoding="utf-8").startswith(_MARK)
    if not ours and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Conflict(f"{folder} exists and holds something else", hint="choose a new folder")


def _write(folder: Path, found: Sequence[Item], questions: Sequence[Question]) -> Report:
    asked = {identity for question in questions for identity in question.items}
    judgements = {
        f"q{number}": dict.fromkeys(question.items, 1)
        for number, question in enumerate(questions, start=1)
    }
    count = sum(map(len, judgements.values()))
    report = Report(folder, len(found), len(questions), count)
    # First, so that a folder that was cut off is known as ours and can be made again.
    write_atomically(folder / "SOURCE.md", [_source(report).encode()])
    write_atomically(folder / "corpus.jsonl", [_line(_document(item, asked)) for item in found])
    lines = [{"_id": f"q{n}", "text": question.text} for n, question in enumerate(questions, 1)]
    write_atomically(folder / "queries.jsonl", map(_line, lines))
    write_qrels(folder / "qrels" / "test.tsv", Qrels(judgements), form="beir")
    return report


def _document(item: Item, asked: set[str]) -> dict[str, Any]:
    text = first_sentence(item.text)[1] if item.id in asked else item.text
    metadata = {"module": item.module, "kind": item.kind, "lines": text.count("\n") + 1}
    return {"_id": item.id, "title": item.title, "text": text, "metadata": metadata}


def _line(record: dict[str, Any]) -> bytes:
    return orjson.dumps(record) + b"\n"


def _source(report: Report) -> str:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"""{_MARK}

A known-item collection made by `mnemic eval build-python-docs` from {python}.

- {report.documents:,} documents: one per documented module, class, function and method of the
  standard library; id = qualified name, title = how it is called, text = its documentation.
- {report.queries:,} queries: first sentences of the documentation, each taken out of the document
  that it began. {report.judgements:,} judgements: what began with that sentence is relevant.
- Licence: the documentation is part of Python: PSF License Agreement,
  https://docs.python.org/3/license.html

Other Python versions give other documents: compare results of the same version only.
"""
