"""A corpus as an n-gram model that is asked in text; see ``analytics`` for the definitions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.retrieval.ngram.analytics import (
    Estimate,
    distributions,
    estimates,
    longest_matches,
    merged,
)
from mnemic.retrieval.ngram.answers import (
    Continuation,
    Match,
    Matches,
    NextToken,
    NextTokens,
    Piece,
    Step,
)
from mnemic.retrieval.ngram.backoff import Contexts, occurrences
from mnemic.retrieval.ngram.contamination import (
    DEFAULT_LISTED,
    DEFAULT_N,
    Tally,
    checked_n,
)
from mnemic.retrieval.ngram.measuring import overlaps
from mnemic.retrieval.ngram.overlap import as_items
from mnemic.retrieval.ngram.ways import used_ways

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.ngram import NgramIndex
    from mnemic.retrieval.ngram.contamination import Contamination
    from mnemic.retrieval.ngram.overlap import Item, Overlap
    from mnemic.retrieval.ngram.spelling import Spelling, Units
    from mnemic.types import Document, Query


@dataclass(frozen=True, slots=True)
class Corpus:
    """The live documents of one moment, as an n-gram language model of any order.

    Attributes:
        index: Their n-grams.
        spelling: What text is in it.
        ids: The users' ids of ordinals.
        pending: Live documents that are not in the index yet.
    """

    index: NgramIndex
    spelling: Spelling
    ids: Callable[[NDArray[np.int64]], list[str]]
    pending: int = 0

    @property
    def level(self) -> str:
        """``tokens`` or ``bytes``: what symbols are."""
        return self.spelling.level

    @property
    def tokenizer(self) -> str | None:
        """Whose tokens they are; ``None`` on the byte level."""
        return self.spelling.model

    def distribution(
        self, text: str, k: int = 10, *, unbounded: bool = False, max_context: int | None = None
    ) -> NextTokens:
        """What follows a text in the corpus, the most frequent first.

        A text that begins with a letter or digit is looked for at the start of documents and after
        a space alike, for its tokens differ there; one that begins with a space only after one.

        Args:
            text: What stands before; the empty text stands everywhere.
            k: Most tokens to list; their counts are exact in any case.
            unbounded: Where the text does not occur, go by its longest suffix that does.
            max_context: Go by no more than its last so many tokens.

        Raises:
            InvalidInput: ``text`` is no text, or a number is negative.
        """
        at_least("k", k, 0)
        ways = [self.spelling.symbols(text), *self.spelling.others(text)]
        contexts = Contexts.of(self.spelling.batch(ways))
        used, _, rows = self._used(
            contexts, len(ways), unbounded=unbounded, max_context=max_context
        )
        found = merged(distributions(self.index, used, boundary=self.spelling.boundary))
        context = used.take(np.zeros(1, np.int64)).patterns().symbols
        listed = zip(
            found.symbols[:k].tolist(),
            found.counts[:k].tolist(),
            found.probabilities[:k].tolist(),
            strict=True,
        )
        return NextTokens(
            text=text,
            context=tuple(Piece(each, self.spelling.piece(each)) for each in context.tolist()),
            context_text=self.spelling.text(context),
            given=int(contexts.lengths[rows[0]]),
            count=found.count,
            distinct=len(found.symbols),
            tokens=tuple(
                NextToken(symbol, self.spelling.piece(symbol), count, probability)
                for symbol, count, probability in listed
            ),
            ends=found.ends,
        )

    def probability(
        self, text: str, next: str, *, unbounded: bool = False, max_context: int | None = None
    ) -> Continuation:
        """How likely ``next`` is after ``text``, token by token; give it the space it begins with.

        With an empty ``text`` and ``unbounded``, what the corpus makes of every token of a text.

        Args:
            text: What stands before, as in ``distribution``.
            next: What follows; tokenised by itself.
            unbounded: Each token after the longest suffix of all before it that occurs.
            max_context: Go by no more than the last so many tokens.

        Raises:
            InvalidInput: ``text`` or ``next`` is no text, or ``max_context`` is negative.
        """
        following = self.spelling.symbols(next)
        ways = [self.spelling.symbols(text), *self.spelling.others(text)]
        batch = self.spelling.batch([np.concatenate([way, following]) for way in ways])
        contexts = Contexts.of_prefixes(batch, np.array([len(way) for way in ways]))
        used, steps, _ = self._used(
            contexts, len(ways), unbounded=unbounded, max_context=max_context
        )
        asked = batch.symbols[len(ways[0]) : len(ways[0]) + len(following)]
        found = estimates(self.index, used, asked[steps])
        rows = [
            [one for one, step in zip(found, steps, strict=True) if step == place]
            for place in range(len(following))
        ]
        return Continuation(
            text,
            next,
            tuple(map(self._step, following.tolist(), rows)),
        )

    def matches(self, text: str) -> Matches:
        """The longest match of every position of a text against the corpus.

        Cost: as many steps as the lengths sum up to, so the square of the length for a text that
        the corpus holds in full; ``contamination`` has no such cost.

        Raises:
            InvalidInput: It is no text.
        """
        units = self.spelling.positions(text)
        begins = units.places[:, 0]
        batch = self.spelling.batch([units.symbols])
        [(lengths, counts)] = longest_matches(self.index, batch)
        ends, counts = begins + lengths[begins], counts[begins]
        # On the byte level a match may go on into a character that is not a part of it.
        stops = np.searchsorted(units.places[:, 1], ends, side="right")
        whole = np.append(begins, len(units.symbols))[stops]
        torn = np.flatnonzero((whole < ends) & (whole > begins))
        parts = Contexts(batch.symbols, batch.vocabulary, begins[torn], whole[torn])
        counts[torn] = occurrences(self.index, parts)
        return Matches(text, tuple(_matches(units, stops, counts)))

    def contamination(
        self,
        items: Iterable[str | Document | Query | Item],
        n: int | Sequence[int] = DEFAULT_N,
        *,
        listed: int = DEFAULT_LISTED,
    ) -> Contamination:
        """Which n-grams of a test set stand in the corpus: shares, longest matches, documents.

        n-grams are of tokens, or of words on the byte level. Streams: memory does not grow with
        the items. Cost: about that of one pass over their symbols for all n together.

        Args:
            items: Texts, or what has a text and an id; an id of a text is its number, from 1.
            n: Tokens or words of an n-gram; several are answered in one pass.
            listed: How many of the most contaminated items the result names.

        Raises:
            InvalidInput: An argument is malformed; the message names it.
        """
        tally = Tally(self.spelling, checked_n(n), listed=listed)
        for overlap in self.overlaps(items, n):
            tally.add(overlap)
        return tally.result()

    def overlaps(
        self, items: Iterable[str | Document | Query | Item], n: int | Sequence[int] = DEFAULT_N
    ) -> Iterator[Overlap]:
        """What of each item stands in the corpus, in their order; see ``contamination``."""
        return overlaps(self, as_items(items), checked_n(n))

    def _used(
        self, contexts: Contexts, ways: int, *, unbounded: bool, max_context: int | None
    ) -> tuple[Contexts, NDArray[np.int64], NDArray[np.int64]]:
        if max_context is not None:
            at_least("max_context", max_context, 0)
        return used_ways(self.index, contexts, ways, unbounded=unbounded, most=max_context)

    def _step(self, symbol: int, found: list[Estimate]) -> Step:
        count = sum(one.count for one in found)
        context_count = sum(one.context_count for one in found)
        return Step(
            id=symbol,
            text=self.spelling.piece(symbol),
            count=count,
            context_count=context_count,
            context_length=max(one.context_length for one in found),
            probability=count / context_count if context_count else None,
        )


def at_least(name: str, value: object, least: int) -> int:
    """A whole number that is not below ``least``.

    Raises:
        InvalidInput: It is something else; the message has its name.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInput(f"{name} is a {type(value).__name__}, not a whole number")
    if value < least:
        raise InvalidInput(f"{name} is {value}; it must be {least} or more")
    return value


def _matches(units: Units, stops: NDArray[np.int64], counts: NDArray[np.int64]) -> Iterator[Match]:
    for place, (stop, count) in enumerate(zip(stops.tolist(), counts.tolist(), strict=True)):
        if stop > place:
            start, end = units.span(place, stop)
            yield Match(start, stop - place, end, count)
        else:
            start = int(units.characters[place, 0])
            yield Match(start, 0, start, 0)
