"""Lines and columns of TREC files, plain or gzip: what runs and judgements share."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from typing import IO, TYPE_CHECKING, cast

from mnemic.errors import InvalidInput
from mnemic.eval.files import typed_errors, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

LONGEST_LINE = 1 << 20
_BLANKS = re.compile(r"[ \t]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BOM = b"\xef\xbb\xbf"


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Line numbers (from 1) and texts without their ends; blank lines are passed over.

    Raises:
        InvalidInput: Not UTF-8, not gzip though named so, or a line longer than 1 MiB.
        NotFound: There is no such file.
    """
    with typed_errors(path):
        try:
            with _opened(path) as file:
                yield from _numbered(path, file)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise InvalidInput(f"{path} is damaged or not gzip: {error}") from error


def _numbered(path: Path, file: IO[bytes]) -> Iterator[tuple[int, str]]:
    number = 0
    while raw := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(raw) > LONGEST_LINE:
            raise InvalidInput(f"{path}, line {number}: longer than {LONGEST_LINE} bytes")
        line = _decoded(path, number, raw)
        if line.strip():
            yield number, line


def _opened(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def _decoded(path: Path, number: int, raw: bytes) -> str:
    raw = raw.removeprefix(_BOM) if number == 1 else raw
    try:
        return raw.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path}, line {number}: not UTF-8 ({error.reason})") from error


def columns(line: str, *counts: int) -> list[str] | None:
    """The columns of a line when their number is one of ``counts``, else ``None``.

    Tabs that make a right number divide alone, so that ids may hold spaces; otherwise any run of
    spaces and tabs divides.
    """
    for fields in (line.split("\t"), _BLANKS.split(line.strip(" \t"))):
        if len(fields) in counts:
            return fields if all(fields) else None
    return None


def separator(words: Iterable[str]) -> str:
    """A space, or a tab when a word holds a space itself.

    Raises:
        InvalidInput: A word is empty or holds a control character, so no column can hold it.
    """
    chosen = " "
    for word in words:
        if not word or _CONTROL.search(word):
            raise InvalidInput(
                f"{word!r} cannot be a column of a TREC file",
                hint="use ids without line breaks, tabs and other control characters",
            )
        if any(map(str.isspace, word)):
            chosen = "\t"
    return chosen


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write UTF-8 lines atomically; a name ending in ``.gz`` is compressed without a time stamp.

    Raises:
        InvalidInput: A line holds a lone surrogate.
    """
    chunks: Iterator[bytes] = (encoded(f"{line}\n") for line in lines)
    if path.suffix == ".gz":
        buffer = io.BytesIO()
        with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0) as file:
            file.writelines(chunks)
        chunks = iter([buffer.getvalue()])
    write_atomically(path, chunks)


def encoded(line: str) -> bytes:
    """UTF-8 bytes of a line.

    Raises:
        InvalidInput: It holds a lone surrogate.
    """
    try:
        return line.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(f"{line!r} is not valid Unicode", hint="clean the ids") from error
