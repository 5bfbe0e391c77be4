"""PDF through PDFium. Text that is only a picture is not read."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from mnemic.retrieval.ingestion.extraction.blocks import one_line, printing
from mnemic.retrieval.ingestion.extraction.extracted import Extracted, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE_END = "\f"
MOST_PAGES = 100_000
_BROKEN_WORD = re.compile("[\x02\ufffe]\\s*")
_EMPTY_LINES = re.compile(r"\n{3,}")
_DATE = re.compile(r"D:(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?")


def extract_pdf(content: bytes, largest: int) -> Extracted:
    """The text of all pages, with a form feed between two; the document's own title, if any.

    Words hyphenated at the end of a line are joined. Metadata: ``pages``, and ``author`` and
    ``created`` (ISO 8601) where the file names them.

    Raises:
        InvalidInput: The file is encrypted or damaged, has no page or no text, or the text is
            over the limit.
    """
    document = _opened(content)
    try:
        pages = list(_pages(document, largest))
        about = document.get_metadata_dict()
    finally:
        document.close()
    text = PAGE_END.join(pages)
    if not text.strip():
        refuse(
            f"there is no text on its {len(pages)} {'page' if len(pages) == 1 else 'pages'}",
            "scanned pages are pictures: run OCR over it first, mnemic does none",
        )
    metadata = {"pages": len(pages)} | _metadata(about)
    return Extracted(text=text, title=one_line(about.get("Title", "")), metadata=metadata)


def _opened(content: bytes) -> Any:
    import pypdfium2 as pdfium
    from pypdfium2.raw import FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY

    # A document without pages fails to load and leaves the error code of the file before it in
    # place, which may say "password"; after this failure it says "format".
    with suppress(pdfium.PdfiumError):
        pdfium.PdfDocument(b"")
    try:
        return pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        if error.err_code in (FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY):
            refuse("the PDF is encrypted", "save a copy without a password")
        refuse(
            f"the PDF is damaged, or has no pages: {_reason(error)}",
            "check that the file is complete",
        )


def _pages(document: Any, largest: int) -> Iterator[str]:
    count = len(document)
    if not 0 < count <= MOST_PAGES:
        refuse(f"the PDF has {count:,} pages", f"1 to {MOST_PAGES:,} pages are read")
    left = largest
    for index in range(count):
        page = _page_text(document, index)
        left -= len(page)
        if left < 0:
            refuse(
                f"its text is over the limit of {largest:,} bytes at page {index + 1}",
                "split the document, or raise the limit",
            )
        yield page


def _page_text(document: Any, index: int) -> str:
    import pypdfium2 as pdfium

    try:
        page = document[index]
        try:
            # get_text_range would lose everything beyond the first 65,536 characters of Unicode.
            text = page.get_textpage().get_text_bounded()
        finally:
            page.close()
    except pdfium.PdfiumError as error:
        refuse(f"page {index + 1} is damaged: {_reason(error)}", "check that the file is complete")
    return _cleaned(text)


def _cleaned(text: str) -> str:
    lines = printing(_BROKEN_WORD.sub("", text)).split("\n")
    return _EMPTY_LINES.sub("\n\n", "\n".join(map(one_line, lines))).strip()


def _metadata(about: dict[str, str]) -> dict[str, str]:
    found = {"author": one_line(about.get("Author", ""))}
    if date := _DATE.match(about.get("CreationDate", "")):
        day = "-".join(date.groups()[:3])
        found["created"] = f"{day}T{':'.join(part or '00' for part in date.groups()[3:])}"
    return {name: value for name, value in found.items() if value}


def _reason(error: Exception) -> str:
    return str(error).rstrip(".")
