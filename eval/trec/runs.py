"""TREC runs: ``query Q0 document rank score name``, six decimals, one order, so byte-stable."""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING

from mnemic.errors import InvalidInput
from mnemic.eval.trec.lines import columns, read_lines, separator, write_lines
from mnemic.types import Run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

DECIMALS = 6


def ordered(scores: Mapping[str, float]) -> list[tuple[str, float]]:
    """Documents and rounded scores in the one order of runs: (-score rounded to 6, id).

    Raises:
        InvalidInput: A score is not a finite number.
    """
    rounded = []
    for document, score in scores.items():
        if not math.isfinite(score):
            raise InvalidInput(f"the score of document {document!r} is {score}, not a number")
        # Adding zero turns -0.0 into 0.0, which prints without its sign.
        rounded.append((document, round(float(score), DECIMALS) + 0.0))
    return sorted(rounded, key=lambda pair: (-pair[1], pair[0]))


def run_lines(run: Run) -> Iterator[str]:
    """The lines of a run, queries in code-point order of their ids.

    Columns are divided by a space, or by tabs throughout when an id or the name holds a space.

    Raises:
        InvalidInput: An id is empty or holds control characters, or a score is not finite.
    """
    name = run.name or "run"
    ids = chain.from_iterable(run.rankings.values())
    blank = separator(chain([name], run.rankings, ids))
    for query in sorted(run.rankings):
        for rank, (document, score) in enumerate(ordered(run.rankings[query]), start=1):
            yield blank.join((query, "Q0", document, str(rank), f"{score:.{DECIMALS}f}", name))


def write_run(path: Path, run: Run) -> None:
    """Write a run atomically; equal runs give equal bytes. ``.gz`` names are compressed.

    Raises:
        InvalidInput: As :func:`run_lines`; nothing is written then.
    """
    write_lines(path, run_lines(run))


def read_run(path: Path) -> Run:
    """Read a TREC run; the rank column is checked and then ignored, as ``trec_eval`` does.

    Raises:
        InvalidInput: A line has not six columns, a bad number, or a document a second time;
            the message names file and line.
        NotFound: There is no such file.
    """
    rankings: dict[str, dict[str, float]] = {}
    name = ""
    for number, line in read_lines(path):
        fields = columns(line, 6)
        if fields is None:
            raise InvalidInput(
                f"{path}, line {number}: not the 6 columns of a TREC run",
                hint="a line is: query Q0 document rank score name",
            )
        query, _, document, rank, score, tag = fields
        name = name or tag
        documents = rankings.setdefault(query, {})
        if document in documents:
            raise InvalidInput(
                f"{path}, line {number}: document {document!r} of query {query!r} is there twice"
            )
        _require_integer(path, number, rank)
        documents[document] = _score(path, number, score)
    return Run(name, rankings)


def _require_integer(path: Path, number: int, rank: str) -> None:
    try:
        int(rank)
    except ValueError as error:
        raise InvalidInput(f"{path}, line {number}: rank {rank!r} is not an integer") from error


def _score(path: Path, number: int, text: str) -> float:
    try:
        score = float(text)
    except ValueError as error:
        raise InvalidInput(f"{path}, line {number}: score {text!r} is not a number") from error
    if not math.isfinite(score):
        raise InvalidInput(f"{path}, line {number}: score {text!r} is not finite")
    return score
