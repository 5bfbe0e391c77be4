"""What comes out of a file, and which library each format needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, Literal, NoReturn, TypeAlias, get_args

from mnemic.errors import InvalidInput, Unsupported

ExtractedFormat: TypeAlias = Literal["html", "pdf", "docx"]
EXTRACTED: tuple[ExtractedFormat, ...] = get_args(ExtractedFormat)
"""Formats whose text a library takes out of the file."""

SHOWN: dict[ExtractedFormat, str] = {"html": "HTML", "pdf": "PDF", "docx": "DOCX"}
_LIBRARY: dict[ExtractedFormat, tuple[str, str]] = {
    "html": ("selectolax", "selectolax"),
    "pdf": ("pypdfium2", "pypdfium2"),
    "docx": ("docx", "python-docx"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """The readable part of a file.

    Attributes:
        text: Its text, never blank, white space normalised, without control characters.
        title: Its title, or empty.
        metadata: What the file says about itself, as JSON values.
    """

    text: str
    title: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)


def require_library(format: ExtractedFormat) -> None:
    """Fail early where a format cannot be read; imports nothing.

    Raises:
        Unsupported: Its library is not installed.
    """
    module, package = _LIBRARY[format]
    if find_spec(module) is None:
        raise Unsupported(
            f"reading {SHOWN[format]} needs {package}", hint='pip install "mnemic[files]"'
        )


def refuse(message: str, hint: str) -> NoReturn:
    """Give a file up.

    Raises:
        InvalidInput: Always.
    """
    raise InvalidInput(message, hint=hint)
