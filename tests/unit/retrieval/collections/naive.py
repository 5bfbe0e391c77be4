"""Counting substrings by looking at every place of every document."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mnemic.types import Document


def places(documents: Iterable[Document], pattern: str) -> list[tuple[str, str, int]]:
    """Id, field and first character of every occurrence, overlapping ones too."""
    return [
        (document.id, field, start)
        for document in documents
        for field, text in (("title", document.title), ("text", document.text))
        for start in range(len(text))
        if text.startswith(pattern, start)
    ]


def naive_count(documents: Iterable[Document], pattern: str) -> int:
    return len(places(documents, pattern))
