"""Analysis of arbitrary text: batches, spans and find agree, and terms are small."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mnemic.retrieval.analysis import Analyzer, AnalyzerSpec

SPECS = [
    AnalyzerSpec(),
    AnalyzerSpec(language="french", cjk_bigrams=False),
    AnalyzerSpec(language="none", code=True),
    AnalyzerSpec(language="turkish", code=True),
]
ANALYZERS = st.sampled_from([Analyzer(spec) for spec in SPECS])
TRICKY = st.text(
    alphabet="aZ9é'\u2019.,_-: \u0301\u00ad\u200dİ\ufb01½\u2122日本ガ\uff76\uff9e한ᄒ\u1161"
    "ภาា្👍🏽🇵ß",
    max_size=40,
)
TEXTS = st.text(max_size=60) | TRICKY


@given(ANALYZERS, st.lists(TEXTS, max_size=4))
def test_batch_equals_single(analyzer: Analyzer, texts: list[str]) -> None:
    batch = analyzer.analyze_batch(texts)
    ends = batch.offsets.tolist()
    rows = [
        [batch.vocabulary[term].decode() for term in batch.terms[start:end]]
        for start, end in pairwise(ends)
    ]
    assert rows == [analyzer.analyze(text) for text in texts]
    assert len(set(batch.vocabulary)) == len(batch.vocabulary)


@given(ANALYZERS, TEXTS)
def test_spans_give_the_terms_within_the_text(analyzer: Analyzer, text: str) -> None:
    spans = analyzer.spans(text)
    assert [term for term, _, _ in spans] == analyzer.analyze(text)
    assert all(0 <= start < end <= len(text) for _, start, end in spans)
    assert [start for _, start, _ in spans] == sorted(start for _, start, _ in spans)


@given(ANALYZERS, TEXTS, st.data())
def test_find_is_spans_of_some_terms(analyzer: Analyzer, text: str, data: st.DataObject) -> None:
    spans = analyzer.spans(text)
    terms = data.draw(st.sets(st.sampled_from([span[0] for span in spans] or ["none"])))
    assert analyzer.find(text, terms) == [span for span in spans if span[0] in terms]


@given(ANALYZERS, TEXTS)
def test_terms_are_short_words_without_space(analyzer: Analyzer, text: str) -> None:
    for term in analyzer.analyze(text):
        assert 0 < len(term.encode()) <= 255
        assert not any(character.isspace() for character in term)


@given(st.text(st.characters(codec="ascii"), max_size=80))
def test_ascii_takes_no_other_way_than_unicode(text: str) -> None:
    plain = Analyzer(AnalyzerSpec(language="none"))
    assert plain.analyze(text + " é") == [*plain.analyze(text), "é"]
