"""Text to terms: the policy of what counts as a word, behind one class."""

from __future__ import annotations

import threading
import unicodedata
from itertools import chain, count
from typing import TYPE_CHECKING

import numpy as np
import Stemmer

from mnemic.indexes.sparse import TermBatch
from mnemic.retrieval.analysis import characters
from mnemic.retrieval.analysis.normal import aligned, normalised
from mnemic.retrieval.analysis.pieces import Piece, bigram_texts, split
from mnemic.retrieval.analysis.spec import AnalyzerSpec, checked, fingerprint, stems
from mnemic.retrieval.analysis.stop_lists import stop_words

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator, Sequence

LONGEST_TERM = 255
"""Bytes of UTF-8 that a term keeps; what is longer is cut, so its first bytes decide."""

CACHED_WORDS = 300_000
"""Words that an analyzer remembers (about 100 MB); it starts afresh beyond."""

# Beyond this many characters tokens are made one at a time: slower, but in bounded memory.
_LONG_TEXT = 1 << 20
_LONGEST_CACHED = 128


class Analyzer:
    """Turns documents and queries into terms; equal settings give equal terms, everywhere.

    One object may be used by many threads at once. It holds a cache of words that it has seen,
    bounded by ``CACHED_WORDS`` between calls.

    Args:
        spec: The settings.

    Raises:
        InvalidInput: The settings cannot be used.
    """

    def __init__(self, spec: AnalyzerSpec | None = None) -> None:
        self.spec = checked(spec or AnalyzerSpec())
        self.fingerprint = fingerprint(self.spec)
        self._stop = stop_words(self.spec.language) if self.spec.stop_words else frozenset()
        self._stemmers = threading.local()
        self._known = _Known(self)

    def analyze(self, text: str) -> list[str]:
        """The terms of a text, in order, repeats kept.

        Raises:
            InvalidInput: The text is not a str or holds a lone surrogate.
        """
        known = self._known
        numbers = chain.from_iterable(map(known.__getitem__, self._tokens(text)))
        terms = [known.terms[number].decode() for number in numbers]
        self._renew()
        return terms

    def analyze_batch(self, texts: Sequence[str]) -> TermBatch:
        """The terms of many texts in one pass; row ``i`` equals ``analyze(texts[i])``.

        Cost: about 0.3 µs a word for words seen before, several more for each new word.

        Raises:
            InvalidInput: A text is not a str or holds a lone surrogate; the message says which.
        """
        known = self._known
        numbers: list[int] = []
        ends = [0]
        for text in texts:
            numbers.extend(chain.from_iterable(map(known.__getitem__, self._tokens(text))))
            ends.append(len(numbers))
        self._renew()
        return _batch(known.terms, numbers, ends)

    def spans(self, text: str) -> list[tuple[str, int, int]]:
        """Each term with the span ``text[start:end]`` that it came from, in text order.

        The terms are those of ``analyze``. Spans overlap for bigrams and parts of identifiers.
        Cost: about 3 µs a word; ``find`` is faster where a few terms are looked for.
        """
        image, alignment = aligned(text)
        return [
            (term, *alignment.span(match.start() + first, match.start() + last))
            for match in self._pattern(image).finditer(image)
            for term, first, last in self.located(match[0])
        ]

    def find(self, text: str, terms: Iterable[str]) -> list[tuple[str, int, int]]:
        """The ``spans`` of the given terms alone.

        Cost: about 0.5 µs a word for words seen before.
        """
        wanted = frozenset(terms)
        image, alignment = aligned(text)
        found, known = [], self._known
        for word, at in self._candidates(image, wanted):
            for term, first, last in known.located(word):
                if term in wanted:
                    found.append((term, *alignment.span(at + first, at + last)))
        self._renew()
        return found

    def _candidates(self, image: str, wanted: frozenset[str]) -> Iterator[tuple[str, int]]:
        """Tokens that may hold a wanted term, with their places."""
        unspaced = None if image.isascii() else characters.unspaced(cjk=self.spec.cjk_bigrams)
        known = self._known
        numbers = known.numbers_of(wanted)
        for match in self._pattern(image).finditer(image):
            word = match[0]
            if unspaced and unspaced.match(word):
                # Long runs stay out of the cache; as a rule their terms are substrings.
                if any(term in word for term in wanted) or characters.dropped().search(word):
                    yield word, match.start()
            elif not numbers.isdisjoint(known[word]):
                yield word, match.start()

    def terms_of(self, word: str) -> list[str]:
        """The terms of one token, not cached."""
        return [term for term, _, _ in self.located(word)]

    def located(self, word: str) -> list[tuple[str, int, int]]:
        """The terms of one token with their spans in it, not cached."""
        pieces = self._split(word)
        terms: dict[str, str] = {}
        located = []
        for text, start, end, whole in pieces:
            # Only bigrams of long runs repeat, and these are all whole.
            if not whole or (term := terms.get(text)) is None:
                term = terms[text] = self._term(text, whole=whole)
            if term:
                located.append((term, start, end))
        return located

    def _tokens(self, text: str) -> Iterable[str]:
        image = normalised(text)
        tokens: Iterable[str]
        if len(image) > _LONG_TEXT:
            tokens = (match[0] for match in self._pattern(image).finditer(image))
        else:
            tokens = self._pattern(image).findall(image)
        if image.isascii() or not characters.unspaced(cjk=self.spec.cjk_bigrams).search(image):
            return tokens
        return self._cut(tokens)

    def _cut(self, tokens: Iterable[str]) -> Iterable[str]:
        # Runs are cut before the cache sees them: bigrams repeat, whole runs hardly do.
        unspaced = characters.unspaced(cjk=self.spec.cjk_bigrams)
        for token in tokens:
            if unspaced.match(token):
                yield from bigram_texts(token)
            else:
                yield token

    def _pattern(self, image: str) -> re.Pattern[str]:
        if image.isascii():
            return characters.ascii_words(code=self.spec.code)
        return characters.words(code=self.spec.code)

    def _split(self, word: str) -> list[Piece]:
        spec = self.spec
        return split(word, spec.language, cjk_bigrams=spec.cjk_bigrams, code=spec.code)

    def _term(self, text: str, *, whole: bool) -> str:
        term = _folded(text, self.spec.language)
        if not whole:
            if term in self._stop:
                return ""
            if stems(self.spec) and len(term) <= LONGEST_TERM:
                term = self._stemmer().stemWord(term)
        if len(term) * 4 > LONGEST_TERM:
            term = term.encode()[:LONGEST_TERM].decode(errors="ignore")
        return term

    def _stemmer(self) -> Stemmer.Stemmer:
        # PyStemmer's objects must not be shared between threads.
        try:
            return self._stemmers.value
        except AttributeError:
            self._stemmers.value = Stemmer.Stemmer(self.spec.language, maxCacheSize=0)
            return self._stemmers.value

    def _renew(self) -> None:
        if max(len(self._known), len(self._known.terms)) > CACHED_WORDS:
            self._known = _Known(self)


