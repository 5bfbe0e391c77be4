"""Words into pieces: contractions, elisions, numbers and identifiers, with offsets in the word."""

from __future__ import annotations

import re
from itertools import accumulate, pairwise
from operator import add
from typing import NamedTuple

from mnemic.retrieval.analysis.characters import APOSTROPHES, clusters, followers, unspaced


class Piece(NamedTuple):
    """A part of a word that becomes at most one term.

    Attributes:
        text: The characters to normalise and stem (not always those of the span: don't -> do).
        start: First character within the word.
        end: One past the last.
        whole: The term keeps its form: it is neither stemmed nor a stop word.
    """

    text: str
    start: int
    end: int
    whole: bool = False


_APOSTROPHE = re.compile(f"[{APOSTROPHES}]")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?\Z")
_ACRONYM = re.compile(r"[^\W\d_](?:\.[^\W\d_])+\Z")
_NOT_COMMA = re.compile(r"[^,]+")
_SEGMENT = re.compile(r"[^\W_]+")
_COMPONENT = re.compile(r"\w+")

_CLITICS = {
    "english": frozenset(["s", "t", "re", "ve", "ll", "d", "m"]),
}
_IRREGULAR = {"can": "can", "won": "will", "shan": "shall"}
_ELISIONS = {
    "french": frozenset(
        ["l", "m", "t", "qu", "n", "s", "j", "d", "c", "jusqu", "quoiqu", "lorsqu", "puisqu"]
    ),
    "italian": frozenset(
        [
            "c",
            "l",
            "all",
            "dall",
            "dell",
            "nell",
            "sull",
            "coll",
            "pell",
            "gl",
            "agl",
            "dagl",
            "degl",
            "negl",
            "sugl",
            "un",
            "m",
            "t",
            "s",
            "v",
            "d",
        ]
    ),
    "catalan": frozenset(["d", "l", "m", "n", "s", "t"]),
    "irish": frozenset(["d", "m", "b"]),
}
_SAME_RULES = {"porter": "english"}


def split(word: str, language: str, *, cjk_bigrams: bool, code: bool) -> list[Piece]:
    """The pieces of one token of ``characters.words``, in text order.

    Args:
        word: The token, in NFKC, in its own case.
        language: Decides on contractions (don't) and elisions (l'homme).
        cjk_bigrams: Cut runs of CJK into bigrams; runs of Thai and the like always are.
        code: Add the parts of identifiers.
    """
    if not word.isascii() and unspaced(cjk=cjk_bigrams).match(word):
        return bigrams(word)
    parts = [Piece(word, 0, len(word))]
    if _APOSTROPHE.search(word):
        parts = _apostrophes(word, _SAME_RULES.get(language, language))
    if "," in word:
        parts = [number for part in parts for number in _numbers(part)]
    if code:
        return [name for part in parts for name in identifiers(part)]
    return [_without_dots(part) for part in parts]


def bigrams(run: str) -> list[Piece]:
    """``bigram_texts`` with the span of each in the run."""
    parts = _clusters_of(run)
    ends = list(accumulate(map(len, parts)))
    starts = [0, *ends]
    return [
        Piece(text, start, end, True)
        for text, start, end in zip(bigram_texts(run), starts, ends[1:] or ends, strict=False)
    ]


def bigram_texts(run: str) -> list[str]:
    """Overlapping pairs of characters (each with its marks); a lone character stays alone."""
    parts = _clusters_of(run)
    return list(map(add, parts, parts[1:])) if len(parts) > 1 else parts


def _clusters_of(run: str) -> list[str]:
    return clusters().findall(run) if followers().search(run) else list(run)


def _numbers(part: Piece) -> list[Piece]:
    # 1,000,000 is a number and 2011,2012 is a list.
    if _GROUPED.match(part.text):
        return [part._replace(text=part.text.replace(",", ""))]
    return [_within(part, *match.span()) for match in _NOT_COMMA.finditer(part.text)]


def _without_dots(part: Piece) -> Piece:
    # U.S.A. is found by USA.
    return part._replace(text=part.text.replace(".", "")) if _ACRONYM.match(part.text) else part


def _within(part: Piece, start: int, end: int, *, whole: bool = False) -> Piece:
    return Piece(part.text[start:end], part.start + start, part.start + end, whole)


def _apostrophes(word: str, language: str) -> list[Piece]:
    parts: list[Piece] = []
    position = 0
    for text in _APOSTROPHE.split(word):
        parts.append(Piece(text, position, position + len(text)))
        position += len(text) + 1
    clitics, elisions = _CLITICS.get(language, frozenset()), _ELISIONS.get(language, frozenset())
    while len(parts) > 1 and parts[0].text.casefold() in elisions:
        parts.pop(0)
    while len(parts) > 1 and parts[-1].text.casefold() in clitics:
        clitic = parts.pop()
        if clitic.text.casefold() == "t":
            parts[-1] = _without_not(parts[-1])
    return [part for part in parts if part.text]


def _without_not(part: Piece) -> Piece:
    folded = part.text.casefold()
    if not folded.endswith("n"):
        return part
    return part._replace(text=_IRREGULAR.get(folded, part.text[:-1]))


def identifiers(part: Piece) -> list[Piece]:
    """The whole of an identifier or path, its components, and the words in each of them.

    ``os.path.isFile`` gives os.path.isfile, os, path, isfile, is, file.
    """
    word = part.text
    components = [match.span() for match in _COMPONENT.finditer(word)]
    segments = [match.span() for span in components for match in _SEGMENT.finditer(word, *span)]
    finest = dict.fromkeys(hump for span in segments for hump in _humps(word, *span))
    coarser = dict.fromkeys(((0, len(word)), *components, *segments))
    names = [_within(part, *span, whole=True) for span in coarser if span not in finest]
    words = [_within(part, *span) for span in finest]
    return sorted(names + words, key=lambda piece: (piece.start, -piece.end))


def _humps(word: str, start: int, end: int) -> list[tuple[int, int]]:
    """Words of camelCase: a capital after a small letter, or before one, starts a word."""
    cuts = [start, *(at for at in range(start + 1, end) if _is_hump(word, at, end)), end]
    return list(pairwise(cuts))


def _is_hump(word: str, at: int, end: int) -> bool:
    if not word[at].isupper():
        return False
    return not word[at - 1].isupper() or word[at + 1 : min(at + 2, end)].islower()
