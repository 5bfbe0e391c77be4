"""Topics: questions as TSV (``id<TAB>text``) and as TREC's ``<top>`` entries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from mnemic.errors import InvalidInput
from mnemic.eval.trec.lines import read_lines, separator, write_lines
from mnemic.types import Query

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    Lines = Iterable[tuple[int, str]]

FIELDS = ("title", "desc", "narr")
_NAMES = {"desc": "description", "narr": "narrative"}
_LABELS = {"num": "Number", "title": "Topic", "desc": "Description", "narr": "Narrative"}
# Parts of the first three TRECs' topics, which would else be taken for the end of the part before.
_PASSED_OVER = ("head", "dom", "smry", "con", "fac", "def")
_TAG = re.compile(rf"<(/?)(top|num|title|desc|narr|{'|'.join(_PASSED_OVER)})>", re.IGNORECASE)
_BLANK = re.compile(r"[\x00-\x20\x7f\x85\u2028\u2029]+")


def read_topics(path: Path, *, field: Literal["title", "desc", "narr"] = "title") -> list[Query]:
    """Read questions; the form (TSV or TREC) is seen by the first line. ``.gz`` is decompressed.

    Args:
        path: The file.
        field: Of TREC's topics, which part is the text. The other parts are metadata:
            ``title``, ``description``, ``narrative``; concepts and the like are passed over.

    Returns:
        Queries in the order of the file.

    Raises:
        InvalidInput: A line has neither form, an id is empty or comes twice, a topic has no
            number or lacks ``field``; the message names file and line.
        NotFound: There is no such file.
    """
    numbered = list(read_lines(path))
    is_trec = bool(numbered) and _begins_topics(numbered[0][1])
    rows = _trec(path, numbered, field) if is_trec else _tsv(path, numbered)
    found: dict[str, Query] = {}
    for number, query in rows:
        if query.id in found:
            raise InvalidInput(f"{path}, line {number}: query {query.id!r} is there twice")
        found[query.id] = query
    return list(found.values())


def write_topics(
    path: Path, queries: Sequence[Query], *, form: Literal["tsv", "trec"] = "tsv"
) -> None:
    """Write questions atomically, in their order; equal queries, equal bytes.

    White space within a text, line breaks too, becomes one space: a line holds one question.

    Raises:
        InvalidInput: An id is empty, comes twice or holds control characters, a text is blank, or
            TREC's form would take something in it for a tag; nothing is written then.
    """
    _check(queries)
    write_lines(path, _tsv_lines(queries) if form == "tsv" else _trec_lines(queries))


def _begins_topics(line: str) -> bool:
    return line.lstrip().lower().startswith("<top>")


def _tsv(path: Path, lines: Lines) -> Iterator[tuple[int, Query]]:
    for number, line in lines:
        name, tab, text = line.partition("\t")
        if not tab or not name.strip() or not text.strip():
            raise InvalidInput(
                f"{path}, line {number}: not an id, a tab and a text",
                hint="a line is: id, tab, question; or the file begins with <top>",
            )
        yield number, Query(text.strip(), name.strip())


def _trec(path: Path, lines: Lines, field: str) -> Iterator[tuple[int, Query]]:
    parts: dict[str, list[str]] | None = None
    current, start = "", 0
    for number, line in lines:
        for tag, text in _pieces(line):
            if tag == "top" and parts is None:
                parts, current, start = {}, "", number
            elif tag and (tag == "top" or parts is None):
                where = "outside" if parts is None else "inside"
                raise _bad(path, number, f"<{tag}> {where} of <top>")
            elif tag == "/top" and parts is not None:
                yield start, _query(path, start, parts, field)
                parts = None
            elif tag:
                current = "" if tag.startswith("/") or tag in _PASSED_OVER else tag
            if parts is not None and current:
                parts.setdefault(current, []).append(text)
    if parts is not None:
        raise _bad(path, start, "<top> without </top>")


def _pieces(line: str) -> Iterator[tuple[str, str]]:
    """Tags of a line, each with the text up to the next; the first without a tag."""
    place, tag = 0, ""
    for found in _TAG.finditer(line):
        yield tag, line[place : found.start()]
        place, tag = found.end(), f"{found[1]}{found[2].lower()}"
    yield tag, line[place:]


def _query(path: Path, start: int, parts: dict[str, list[str]], field: str) -> Query:
    texts = {name: _unlabelled(name, " ".join(lines)) for name, lines in parts.items()}
    name, text = texts.pop("num", ""), texts.get(field, "")
    if not name or not text:
        problem = f"topic {name!r} has no <{field}>" if name else "the topic has no <num>"
        raise _bad(path, start, problem)
    rest = {_NAMES.get(key, key): value for key, value in texts.items() if key != field and value}
    return Query(text, name, rest)


def _unlabelled(name: str, text: str) -> str:
    """A part without the label that NIST writes in front, such as ``Number:``."""
    return re.sub(rf"^\s*{_LABELS[name]}:", "", text, flags=re.IGNORECASE).strip()


def _bad(path: Path, number: int, problem: str) -> InvalidInput:
    return InvalidInput(f"{path}, line {number}: {problem}", hint="see TREC's topic format")


def _check(queries: Sequence[Query]) -> None:
    separator(query.id for query in queries)
    seen: set[str] = set()
    for query in queries:
        if query.id in seen or query.id != query.id.strip():
            raise InvalidInput(f"query {query.id!r} is there twice or has blanks around it")
        if not _line(query.text):
            raise InvalidInput(f"query {query.id!r} has no text", hint="leave it out")
        seen.add(query.id)


def _line(text: str) -> str:
    return _BLANK.sub(" ", text).strip()


def _tsv_lines(queries: Sequence[Query]) -> Iterator[str]:
    for query in queries:
        if _begins_topics(query.id):
            raise InvalidInput(f"query {query.id!r} looks as TREC's form does", hint="rename it")
        yield f"{query.id}\t{_line(query.text)}"


def _trec_lines(queries: Sequence[Query]) -> Iterator[str]:
    for query in queries:
        yield from ("<top>", f"<num> Number: {_untagged(query, query.id)}")
        title = _untagged(query, query.text)
        # Reading takes one label off.
        label = "" if _unlabelled("title", title) == title else f"{_LABELS['title']}: "
        yield f"<title> {label}{title}"
        for tag, name in _NAMES.items():
            if isinstance(part := query.metadata.get(name), str) and _line(part):
                yield from (f"<{tag}> {_LABELS[tag]}:", _untagged(query, part))
        yield from ("</top>", "")


def _untagged(query: Query, text: str) -> str:
    if _TAG.search(text):
        raise InvalidInput(
            f"query {query.id!r} holds a tag of TREC's form", hint='write it with form="tsv"'
        )
    return _line(text)
