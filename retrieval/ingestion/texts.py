"""Text and Markdown: one document a file, named by its path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mnemic.errors import InvalidInput
from mnemic.retrieval.ingestion.convert import checked_id
from mnemic.retrieval.ingestion.json_lines import too_long
from mnemic.types import Document

if TYPE_CHECKING:
    from pathlib import Path

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
_FRONT_MATTER = re.compile(
    r"---[ \t]*\r?\n(.*?)(?:^|\n)(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL
)
_ENTRY = re.compile(r"([A-Za-z_][\w-]*)[ \t]*:(?:[ \t]+(.*?))?[ \t]*$")
_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,17})$")
_DECIMAL = re.compile(r"-?\d{1,15}\.\d{1,15}$")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


def read_text(path: Path, name: str, *, largest: int) -> Document:
    """A plain text file as a document without title.

    Raises:
        InvalidInput: The file is too large or no UTF-8, or its path cannot be an id.
    """
    return Document(id=checked_id(name), text=_content(path, largest))


def read_markdown(path: Path, name: str, *, largest: int) -> Document:
    """A Markdown file: its first heading is the title, simple front matter the metadata.

    Front matter is simple when each line is ``key: value`` with a scalar or a list ``[a, b]``;
    any other stays in the text.

    Raises:
        InvalidInput: As for ``read_text``.
    """
    content = _content(path, largest)
    metadata, text = _front_matter(content)
    title = _first_heading(text) or metadata.get("title") or ""
    return Document(id=checked_id(name), title=str(title), text=text, metadata=metadata)


def whole_file(path: Path, largest: int) -> bytes:
    """All bytes of a file.

    Raises:
        InvalidInput: It is over the limit; no more than that was read.
    """
    with path.open("rb") as file:
        content = file.read(largest + 1)
    if len(content) > largest:
        message, hint = too_long(path.stat().st_size, largest)
        raise InvalidInput(message, hint=hint)
    return content


def _content(path: Path, largest: int) -> str:
    content = whole_file(path, largest)
    if content.startswith(_UTF16):
        raise InvalidInput("the file is UTF-16", hint="save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"invalid UTF-8 at byte {error.start}", hint="save the file as UTF-8"
        ) from error


def _first_heading(text: str) -> str:
    fence, before = "", ""
    for line in text.splitlines():
        if mark := _FENCE.match(line):
            fence = "" if fence == mark[1] else fence or mark[1]
        elif not fence:
            if found := _HEADING.match(line):
                return found[1]
            if before and _UNDERLINE.match(line):
                return before
        before = "" if fence else line.strip()
    return ""


def _front_matter(content: str) -> tuple[dict[str, Any], str]:
    block = _FRONT_MATTER.match(content)
    if not block:
        return {}, content
    lines = [line for line in block[1].splitlines() if line.strip() and line[0] != "#"]
    entries = [_ENTRY.match(line) for line in lines]
    metadata = {entry[1]: _value(entry[2] or "") for entry in entries if entry}
    simple = len(metadata) == len(lines) and all(
        value is not _COMPLEX for value in metadata.values()
    )
    return (metadata, content[block.end() :]) if simple else ({}, content)


_COMPLEX = object()


def _value(written: str) -> Any:
    if written[:1] == "[" and written[-1:] == "]":
        values = [_value(item.strip()) for item in written[1:-1].split(",") if item.strip()]
        return (
            _COMPLEX
            if any(item is _COMPLEX or isinstance(item, list) for item in values)
            else values
        )
    if len(written) > 1 and written[0] == written[-1] and written[0] in "\"'":
        return written[1:-1]
    if written[:1] in ("{", "[", "|", ">", "&", "*", "!", '"', "'"):
        return _COMPLEX
    if written.lower() in _WORDS:
        return _WORDS[written.lower()]
    if _INTEGER.match(written):
        return int(written)
    return float(written) if _DECIMAL.match(written) else written
