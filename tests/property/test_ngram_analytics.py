"""N-gram analytics of arbitrary corpora: every figure is that of counting, also after deletions."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.contracts.ngram_oracle import END, count, following, longest, places
from tests.unit.retrieval.ngram.corpora import Numbers, batch_of, index_of, names

from mnemic.indexes.ngram import LiveNgrams, NgramIndex, NgramSegment
from mnemic.indexes.storage.bitmaps import from_bool
from mnemic.retrieval.ngram.analytics import distributions, estimates
from mnemic.retrieval.ngram.backoff import Contexts, longest_suffixes
from mnemic.retrieval.ngram.corpus import Corpus
from mnemic.retrieval.ngram.reach import match_ends
from mnemic.retrieval.ngram.spelling import ByteSpelling

VOCABULARY = 4
# One symbol that no document holds, so that contexts have something to back off from.
SYMBOLS = st.integers(0, VOCABULARY - 2)
DOCUMENTS = st.lists(st.lists(SYMBOLS, max_size=12).map(tuple), min_size=1, max_size=6)
TEXTS = st.lists(
    st.lists(st.integers(0, VOCABULARY - 1), max_size=9).map(tuple), min_size=1, max_size=5
)
LIVING = st.lists(st.booleans(), min_size=6, max_size=6)


def living(documents: list[Numbers], live: list[bool]) -> tuple[dict[int, Numbers], NgramIndex]:
    """The documents that are left, and an index that had them all."""
    segment = NgramSegment.build(batch_of(documents, VOCABULARY))
    kept = np.array(live[: len(documents)])
    index = NgramIndex([LiveNgrams(segment, np.arange(len(documents)), from_bool(kept))])
    return {at: each for at, each in enumerate(documents) if kept[at]}, index


def backed_off(live: dict[int, Numbers], context: Numbers) -> Numbers:
    while context and not places(live, context):
        context = context[1:]
    return context


@given(DOCUMENTS, TEXTS, LIVING)
def test_distributions(documents: list[Numbers], texts: list[Numbers], live: list[bool]) -> None:
    left, index = living(documents, live)
    contexts = Contexts.of(batch_of(texts, VOCABULARY))
    for unbounded in (False, True):
        found = distributions(index, contexts, unbounded=unbounded)
        for text, each in zip(texts, found, strict=True):
            used = backed_off(left, text) if unbounded else text
            told = dict(zip(each.symbols.tolist(), each.counts.tolist(), strict=True))
            told |= {END: each.ends} if each.ends else {}
            assert told == dict(following(left, places(left, used)))
            assert (each.count, each.context_length) == (count(left, used), len(used))


@given(DOCUMENTS, TEXTS, LIVING, st.integers(0, VOCABULARY - 1))
def test_estimates_and_suffixes(
    documents: list[Numbers], texts: list[Numbers], live: list[bool], symbol: int
) -> None:
    left, index = living(documents, live)
    contexts = Contexts.of(batch_of(texts, VOCABULARY))
    lengths = longest_suffixes(index, contexts)
    assert lengths.tolist() == [len(backed_off(left, text)) for text in texts]
    asked = np.full(len(texts), symbol, np.uint32)
    for text, each in zip(texts, estimates(index, contexts, asked, unbounded=True), strict=True):
        used = backed_off(left, text)
        assert each.count == count(left, (*used, symbol))
        assert each.context_count == count(left, used)


@given(DOCUMENTS, TEXTS, LIVING, st.integers(1, 5))
def test_ends_of_matches(
    documents: list[Numbers], texts: list[Numbers], live: list[bool], window: int
) -> None:
    left, index = living(documents, live)
    batch = batch_of(texts, VOCABULARY)
    lengths = match_ends(index, batch, window=window) - np.arange(len(batch.symbols))
    assert lengths.tolist() == [size for text in texts for size, _ in longest(left, text)]


LETTERS = st.text("ab é漢", max_size=12)


@given(st.lists(LETTERS, min_size=1, max_size=4), LETTERS)
def test_matches_of_bytes_are_whole_characters(documents: list[str], text: str) -> None:
    corpus = corpus_of(documents)
    for start, match in enumerate(corpus.matches(text).matches):
        assert match.start == start
        held = [
            end for end in range(start + 1, len(text) + 1) if counted(documents, text[start:end])
        ]
        assert match.end == max(held, default=start)
        wanted = counted(documents, text[start : match.end]) if match.length else 0
        assert match.count == wanted


@given(st.lists(LETTERS, min_size=1, max_size=4), st.lists(LETTERS, max_size=4), st.integers(1, 3))
def test_shares_of_words(documents: list[str], texts: list[str], n: int) -> None:
    spelling = ByteSpelling()
    for text, overlap in zip(texts, corpus_of(documents).overlaps(texts, n), strict=True):
        [[units]] = spelling.units([text])
        ends = units.characters.tolist()
        grams = [text[ends[at][0] : ends[at + n - 1][1]] for at in range(len(ends) - n + 1)]
        number = sum(counted(documents, gram) > 0 for gram in grams)
        assert (overlap.shares[0].ngrams, overlap.shares[0].found) == (len(grams), number)
        if overlap.longest is not None:
            assert text[overlap.longest.start : overlap.longest.end] == overlap.longest.text
            place = int(overlap.longest.document.removeprefix("d"))
            held = overlap.longest.before + overlap.longest.text + overlap.longest.after
            assert held in documents[place]


def corpus_of(documents: list[str]) -> Corpus:
    spelling = ByteSpelling()
    return Corpus(
        index_of(spelling.batch([spelling.symbols(d) for d in documents])), spelling, names
    )


def counted(documents: list[str], pattern: str) -> int:
    return sum(
        document.startswith(pattern, start)
        for document in documents
        for start in range(len(document))
    )
