"""Substring search by brute force over a dict of documents: what every ``NgramIndex`` must say."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

Symbols: TypeAlias = bytes | tuple[int, ...]
"""A document, a pattern or a text: bytes, or the ids of tokens."""
Live: TypeAlias = "Mapping[int, Symbols]"
Place: TypeAlias = tuple[int, int]
"""The ordinal of a document, and where in it an occurrence ends."""
Anchor: TypeAlias = Literal["anywhere", "document", "field", "word"]

END = -1
"""What follows an occurrence that ends its document."""
FIELD = 0xFF
"""Between a title and a text; no UTF-8 has it."""
WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def starts(document: Symbols, anchor: Anchor) -> list[int]:
    """Where an occurrence may begin; the empty string stands at the end of a document too."""
    if anchor == "document":
        return [0]
    everywhere = range(len(document) + 1)
    return [at for at in everywhere if at == 0 or _before(document[at - 1], anchor)]


def _before(symbol: int, anchor: Anchor) -> bool:
    ends_a_word = symbol < 128 and symbol not in WORD
    return anchor == "anywhere" or symbol == FIELD or (anchor == "word" and ends_a_word)


def places(live: Live, pattern: Symbols, anchor: Anchor = "anywhere") -> list[Place]:
    """Every occurrence of a pattern, the empty one included."""
    size = len(pattern)
    return [
        (ordinal, start + size)
        for ordinal, document in live.items()
        for start in starts(document, anchor)
        if document[start : start + size] == pattern
    ]


def count(live: Live, pattern: Symbols) -> int:
    return len(places(live, pattern))


def documents_with(live: Live, pattern: Symbols) -> int:
    return len({ordinal for ordinal, _ in places(live, pattern)})


def following(live: Live, found: Collection[Place]) -> Counter[int]:
    """How often each symbol, or ``END``, comes after these occurrences."""
    return Counter(next_symbol(live, place) for place in found)


def next_symbol(live: Live, place: Place) -> int:
    ordinal, end = place
    document = live[ordinal]
    return document[end] if end < len(document) else END


def longest(live: Live, text: Symbols) -> list[tuple[int, int]]:
    """Length and count of the longest match that begins at each position."""
    return [_longest_at(live, text, start) for start in range(len(text))]


def _longest_at(live: Live, text: Symbols, start: int) -> tuple[int, int]:
    best = (0, 0)
    for end in range(start + 1, len(text) + 1):
        found = count(live, text[start:end])
        if found == 0:
            break
        best = (end - start, found)
    return best


def extract(live: Live, ordinal: int, start: int, end: int) -> Symbols:
    document = live[ordinal]
    return document[max(start, 0) : end]


def search(live: Live, query: Symbols) -> dict[int, float]:
    """Occurrences by document, of the documents that have any."""
    return {
        ordinal: float(number)
        for ordinal, number in Counter(ordinal for ordinal, _ in places(live, query)).items()
    }
