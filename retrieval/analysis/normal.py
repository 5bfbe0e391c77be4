"""Unicode normalisation of whole texts, with a way back to the original offsets."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING

from mnemic.errors import InvalidInput
from mnemic.retrieval.analysis.characters import IGNORABLE, marks

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def aligned(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """Normalised text, and the original start and end of each of its characters.

    ``normalised(text)[i]`` came from ``text[starts[i]:ends[i]]``. Cost: O(len(text)).
    """
    whole = normalised(text)
    if whole == text:
        return whole, range(len(text)), range(1, len(text) + 1)
    for pattern in (_clusters(), _CHUNKS):
        parts = pattern.findall(text)
        images = [part if part.isascii() else _nfkc(part) for part in parts]
        # Clusters miss a composition now and then; whole chunks between spaces never do.
        if "".join(images) == whole:
            break
    ends = list(accumulate(map(len, parts)))
    sources = [
        (end - len(part), end)
        for part, image, end in zip(parts, images, ends, strict=True)
        for _ in image
    ]
    return whole, [start for start, _ in sources], [end for _, end in sources]


_CHUNKS = re.compile(r"[\x00-\x20]+|[^\x00-\x20]+")


@cache
def _clusters() -> re.Pattern[str]:
    # Conjoining Hangul and half-width sound marks compose with the character before them.
    return re.compile(f"(?s:.)[{marks()}{IGNORABLE}\u1160-\u11ff\ud7b0-\ud7ff\uff9e\uff9f]*")


def _nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", text.translate(_SEPARATORS))
