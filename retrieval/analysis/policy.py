"""The policy of what counts as a word: the one definition, which everything faster must equal."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import Stemmer

from mnemic.retrieval.analysis import characters
from mnemic.retrieval.analysis.normal import normalised, with_marks_in_order
from mnemic.retrieval.analysis.pieces import bigram_texts, split
from mnemic.retrieval.analysis.spec import AnalyzerSpec, stems
from mnemic.retrieval.analysis.stop_lists import stop_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LONGEST_TERM = 255
"""Bytes of UTF-8 that a term keeps; what is longer is cut, so its first bytes decide."""

# Beyond this many characters tokens are made one at a time: slower, but in bounded memory.
_LONG_TEXT = 1 << 20
# Characters whose four bytes of UTF-8 at most make a term that is not cut.
_LONGEST_PLAIN = LONGEST_TERM // 4


class Policy:
    """Text to tokens, and tokens to terms, without any cache; safe to use from many threads.

    Args:
        spec: The settings, checked before.
    """

    def __init__(self, spec: AnalyzerSpec) -> None:
        self.spec = spec
        self._stop = stop_words(spec.language) if spec.stop_words else frozenset()
        self._stemmers = threading.local()

    def terms(self, text: str) -> list[str]:
        """The terms of a text, in order, repeats kept. Cost: several µs a word.

        Raises:
            InvalidInput: The text is not a str or holds a lone surrogate.
        """
        return [term for token in self.tokens(text) for term in self.terms_of(token)]

    def tokens(self, text: str) -> Iterable[str]:
        """The tokens of a text; runs of scripts without spaces are cut into their bigrams.

        Raises:
            InvalidInput: The text is not a str or holds a lone surrogate.
        """
        image = normalised(text)
        tokens: Iterable[str]
        if len(image) > _LONG_TEXT:
            tokens = (match[0] for match in self.pattern(image).finditer(image))
        else:
            tokens = self.pattern(image).findall(image)
        if image.isascii() or not self.unspaced.search(image):
            return tokens
        return self._cut(tokens)

    @property
    def unspaced(self) -> re.Pattern[str]:
        """Matches the first character of a run that is cut into bigrams."""
        return characters.unspaced(cjk=self.spec.cjk_bigrams)

    def pattern(self, image: str) -> re.Pattern[str]:
        """What finds the tokens of a text in NFKC."""
        if image.isascii():
            return characters.ascii_words(code=self.spec.code)
        return characters.words(code=self.spec.code)

    def terms_of(self, word: str) -> list[str]:
        """The terms of one token."""
        return [term for term, _, _ in self.located(word)]

    def located(self, word: str) -> list[tuple[str, int, int]]:
        """The terms of one token with their spans in it."""
        spec = self.spec
        pieces = split(word, spec.language, cjk_bigrams=spec.cjk_bigrams, code=spec.code)
        terms: dict[str, str] = {}
        located = []
        for text, start, end, whole in pieces:
            # Only bigrams of long runs repeat, and these are all whole.
            if not whole or (term := terms.get(text)) is None:
                term = terms[text] = self._term(text, whole=whole)
            if term:
                located.append((term, start, end))
        return located

    def is_plain(self, text: str) -> bool:
        """Whether a text is one token that is one piece, which ``plain_terms`` takes.

        True of nearly all words. Cost: 0.1 µs where the text is ASCII.
        """
        if not text.isalnum() or len(text) > _LONGEST_PLAIN or self.spec.code:
            return False
        if text.isascii():
            return True
        return unicodedata.is_normalized("NFKC", text) and not _not_plain().search(text)

    def is_bigram(self, text: str) -> bool:
        """Whether a text is a bigram, or a lone character, that is its own one term."""
        return self.spec.cjk_bigrams and _bigram().fullmatch(text) is not None

    def plain_terms(self, words: Sequence[str]) -> list[str]:
        """The term of each plain word; the empty string for a stop word. Cost: about 1 µs each."""
        terms = [_folded(word, self.spec.language) for word in words]
        stemmed = self._stemmer().stemWords(terms) if stems(self.spec) else terms
        return [
            "" if term in self._stop else _cut_off(stem)
            for term, stem in zip(terms, stemmed, strict=True)
        ]

    def _cut(self, tokens: Iterable[str]) -> Iterable[str]:
        # Runs are cut before any cache sees them: bigrams repeat, whole runs hardly do.
        unspaced = self.unspaced
        for token in tokens:
            if unspaced.match(token):
                yield from bigram_texts(token)
            else:
                yield token

    def _term(self, text: str, *, whole: bool) -> str:
        term = _folded(text, self.spec.language)
        if not whole:
            if term in self._stop:
                return ""
            if stems(self.spec) and len(term) <= LONGEST_TERM:
                term = self._stemmer().stemWord(term)
        return _cut_off(term)

    def _stemmer(self) -> Stemmer.Stemmer:
        # PyStemmer's objects must not be shared between threads.
        try:
            return self._stemmers.value
        except AttributeError:
            self._stemmers.value = Stemmer.Stemmer(self.spec.language, maxCacheSize=0)
            return self._stemmers.value


def _cut_off(term: str) -> str:
    if len(term) * 4 > LONGEST_TERM:
        return term.encode()[:LONGEST_TERM].decode(errors="ignore")
    return term


@cache
def _bigram() -> re.Pattern[str]:
    return re.compile(f"[{characters.SIMPLE_CJK}]{{1,2}}")


@cache
def _not_plain() -> re.Pattern[str]:
    # Letters that make runs of their own, and the one apostrophe that is a letter.
    scripts = f"{characters.CJK}{characters.SOUTH_EAST_ASIAN}"
    return re.compile(f"[{scripts}{characters.APOSTROPHES}{characters.IGNORABLE}]")


def _folded(text: str, language: str) -> str:
    """Full case folding, then NFKC again; invisible characters go, digits become 0-9."""
    if text.isascii() and language != "turkish":
        return text.lower()
    if language == "turkish":
        text = text.replace("I", "\u0131").replace("\u0130", "i")
    # Folding İ leaves an i with a dot above, which nobody types.
    folded = text.casefold().replace("i\u0307", "i")
    folded = unicodedata.normalize(
        "NFKC", with_marks_in_order(characters.dropped().sub("", folded))
    )
    if folded.isascii() or not any(map(str.isdecimal, folded)):
        return folded
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in folded)
