"""Passages of arbitrary text: true offsets, nothing lost, within budget, always forward."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from mnemic.retrieval.analysis import Analyzer
from mnemic.retrieval.passages import chunk, count_words, sentences, snippet
from mnemic.types import Document

SENTENCES = st.lists(
    st.sampled_from(
        ["Dr. No", "it ends.", "Why?", "日本。", "\n\n", "x" * 70, "3.14", "- a", "\u2003"]
    )
).map(" ".join)
TEXTS = st.text(max_size=80) | SENTENCES
ANALYZER = Analyzer()


@given(TEXTS, st.integers(1, 12), st.data())
def test_passages_cover_all_but_space(text: str, tokens: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, tokens - 1))
    passages = chunk(Document(id="d", text=text), tokens=tokens, overlap=overlap)
    assert all(text[part.start : part.end] == part.text for part in passages)
    covered = {at for part in passages for at in range(part.start, part.end)}
    assert {at for at, character in enumerate(text) if not character.isspace()} <= covered
    assert all(count_words(part.text) <= tokens for part in passages)
    starts = [part.start for part in passages]
    assert starts == sorted(set(starts))


@given(TEXTS, st.integers(1, 12), st.data())
def test_neighbours_share_at_most_the_overlap(text: str, tokens: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, tokens - 1))
    passages = chunk(Document(id="d", text=text), tokens=tokens, overlap=overlap)
    for left, right in itertools.pairwise(passages):
        assert left.end < right.end
        assert count_words(text[right.start : max(right.start, left.end)]) <= overlap


@given(TEXTS, st.integers(1, 12))
def test_any_counter_will_do(text: str, tokens: int) -> None:
    passages = chunk(Document(id="d", text=text), tokens=tokens, overlap=0, counter=len)
    assert "".join("".join(part.text.split()) for part in passages) == "".join(text.split())


@given(TEXTS)
def test_sentences_are_trimmed_and_in_order(text: str) -> None:
    spans = sentences(text)
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in spans)
    assert all(left[1] <= right[0] for left, right in itertools.pairwise(spans))


@given(TEXTS, TEXTS, st.integers(1, 50))
def test_snippets_are_spans_of_the_text(text: str, query: str, width: int) -> None:
    extract, (start, end) = snippet(text, ANALYZER.analyze(query), ANALYZER, width=width)
    assert 0 <= start <= end <= len(text)
    assert extract == text[start:end]
    assert len(extract) <= width
