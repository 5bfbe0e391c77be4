"""Word files (.docx) through python-docx, which opens the package; the text is walked here.

python-docx's own iteration passes over content controls, tracked insertions and notes.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

from mnemic.retrieval.ingestion.extraction.blocks import (
    CELL,
    LINE,
    PARAGRAPH,
    Blocks,
    one_line,
)
from mnemic.retrieval.ingestion.extraction.extracted import Extracted, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docx.document import Document as WordFile

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_P, _TABLE, _ROW, _CELL = f"{_W}p", f"{_W}tbl", f"{_W}tr", f"{_W}tc"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BODY = "word/document.xml"
_WRITTEN = {f"{_W}tab": "\t", f"{_W}br": " ", f"{_W}cr": " ", f"{_W}noBreakHyphen": "-"}
# What was moved away is written where it went; the fallback repeats what stands beside it.
_PASSED_OVER = frozenset([f"{_W}moveFrom", f"{_W}pPr", f"{_W}rPr", _FALLBACK])
_TITLE, _HEADING = "Title", "Heading 1"


def extract_docx(content: bytes, largest: int) -> Extracted:
    """Paragraphs, lists and tables in order, then foot- and endnotes; deletions are left out.

    The title is a paragraph in the style Title, or the one in the file's properties, or the first
    top heading. Metadata: ``author`` and ``created`` (ISO 8601) where the file names them.

    Raises:
        InvalidInput: The file is encrypted, damaged or no Word file, unpacks to more than
            ``largest`` bytes, or holds no text.
    """
    import docx

    _check(content, largest)
    document = docx.Document(io.BytesIO(content))
    styles = {style.style_id: style.name or "" for style in document.styles}
    blocks = Blocks()
    headings: dict[str, str] = {}
    for element in (document.element.body, *_notes(document)):
        for paragraph in _nearest(element, _P, _TABLE):
            _write(paragraph, styles, blocks, headings)
    text = blocks.text()
    if not text:
        refuse("the document holds no text", "if it holds pictures of text, run OCR over it first")
    title, metadata = _properties(document)
    title = headings.get(_TITLE) or title or headings.get(_HEADING, "")
    return Extracted(text=text, title=title, metadata=metadata)


def _check(content: bytes, largest: int) -> None:
    if content.startswith(_OLE):
        refuse(
            "the document is encrypted, or in the old .doc format",
            "save it as .docx without a password",
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            entries = package.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        refuse(f"the DOCX file is damaged: {error}", "check that the file is complete")
    if _BODY not in {entry.filename for entry in entries}:
        refuse("it is a zip file, but no Word document", "give a .docx file")
    # zipfile never unpacks more of an entry than its declared size.
    size = sum(entry.file_size for entry in entries)
    if size > largest:
        refuse(
            f"it unpacks to {size:,} bytes, more than the limit of {largest:,}",
            "remove its pictures, split it, or raise the limit",
        )


def _nearest(element: Any, *tags: str) -> Iterator[Any]:
    """Elements with these tags, also in content controls and insertions, but not in each other.

    The XML parser limits the depth.
    """
    for child in element:
        if child.tag in tags:
            yield child
        elif child.tag not in _PASSED_OVER:
            yield from _nearest(child, *tags)


def _write(element: Any, styles: dict[str, str], blocks: Blocks, headings: dict[str, str]) -> None:
    if element.tag == _TABLE:
        _write_table(element, blocks)
        return
    words = _words(element)
    properties = element.find(f"{_W}pPr")
    style = _style(properties, styles)
    if words.strip():
        headings.setdefault(style, one_line(words))
    is_item = properties is not None and properties.find(f"{_W}numPr") is not None
    if is_item or style.startswith("List"):
        blocks.add(f"- {words}")
        blocks.end(LINE)
    else:
        blocks.end(PARAGRAPH)
        blocks.add(words)
        blocks.end(PARAGRAPH)


def _write_table(table: Any, blocks: Blocks) -> None:
    blocks.end(PARAGRAPH)
    for row in _nearest(table, _ROW):
        for cell in _nearest(row, _CELL):
            blocks.add(" ".join(map(_words, _nearest(cell, _P))))
            blocks.end(CELL)
        blocks.end(LINE)
    blocks.end(PARAGRAPH)


def _style(properties: Any, styles: dict[str, str]) -> str:
    named = None if properties is None else properties.find(f"{_W}pStyle")
    return "" if named is None else styles.get(named.get(f"{_W}val"), "")


def _words(paragraph: Any) -> str:
    pieces: list[str] = []
    stack = [paragraph]
    while stack:
        element = stack.pop()
        if element.tag == f"{_W}t":
            pieces.append(element.text or "")
        elif element.tag in _WRITTEN:
            pieces.append(_WRITTEN[element.tag])
        elif element.tag not in _PASSED_OVER:
            # The paragraphs of a text box stand within the one that it is anchored in.
            pieces += [" "] if element.tag == _P else []
            stack += reversed(element)
    return "".join(pieces)


def _notes(document: WordFile) -> Iterator[Any]:
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml import parse_xml

    for relation in document.part.rels.values():
        kinds = (RELATIONSHIP_TYPE.FOOTNOTES, RELATIONSHIP_TYPE.ENDNOTES)
        if relation.reltype in kinds and not relation.is_external:
            yield parse_xml(relation.target_part.blob)


def _properties(document: WordFile) -> tuple[str, dict[str, str]]:
    from docx.opc.constants import RELATIONSHIP_TYPE

    package = document.part.package
    if package is None or all(
        relation.reltype != RELATIONSHIP_TYPE.CORE_PROPERTIES for relation in package.rels.values()
    ):
        # python-docx would make properties up.
        return "", {}
    properties = document.core_properties
    found = {"author": one_line(properties.author or "")}
    if properties.created is not None:
        found["created"] = properties.created.isoformat()
    title = one_line(properties.title or "")
    return title, {name: value for name, value in found.items() if value}
