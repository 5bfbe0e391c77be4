"""Text to terms: the policy of what counts as a word, behind one class, in native code."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from mnemic.indexes.sparse.words import WordTable
from mnemic.retrieval.analysis import characters
from mnemic.retrieval.analysis.kinds import kinds_of_characters
from mnemic.retrieval.analysis.normal import aligned
from mnemic.retrieval.analysis.policy import Policy
from mnemic.retrieval.analysis.seen import Seen
from mnemic.retrieval.analysis.spec import AnalyzerSpec, checked, fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mnemic.indexes.sparse import TermBatch

CACHED_BYTES = 100_000_000
"""Memory of the words that an analyzer remembers, about 1.5 million; it starts afresh beyond."""

_LONGEST_CACHED = 128


class Analyzer:
    """Turns documents and queries into terms; equal settings give equal terms, everywhere.

    One object may be used by many threads at once. It remembers the words that it has seen, in
    ``CACHED_BYTES`` at most between calls. Native code finds the words; a ``Policy`` says once
    what the terms of each are.

    Args:
        spec: The settings.
        threads: Most threads for one batch, the calling one included; 0 for one per core.

    Raises:
        InvalidInput: The settings cannot be used, or ``threads`` is out of range.
    """

    def __init__(self, spec: AnalyzerSpec | None = None, *, threads: int = 0) -> None:
        self.spec = checked(spec or AnalyzerSpec())
        self.fingerprint = fingerprint(self.spec)
        self._policy = Policy(self.spec)
        self._threads = threads
        self._words = self._no_words()
        self._seen = Seen(self._policy)

    def analyze(self, text: str) -> list[str]:
        """The terms of a text, in order, repeats kept.

        Raises:
            InvalidInput: The text is not a str or holds a lone surrogate.
        """
        batch = self.analyze_batch([text])
        names = [term.decode() for term in batch.vocabulary]
        return [names[number] for number in batch.terms.tolist()]

    def analyze_batch(self, texts: Sequence[str]) -> TermBatch:
        """The terms of many texts in one pass; row ``i`` equals ``analyze(texts[i])``.

        Cost: about 0.05 µs a word for words seen before, about 1 µs more for each new word, of
        one thread. The GIL is held for new words alone.

        Raises:
            InvalidInput: A text is not a str or holds a lone surrogate; the message says which.
        """
        words = self._words
        batch = words.read(texts, self._resolved)
        if words.memory > CACHED_BYTES:
            self._words = self._no_words()
        return batch

    def spans(self, text: str) -> list[tuple[str, int, int]]:
        """Each term with the span ``text[start:end]`` that it came from, in text order.

        The terms are those of ``analyze``. Spans overlap for bigrams and parts of identifiers.
        Cost: about 3 µs a word; ``find`` is faster where a few terms are looked for.
        """
        image, alignment = aligned(text)
        return [
            (term, *alignment.span(match.start() + first, match.start() + last))
            for match in self._policy.pattern(image).finditer(image)
            for term, first, last in self._policy.located(match[0])
        ]

    def find(self, text: str, terms: Iterable[str]) -> list[tuple[str, int, int]]:
        """The ``spans`` of the given terms alone.

        Cost: about 0.5 µs a word for words seen before.
        """
        wanted = frozenset(terms)
        image, alignment = aligned(text)
        found, seen = [], self._tokens_seen()
        for word, at in self._candidates(image, wanted, seen):
            for term, first, last in seen.located(word):
                if term in wanted:
                    found.append((term, *alignment.span(at + first, at + last)))
        return found

    def _candidates(
        self, image: str, wanted: frozenset[str], seen: Seen
    ) -> Iterator[tuple[str, int]]:
        """Tokens that may hold a wanted term, with their places."""
        unspaced = None if image.isascii() else self._policy.unspaced
        for match in self._policy.pattern(image).finditer(image):
            word = match[0]
            if unspaced and unspaced.match(word):
                # Long runs stay out of the cache; as a rule their terms are substrings.
                if any(term in word for term in wanted) or characters.dropped().search(word):
                    yield word, match.start()
            elif not wanted.isdisjoint(seen[word]):
                yield word, match.start()

    def _resolved(self, words: list[str]) -> list[str | tuple[str, ...]]:
        """What native code has not seen: the one term of a word, or a tuple of none or several."""
        policy, seen = self._policy, self._tokens_seen()
        plain = list(filter(policy.is_plain, words))
        known: dict[str, str | tuple[str, ...]] = {
            word: term or () for word, term in zip(plain, policy.plain_terms(plain), strict=True)
        }
        return [known[word] if word in known else self._terms(word, seen) for word in words]

    def _terms(self, text: str, seen: Seen) -> str | tuple[str, ...]:
        if self._policy.is_bigram(text):
            return text
        if text.isascii() or not self._policy.unspaced.search(text):
            return tuple(self._policy.terms(text))
        # Stretches of such scripts come once, but their bigrams repeat.
        return tuple(chain.from_iterable(map(seen.__getitem__, self._policy.tokens(text))))

    def _no_words(self) -> WordTable:
        return WordTable(
            kinds_of_characters(cjk_bigrams=self.spec.cjk_bigrams),
            code=self.spec.code,
            # Case says where a word of an identifier begins, and I is not i in Turkish.
            lower=not self.spec.code and self.spec.language != "turkish",
            longest=_LONGEST_CACHED,
            threads=self._threads,
        )

    def _tokens_seen(self) -> Seen:
        if self._seen.full:
            self._seen = Seen(self._policy)
        return self._seen
