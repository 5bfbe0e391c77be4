"""What goes to Anserini and what comes back: questions as TSV, answers as a TREC run."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from mnemic.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# Java trims everything up to the space, and a tab or a line break would end the question.
_BLANK = re.compile(r"[\x00-\x20\x7f\x85\u2028\u2029]+")


def write_questions(path: Path, texts: Sequence[str]) -> int:
    """Write ``place<TAB>text`` lines; texts that are blank are left out. How many were written.

    Anserini fails on a line without text; a blank question finds nothing, so it need not be asked.
    """
    lines = [f"{place}\t{text}\n" for place, text in enumerate(map(one_line, texts)) if text]
    path.write_text("".join(lines), encoding="utf-8")
    return len(lines)


def one_line(text: str) -> str:
    """A text whose white space and control characters are single spaces; trimmed."""
    return _BLANK.sub(" ", text).strip(" ")


def read_answers(path: Path, count: int) -> list[dict[str, float]]:
    """Document ids and scores per question, in the file's order.

    A line is ``place Q0 id rank score tag``, divided by single spaces; the id may hold spaces
    itself. Of an id that an index holds twice, the better one counts.

    Raises:
        Unavailable: A line has another form.
    """
    answers: list[dict[str, float]] = [{} for _ in range(count)]
    for place, document, score in _lines(path, count):
        answers[place].setdefault(document, score)
    return answers


def _lines(path: Path, count: int) -> Iterator[tuple[int, str, float]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                place, _, rest = line.decode().rstrip("\n").split(" ", 2)
                document, _, score, _ = rest.rsplit(" ", 3)
                found = int(place), document, float(score)
            except ValueError as error:
                raise _refused(number, line) from error
            if not (0 <= found[0] < count and document and math.isfinite(found[2])):
                raise _refused(number, line)
            yield found


def _refused(number: int, line: bytes) -> Unavailable:
    return Unavailable(
        f"Anserini's answer, line {number}, cannot be read: {line[:200]!r}",
        hint="An id of the index may hold a line break; index without such ids.",
    )
