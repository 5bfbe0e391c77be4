"""Bytes of a web page to characters, by the encoding that the page declares.

The order is that of the HTML standard (13.2.3, "Determining the character encoding"): a byte order
mark, then ``<meta charset>`` in the first 1024 bytes, then an XML declaration, then UTF-8. Nothing
is guessed, and a byte that does not fit is an error rather than a replacement character.
"""

from __future__ import annotations

import codecs
import re

from mnemic.retrieval.ingestion.extraction.extracted import refuse

_SCANNED = 1024
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_META = re.compile(rb"<meta[\s/][^>]*?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]+)", re.IGNORECASE)
_XML = re.compile(rb"\s*<\?xml[^>]*?\sencoding\s*=\s*[\"']([A-Za-z0-9_:.-]+)[\"']")
# Pages mean the Windows superset when they name the standard (https://encoding.spec.whatwg.org).
_MEANT = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
_TEXT = re.compile(
    r"utf-8|cp\d+|iso8859-\d+|koi8-[rut]|mac-\w+|gb18030|hz|big5\w*|euc_\w+|iso2022_jp\w*|cp932|cp949"
)


def decoded(content: bytes) -> str:
    """The page as text.

    Raises:
        InvalidInput: The declared encoding is unknown, or the bytes are not in it.
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return _decoded(content[len(mark) :], name, declared=True)
    label = _declared(content)
    return _decoded(content, _codec(label) if label else "utf-8", declared=label is not None)


def _declared(content: bytes) -> str | None:
    head = _COMMENT.sub(b"", content[:_SCANNED])
    found = _META.search(head) or _XML.match(head)
    return found[1].decode("ascii") if found else None


def _codec(label: str) -> str:
    name = label.lower()
    if name.startswith("utf-16"):
        # The declaration itself was readable as ASCII, so the page cannot be UTF-16.
        return "utf-8"
    try:
        name = codecs.lookup(name.removeprefix("x-")).name
    except LookupError:
        name = ""
    name = _MEANT.get(name, name)
    if not _TEXT.fullmatch(name):
        refuse(f"the page declares an unknown encoding {label!r}", "save it as UTF-8")
    return name


def _decoded(content: bytes, name: str, *, declared: bool) -> str:
    try:
        return content.decode(name)
    except UnicodeDecodeError as error:
        says = f"the page says {name}" if declared else "the page declares no encoding"
        refuse(
            f"{says}, but byte {error.start} is not {name}",
            "correct its <meta charset>, or save it as UTF-8",
        )
