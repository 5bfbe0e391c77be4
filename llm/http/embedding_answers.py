"""From the body of ``/embeddings`` to a matrix whose rows are in the order of the texts."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

import numpy as np

from mnemic.errors import DimensionMismatch
from mnemic.llm.http.answers import (
    count_of,
    kind,
    list_of,
    model_of,
    object_of,
    odd,
    read_object,
    usage_of,
)
from mnemic.llm.http.results import Embeddings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_NUMBERS = frozenset({int, float})
_FLOAT = np.dtype("<f4")


def read_embeddings(body: bytes, texts: int) -> Embeddings:
    """The vectors of one request for ``texts`` texts, at least one.

    Items may come in any order: ``index`` says whose they are. Each embedding is a list of numbers,
    or base64 of little-endian float32.

    Raises:
        Unavailable: Not JSON of that form, another count, an index twice, or a number that is not
            finite in float32.
        DimensionMismatch: Vectors of different lengths.
    """
    answer = read_object(body)
    items = [object_of(item, "an item of data") for item in list_of(answer.get("data"), "data")]
    if len(items) != texts:
        raise odd(f"{len(items)} embeddings for {texts} texts")
    places = [count_of(item.get("index"), "index") for item in items]
    if sorted(places) != list(range(texts)):
        raise odd("the indexes of its embeddings are not each of the texts' once")
    rows = dict(zip(places, (_row(item.get("embedding")) for item in items), strict=True))
    vectors = stacked([rows[place] for place in range(texts)])
    return Embeddings(vectors, usage_of(answer), model_of(answer))


def stacked(parts: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Rows, or matrices, one below the other.

    Raises:
        DimensionMismatch: They have different widths.
    """
    widths = sorted({part.shape[-1] for part in parts})
    if len(widths) > 1:
        raise DimensionMismatch(
            f"the endpoint gave vectors of {widths[0]:,} and of {widths[-1]:,} dimensions",
            hint="Ask the endpoint's operator whether two models share this name.",
        )
    return np.vstack(parts)


def _row(value: Any) -> NDArray[np.float32]:
    row = _decoded(value) if isinstance(value, str) else _converted(value)
    if not row.size:
        raise odd("an embedding is empty")
    if not np.isfinite(row).all():
        raise odd("an embedding holds a number that is not finite")
    return row


def _decoded(text: str) -> NDArray[np.float32]:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise odd("an embedding is a string, but not base64") from error
    if len(data) % _FLOAT.itemsize:
        raise odd(f"an embedding of {len(data):,} bytes is not made of float32")
    return np.frombuffer(data, _FLOAT).astype(np.float32)


def _converted(value: object) -> NDArray[np.float32]:
    numbers = list_of(value, "an embedding")
    if not _NUMBERS.issuperset(map(type, numbers)):
        strange = next(number for number in numbers if type(number) not in _NUMBERS)
        raise odd(f"a number of an embedding is {kind(strange)}")
    with np.errstate(over="ignore"):  # what is too large becomes infinite and is refused
        return np.array(numbers, np.float64).astype(np.float32)