class _Known(dict[str, tuple[int, ...]]):
    """Words seen so far and the numbers of their terms; a term's number is its place in terms."""

    def __init__(self, analyzer: Analyzer) -> None:
        super().__init__()
        self.terms: list[bytes] = []
        self._analyzer = analyzer
        self._numbers: dict[str, int] = {}
        self._located: dict[str, list[tuple[str, int, int]]] = {}
        self._lock = threading.Lock()

    def __missing__(self, word: str) -> tuple[int, ...]:
        terms = self._analyzer.terms_of(word)
        with self._lock:
            numbers = tuple(self._number(term) for term in terms)
            # Blobs hardly ever come again, and a cache of them would be large.
            if len(word) <= _LONGEST_CACHED:
                self[word] = numbers
        return numbers

    def located(self, word: str) -> list[tuple[str, int, int]]:
        """The terms of a token with their spans in it; kept for tokens that questions ask for."""
        found = self._located.get(word)
        if found is None:
            found = self._analyzer.located(word)
            # As in __missing__; and what is kept here must be counted there.
            if word in self:
                self._located[word] = found
        return found

    def numbers_of(self, terms: Iterable[str]) -> frozenset[int]:
        """The numbers that terms have, or get now."""
        with self._lock:
            return frozenset(map(self._number, terms))

    def _number(self, term: str) -> int:
        number = self._numbers.get(term)
        if number is None:
            number = self._numbers[term] = len(self.terms)
            self.terms.append(term.encode())
        return number


def _folded(text: str, language: str) -> str:
    """Full case folding, then NFKC again; invisible characters go, digits become 0-9."""
    if text.isascii() and language != "turkish":
        return text.lower()
    if language == "turkish":
        text = text.replace("I", "\u0131").replace("\u0130", "i")
    # Folding İ leaves an i with a dot above, which nobody types.
    folded = text.casefold().replace("i\u0307", "i")
    folded = unicodedata.normalize("NFKC", characters.dropped().sub("", folded))
    if folded.isascii() or not any(map(str.isdecimal, folded)):
        return folded
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in folded)


def _batch(terms: list[bytes], numbers: list[int], ends: list[int]) -> TermBatch:
    """Renumber the cache's terms by first occurrence, so that its history cannot show."""
    own = dict(zip(dict.fromkeys(numbers), count()))
    return TermBatch(
        vocabulary=[terms[number] for number in own],
        offsets=np.asarray(ends, dtype=np.int64),
        terms=np.fromiter(map(own.__getitem__, numbers), dtype=np.uint32, count=len(numbers)),
    )
