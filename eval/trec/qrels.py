"""Judgements: TREC's four columns and BEIR's TSV with a header."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mnemic.errors import InvalidInput
from mnemic.eval.trec.lines import columns, read_lines, separator, write_lines
from mnemic.types import Qrels

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADER = "query-id\tcorpus-id\tscore"
_HEADERS = {"query-id", "query_id", "qid"}
_GRADES = {"score", "relevance", "rel", "label", "grade"}


def read_qrels(path: Path) -> Qrels:
    """Read judgements; the form (3 columns, 4 columns, header or not) is seen line by line.

    A judgement may be repeated when it agrees with itself.

    Raises:
        InvalidInput: A line has neither form, a grade is not an integer, or two judgements
            contradict each other; the message names file and line.
        NotFound: There is no such file.
    """
    judgements: dict[str, dict[str, int]] = {}
    first = True
    for number, line in read_lines(path):
        heading, first = first and _is_header(line), False
        if heading:
            continue
        query, document, grade = _judgement(path, number, line)
        documents = judgements.setdefault(query, {})
        if documents.setdefault(document, grade) != grade:
            raise InvalidInput(
                f"{path}, line {number}: {query!r} and {document!r} were judged"
                f" {documents[document]} before and {grade} here"
            )
    return Qrels(judgements)


def _is_header(line: str) -> bool:
    words = line.lower().split()
    return words[0] in _HEADERS and words[-1] in _GRADES


def _judgement(path: Path, number: int, line: str) -> tuple[str, str, int]:
    fields = columns(line, 3, 4)
    if fields is None:
        raise InvalidInput(
            f"{path}, line {number}: neither 4 columns (TREC) nor 3 (BEIR)",
            hint="a line is: query 0 document grade, or with tabs: query document grade",
        )
    query, document, grade = fields[0], fields[-2], fields[-1]
    try:
        value = float(grade)
        if value != int(value):
            raise ValueError
    except (ValueError, OverflowError) as error:
        raise InvalidInput(f"{path}, line {number}: grade {grade!r} is not an integer") from error
    return query, document, int(value)


def write_qrels(path: Path, qrels: Qrels, *, form: Literal["trec", "beir"] = "trec") -> None:
    """Write judgements atomically, sorted by query and document id; equal qrels, equal bytes.

    Raises:
        InvalidInput: An id is empty or holds control characters; nothing is written then.
    """
    write_lines(path, _trec(qrels) if form == "trec" else _beir(qrels))


def _rows(qrels: Qrels) -> Iterator[tuple[str, str, str]]:
    for query, documents in sorted(qrels.judgements.items()):
        for document, grade in sorted(documents.items()):
            yield query, document, str(grade)


def _trec(qrels: Qrels) -> Iterator[str]:
    blank = separator(word for row in _rows(qrels) for word in row)
    for query, document, grade in _rows(qrels):
        yield blank.join((query, "0", document, grade))


def _beir(qrels: Qrels) -> Iterator[str]:
    separator(word for row in _rows(qrels) for word in row)
    yield HEADER
    yield from map("\t".join, _rows(qrels))
