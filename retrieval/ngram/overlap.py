"""What of the items of a test set stands in a corpus: frozen values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mnemic.errors import InvalidInput
from mnemic.types import Document, Query

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a test set.

    Attributes:
        id: Its name.
        texts: What is looked for; no n-gram goes from one text into the next.
    """

    id: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """How many n-grams of an item occur.

    Attributes:
        n: Units of an n-gram.
        ngrams: Those of the item; 0 where its texts are shorter.
        found: Those of them that occur.
    """

    n: int
    ngrams: int
    found: int

    @property
    def share(self) -> float | None:
        """``found`` of ``ngrams``; ``None`` where there are none."""
        return self.found / self.ngrams if self.ngrams else None


@dataclass(frozen=True, slots=True)
class Longest:
    """The longest part of an item that stands in the corpus, and where.

    Attributes:
        place: Which of the item's texts.
        start: Its first character in that text.
        end: One past the last.
        units: Tokens or words of it.
        text: Its characters.
        count: Its occurrences in the corpus.
        document: The id of the first document that was found to hold it.
        before: What stands before it there.
        after: What stands after it there.
    """

    place: int
    start: int
    end: int
    units: int
    text: str
    count: int
    document: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Overlap:
    """What of one item stands in the corpus.

    Attributes:
        item: The item.
        units: Its tokens or words.
        shares: One per n, in the order in which they were asked for.
        longest: The longest match; ``None`` where not one unit occurs.
        spans: For each text the characters ``(start, end)`` that n-grams of the smallest n cover.
    """

    item: Item
    units: int
    shares: tuple[Share, ...]
    longest: Longest | None
    spans: tuple[tuple[tuple[int, int], ...], ...]

    @property
    def coverage(self) -> float:
        """The part of its units that the longest match covers, 0 to 1."""
        return self.longest.units / self.units if self.longest else 0.0

    def to_json(self) -> dict[str, Any]:
        """As a JSON object, without the texts."""
        return {
            "id": self.item.id,
            "units": self.units,
            "shares": [{**asdict(each), "share": each.share} for each in self.shares],
            "longest": None if self.longest is None else asdict(self.longest),
            "coverage": self.coverage,
            "spans": self.spans,
        }


def as_items(given: Iterable[str | Document | Query | Item]) -> Iterator[Item]:
    """Items of anything that has a text.

    Raises:
        InvalidInput: It is one text instead of several, or one of them has no text.
    """
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise InvalidInput(f"items is a {type(given).__name__}, not an iterable of texts")
    return (_item(number, each) for number, each in enumerate(given, start=1))


def _item(number: int, given: object) -> Item:
    if isinstance(given, str):
        return Item(str(number), (given,))
    if isinstance(given, Document | Query):
        return Item(given.id or str(number), (given.text,))
    if isinstance(given, Item):
        return given
    raise InvalidInput(f"item {number} is a {type(given).__name__}, not a text")
