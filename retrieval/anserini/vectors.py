"""Weighted terms in Anserini's JsonVectorCollection format, for impact indexes.

Anserini indexes whole numbers only: it repeats each term as often as its weight says, and the
impact of a match is the product of the two sides' weights. So weights are multiplied by ``scale``
(100, as Pyserini and Tevatron do) and rounded, halves to even; a term that rounds to 0 is left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mnemic.errors import InvalidInput, LimitExceeded
from mnemic.retrieval.anserini.shards import SHARD, read_shards, write_shards

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

SCALE = 100.0
# A term is written out as often as it weighs; beyond this a document would be a text of its own.
LARGEST_WEIGHT = 65_535
# Lucene cuts longer runs of characters into several terms.
LONGEST_TERM = 255


@dataclass(frozen=True, slots=True)
class TermVector:
    """The terms of one document and their weights.

    Attributes:
        id: The document's id.
        weights: Term -> weight, 0 or more; whole numbers after reading.
        contents: The text that they stand for; may be empty.
    """

    id: str
    weights: Mapping[str, float]
    contents: str = field(default="")


def quantised(weights: Mapping[str, float], *, scale: float = SCALE) -> dict[str, int]:
    """Weights as the whole numbers that Anserini indexes; terms that round to 0 are left out.

    Raises:
        InvalidInput: A weight is negative or not finite, ``scale`` is not positive, or a term is
            empty, holds white space or is longer than 255 characters.
        LimitExceeded: A weight is above 65,535 after scaling.
    """
    if not (math.isfinite(scale) and scale > 0):
        raise InvalidInput(f"scale is {scale}; it must be above 0")
    whole = {term: _whole(term, weight, scale) for term, weight in weights.items()}
    return {term: count for term, count in whole.items() if count}


def _whole(term: str, weight: float, scale: float) -> int:
    if not term or any(map(str.isspace, term)) or _length(term) > LONGEST_TERM:
        raise InvalidInput(
            f"{term!r} cannot be a term of an impact index",
            hint="Terms are not empty, hold no white space, and have at most 255 characters.",
        )
    if not math.isfinite(weight) or weight < 0:
        raise InvalidInput(f"the weight of {term!r} is {weight}; it must be 0 or more")
    if weight * scale > LARGEST_WEIGHT:
        raise LimitExceeded(
            f"the weight of {term!r} is {weight * scale:,.0f}, above {LARGEST_WEIGHT:,}",
            hint="Give a smaller scale.",
        )
    return round(weight * scale)


def _length(term: str) -> int:
    # Lucene counts UTF-16 units.
    return len(term) + sum(ord(char) > 0xFFFF for char in term)


def write_vectors(
    folder: Path, vectors: Iterable[TermVector], *, scale: float = SCALE, shard: int = SHARD
) -> int:
    """Write vectors as a JsonVectorCollection; the folder appears by one rename.

    Args:
        folder: What is made; may exist when it is empty.
        vectors: One per document.
        scale: What weights are multiplied by before they are rounded; 1 for whole numbers.
        shard: Most documents of one file.

    Returns:
        How many there were.

    Raises:
        InvalidInput: As :func:`quantised`, naming the document; or an id cannot be used.
        LimitExceeded: A weight is too large, or the disk is full.
        Conflict: The folder holds something.
        NotFound: The folder's parent does not exist.
    """
    return write_shards(folder, (_row(vector, scale) for vector in vectors), shard=shard)


def _row(vector: TermVector, scale: float) -> dict[str, Any]:
    try:
        weights = quantised(vector.weights, scale=scale)
    except (InvalidInput, LimitExceeded) as error:
        raise type(error)(f"document {vector.id!r}: {error.message}", hint=error.hint) from error
    return {"id": vector.id, "contents": vector.contents, "vector": weights}


def read_vectors(source: Path) -> Iterator[TermVector]:
    """Vectors of a JsonVectorCollection: a file, or every JSON file below a folder; lazily.

    Weights come back as they are written, so those of ``write_vectors`` are whole numbers.

    Raises:
        NotFound: There is nothing to read.
        InvalidInput: A line is malformed; the message names file and line.
    """
    for place, record in read_shards(source):
        weights, contents = record.get("vector"), record.get("contents", "")
        if not isinstance(weights, dict) or not all(map(_is_weight, weights.values())):
            raise InvalidInput(
                f"{place}: no vector of terms and weights", hint='As in {"vector": {"fox": 120}}.'
            )
        if not isinstance(contents, str):
            raise InvalidInput(f"{place}: contents is a {type(contents).__name__}, not a string")
        yield TermVector(record["id"], weights, contents)


def _is_weight(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
