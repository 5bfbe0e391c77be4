"""The items of a test set, out of JSON lines; a bad line is named and passed over."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from mnemic.errors import InvalidInput
from mnemic.eval.datasets.beir import QUERIES
from mnemic.eval.files import typed_errors
from mnemic.retrieval.ingestion import RecordError
from mnemic.retrieval.ingestion.lines import LineFile, LineTooLong
from mnemic.retrieval.ingestion.records import LARGEST_RECORD
from mnemic.retrieval.ngram.overlap import Item

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mnemic.retrieval.ingestion.records import OnError

USUAL_FIELDS = ("text", "question", "query", "contents", "content", "prompt", "input")
"""Where an item's text is looked for when no field is named; the first that is there."""
_IDS = ("_id", "id")
_SHOWN = 8


@dataclass(slots=True)
class TestSet:
    """A file of JSON lines, plain or gzipped, read once from its beginning.

    Attributes:
        path: The file.
        fields: Whose texts are the item's; empty for the first of ``USUAL_FIELDS`` that is there.
        on_error: Told every bad line.
        largest: Bytes of a line; a longer one is bad.
        bytes_read: Bytes of the file read so far; compare with ``size``.
    """

    path: Path
    fields: Sequence[str]
    on_error: OnError
    largest: int = LARGEST_RECORD
    bytes_read: int = 0

    # pytest would take the class for a test.
    __test__ = False

    @property
    def size(self) -> int:
        """Bytes on disk.

        Raises:
            NotFound: There is no such file.
        """
        with typed_errors(self.path):
            return self.path.stat().st_size

    def items(self) -> Iterator[Item]:
        """Every good line's item; memory is one line.

        Raises:
            NotFound: There is no such file.
            InvalidInput: It is a folder.
        """
        with typed_errors(self.path), LineFile(self.path, largest=self.largest) as lines:
            while True:
                try:
                    line = lines.next()
                    if line is None:
                        return
                    if not line.strip():
                        continue
                    item = self._item(line, lines.line)
                except LineTooLong as error:
                    message = f"the line has {error.size:,} bytes, more than {self.largest:,}"
                    self._bad(lines.line, message, "split the item")
                except InvalidInput as error:
                    self._bad(lines.line, error.message, error.hint)
                except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                    self._bad(lines.line, f"the file cannot be read on: {error}", "fetch it again")
                    return
                else:
                    self.bytes_read = lines.progress
                    yield item

    def _bad(self, line: int, message: str, hint: str) -> None:
        self.on_error(RecordError(str(self.path), line, message, hint))

    def _item(self, line: bytes, number: int) -> Item:
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            hint = "write one JSON object a line, in UTF-8"
            raise InvalidInput(f"not JSON ({error})", hint=hint) from error
        if not isinstance(record, dict):
            raise InvalidInput("not a JSON object", hint='as in {"id": "1", "text": "..."}')
        texts = tuple(text for name in self._names(record) for text in _texts(record, name))
        return Item(_identity(record, number), texts)

    def _names(self, record: dict[str, Any]) -> Sequence[str]:
        if self.fields:
            return self.fields
        for name in USUAL_FIELDS:
            if isinstance(record.get(name), str | list):
                return (name,)
        if there := [name for name in USUAL_FIELDS if name in record]:
            return there[:1]  # its kind is then what is wrong
        has = ", ".join(map(repr, list(record)[:_SHOWN])) or "no fields"
        hint = "name the field of the text with --field"
        raise InvalidInput(f"no field of a usual name; it has {has}", hint=hint)


def file_of(path: Path) -> Path:
    """The file of a test set: ``path`` itself, or the questions of a BEIR folder."""
    questions = path / QUERIES
    return questions if questions.is_file() else path


def _texts(record: dict[str, Any], name: str) -> list[str]:
    if name not in record:
        has = ", ".join(map(repr, list(record)[:_SHOWN])) or "no fields"
        raise InvalidInput(f"no field {name!r}", hint=f"it has {has}")
    value = record[name]
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return value
    kind = type(value).__name__
    raise InvalidInput(f"{name!r} is a {kind}, not a string", hint="name a field that holds text")


def _identity(record: dict[str, Any], number: int) -> str:
    found = [record[name] for name in _IDS if isinstance(record.get(name), str | int)]
    return str(found[0]) if found and found[0] != "" else f"line {number}"
