"""Unicode normalisation of whole texts, with a way back to the original offsets."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from functools import cache
from itertools import chain, groupby
from typing import TYPE_CHECKING

from mnemic.errors import InvalidInput
from mnemic.retrieval.analysis.characters import IGNORABLE, marks

if TYPE_CHECKING:
    from collections.abc import Iterator

# Runs of marks twice as long are always put in order; shorter ones cost little as they are.
_LONG_RUN = 256
# NFKC would glue these to the word before them: "Python™" is not "pythontm".
_SEPARATORS = {0x2122: " ", 0x2120: " "}


def normalised(text: str) -> str:
    """The text in NFKC, which is the text itself in the usual case.

    Raises:
        InvalidInput: The text is not a str, or holds a lone surrogate.
    """
    if not isinstance(text, str):
        raise InvalidInput(
            f"text to analyze: expected str, got {type(text).__name__}",
            hint="decode bytes as UTF-8 first",
        )
    if text.isascii():
        return text
    refuse_surrogates(text)
    text = with_marks_in_order(text)
    if unicodedata.is_normalized("NFKC", text):
        return text
    return _nfkc(text)


def refuse_surrogates(text: str) -> None:
    """Raise ``InvalidInput`` when the text cannot be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(
            f"text to analyze: lone surrogate U+{ord(text[error.start]):04X} "
            f"at character {error.start}",
            hint="it is no Unicode text; decode the source again with errors='replace'",
        ) from error


class Alignment:
    """Which characters of a text each character of its normal form came from.

    The text is a row of parts that either stayed as they were or were replaced as a whole.
    """

    __slots__ = ("_ends", "_kept", "_starts", "_starts_in_image")

    def __init__(self) -> None:
        self._starts_in_image: list[int] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._kept: list[bool] = []

    def append(self, at: int, start: int, end: int, *, kept: bool) -> None:
        """Add the part that begins at ``at`` of the image; kept parts grow together."""
        if kept and self._kept and self._kept[-1]:
            self._ends[-1] = end
            return
        self._starts_in_image.append(at)
        self._starts.append(start)
        self._ends.append(end)
        self._kept.append(kept)

    def span(self, first: int, last: int) -> tuple[int, int]:
        """The span of the text behind ``image[first:last]``. Cost: O(log parts)."""
        left = bisect_right(self._starts_in_image, first) - 1
        right = bisect_right(self._starts_in_image, last - 1) - 1
        start, end = self._starts[left], self._ends[right]
        if self._kept[left]:
            start += first - self._starts_in_image[left]
        if self._kept[right]:
            end = self._starts[right] + last - self._starts_in_image[right]
        return start, end


def aligned(text: str) -> tuple[str, Alignment]:
    """``normalised(text)`` and the way back. Cost: O(len(text))."""
    whole = normalised(text)
    alignment = Alignment()
    if whole == text:
        alignment.append(0, 0, len(text), kept=True)
        return whole, alignment
    at = start = 0
    for part, image in _parts(text):
        alignment.append(at, start, start + len(part), kept=image == part)
        at += len(image)
        start += len(part)
    return whole, alignment


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Parts of a text and their normal forms, which together are that of the text."""
    for chunk in _CHUNKS.findall(text):
        image = chunk if chunk.isascii() else _nfkc(chunk)
        if image == chunk:
            yield chunk, chunk
            continue
        parts = _clusters().findall(chunk)
        images = [_nfkc(part) for part in parts]
        # Some rare pairs compose across clusters; nothing composes across ASCII white space.
        whole = "".join(images) != image
        yield from [(chunk, image)] if whole else zip(parts, images, strict=True)


_CHUNKS = re.compile(r"[\x00-\x20]+|[^\x00-\x20]+")


@cache
def _clusters() -> re.Pattern[str]:
    # Conjoining Hangul and half-width sound marks compose with the character before them.
    return re.compile(f"(?s:.)[{marks()}{IGNORABLE}\u1160-\u11ff\ud7b0-\ud7ff\uff9e\uff9f]*")


def with_marks_in_order(text: str) -> str:
    """A text of the same normal forms, without long runs of marks that are out of order.

    Normalising moves each mark to its place one step at a time: 100,000 in the wrong order take
    half a minute, in which no other thread runs. Cost: 5 ns a character where there are none.
    """
    if text.isascii() or len(text) < _LONG_RUN:
        return text
    runs = _long_runs()
    if any(runs.match(text, at) for at in range(_LONG_RUN - 1, len(text), _LONG_RUN)):
        return runs.sub(_in_order, text)
    return text


def _in_order(run: re.Match[str]) -> str:
    marks = "".join(unicodedata.normalize("NFKD", mark) for mark in run[0])
    return "".join(sorted(marks, key=unicodedata.combining))


@cache
def _long_runs() -> re.Pattern[str]:
    # Half-width sound marks become combining ones, though they are letters.
    inside = re.findall(r"(?s:.-.|.)", f"{marks()}\uff9e-\uff9f")
    every = chain.from_iterable(range(ord(each[0]), ord(each[-1]) + 1) for each in inside)
    moving = enumerate(code for code in every if _moves(chr(code)))
    # Ranges compile ten times as fast as single characters.
    ranges = [list(each) for _, each in groupby(moving, lambda pair: pair[1] - pair[0])]
    whole = "".join(f"{chr(each[0][1])}-{chr(each[-1][1])}" for each in ranges)
    return re.compile(f"[{whole}]{{{_LONG_RUN},}}")


def _moves(mark: str) -> bool:
    return unicodedata.combining(unicodedata.normalize("NFKD", mark)[0]) > 0


def _nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", with_marks_in_order(text).translate(_SEPARATORS))
