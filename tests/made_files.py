"""Small PDF and Word files, written here so that no binary file lies in the repository."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from docx.document import Document as WordFile

_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
LOCKED = b"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (b"4f" * 32, b"55" * 32)
"""For the trailer: nobody knows the password of this file."""


def lines(*written: str) -> bytes:
    """The content of a page, one line under the other."""
    drawn = (b"(%s)Tj T*" % line.encode("cp1252") for line in written)
    return b"BT /F1 12 Tf 14 TL 72 720 Td %s ET" % b" ".join(drawn)


def pdf(*pages: bytes, info: str = "", trailer: bytes = b"") -> bytes:
    """A PDF with these page contents; ``info`` is written as in ``/Title(...)``."""
    kids = b" ".join(b"%d 0 R" % (5 + 2 * place) for place in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(pages)),
        _FONT,
        b"<<%s>>" % info.encode("latin-1"),
    ]
    for place, content in enumerate(pages):
        packed = zlib.compress(content)
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R"
            b"/Resources<</Font<</F1 3 0 R>>>>>>" % (6 + 2 * place),
            b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed),
        ]
    return _numbered(objects, trailer)


def _numbered(objects: Sequence[bytes], trailer: bytes) -> bytes:
    written = b"%PDF-1.7\n"
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return written + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R/Info 4 0 R"
        b"/ID[<00><00>]%s>>\nstartxref\n%d\n%%%%EOF\n"
    ) % (len(objects) + 1, table, len(objects) + 1, trailer, len(written))


def docx(write: Callable[[WordFile], object]) -> bytes:
    """A Word file as python-docx saves it."""
    from docx import Document

    document = Document()
    write(document)
    saved = io.BytesIO()
    document.save(saved)
    return saved.getvalue()


def repacked(package: bytes, changed: Mapping[str, bytes | None]) -> bytes:
    """A zip file with some entries replaced, added, or (``None``) left out."""
    with zipfile.ZipFile(io.BytesIO(package)) as old:
        entries: dict[str, bytes | None] = {name: old.read(name) for name in old.namelist()}
    saved = io.BytesIO()
    with zipfile.ZipFile(saved, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in {**entries, **changed}.items():
            if content is not None:
                new.writestr(name, content)
    return saved.getvalue()


def with_body(body: str) -> bytes:
    """A Word file whose body is this WordprocessingML."""
    document = (
        '<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="http://schemas.openxmlformats'
        f'.org/wordprocessingml/2006/main"><w:body>{body}</w:body></w:document>'
    )
    return repacked(docx(lambda document: None), {"word/document.xml": document.encode()})
