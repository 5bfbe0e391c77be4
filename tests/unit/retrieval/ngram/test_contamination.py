"""How much of a test set stands in a corpus, against brute force."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.retrieval.ngram.corpora import index_of, names, of_bytes, of_tokens

from mnemic.errors import InvalidInput
from mnemic.indexes.ngram import SymbolBatch
from mnemic.retrieval.ngram import measuring
from mnemic.retrieval.ngram.contamination import BINS, Tally, checked_n
from mnemic.retrieval.ngram.corpus import Corpus
from mnemic.retrieval.ngram.overlap import Item, Overlap, Share
from mnemic.retrieval.ngram.spelling import ByteSpelling
from mnemic.types import Document, Query

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCUMENTS = (
    "The capital of France is Paris, and Paris is the capital of France.",
    "In the village of La Mancha, the name of which I have no desire to call to mind",
    "naïve 漢字 ✓ text",
)
ITEMS = (
    "What is the capital of France? Paris is the capital of France.",
    "the village of La Mancha",
    "nothing at all of that",
    "",
    "short",
    "a naïve 漢字 ✓ text",
)


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder: Path = tmp_path_factory.mktemp("subwords")
    return of_tokens(folder, *DOCUMENTS)


@pytest.fixture(scope="module")
def letters() -> Corpus:
    return of_bytes(*DOCUMENTS)


def scanned(text: str, n: int) -> tuple[int, int]:
    """n-grams of words, and those that stand in a document, as the definition has it."""
    spans = [match.span() for match in re.finditer(r"[漢字✓]|[^\W漢字]+", text)]
    grams = [text[spans[at][0] : spans[at + n - 1][1]] for at in range(len(spans) - n + 1)]
    return len(grams), sum(any(gram in each for each in DOCUMENTS) for gram in grams)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 13])
def test_shares_are_those_of_a_scan(letters: Corpus, n: int) -> None:
    found = list(letters.overlaps(ITEMS, n))
    assert [each.item.texts for each in found] == [(text,) for text in ITEMS]
    counted = [(each.shares[0].ngrams, each.shares[0].found) for each in found]
    assert counted == [scanned(text, n) for text in ITEMS]


@pytest.mark.parametrize("n", [1, 2, 3, 13])
def test_shares_of_tokens_are_those_of_counting(tokens: Corpus, n: int) -> None:
    for text, overlap in zip(ITEMS, tokens.overlaps(ITEMS, n), strict=True):
        found = []
        for symbols in (tokens.spelling.symbols(text), *tokens.spelling.others(text)):
            grams = [symbols[at : at + n] for at in range(len(symbols) - n + 1)]
            found.append((sum(tokens.index.count(gram) > 0 for gram in grams), len(grams)))
        assert (overlap.shares[0].found, overlap.shares[0].ngrams) in found
        assert overlap.shares[0].found == max(found)[0]


def test_what_stands_inside_a_document_is_found_in_full(tokens: Corpus) -> None:
    text = "Paris is the capital of France"
    [found] = tokens.overlaps([text], 6)
    assert (found.shares[0].share, found.coverage) == (1.0, 1.0)
    assert found.longest is not None
    assert (found.longest.text, found.spans) == (text, (((0, len(text)),),))
    around = found.longest.before + text + found.longest.after
    assert around == DOCUMENTS[0]


def test_a_part_of_a_character_is_no_character_of_a_match(tmp_path: Path) -> None:
    corpus = of_tokens(tmp_path, "a \U0001f600 b")
    whole, part = corpus.overlaps(["\U0001f600", "\U0001f601"], 1)
    assert whole.longest is not None
    assert (whole.longest.text, whole.shares[0].share) == ("\U0001f600", 1.0)
    assert part.longest is not None
    assert (part.longest.text, part.longest.units, part.spans) == ("", 3, ((),))


def test_several_n_are_answered_at_once(letters: Corpus) -> None:
    together = list(letters.overlaps(ITEMS, [3, 1, 2]))
    for place, n in enumerate([3, 1, 2]):
        alone = [each.shares[0] for each in letters.overlaps(ITEMS, n)]
        assert [each.shares[place] for each in together] == alone


def test_the_longest_match_says_where_it_is(letters: Corpus) -> None:
    [found] = letters.overlaps([ITEMS[1]], 2)
    longest = found.longest
    assert longest is not None
    assert (longest.text, longest.units, longest.count) == (ITEMS[1], 5, 1)
    assert (longest.document, longest.before) == ("d1", "In ")
    assert longest.after.startswith(", the name of which")
    assert found.coverage == 1


def test_a_place_shows_its_own_field_alone() -> None:
    batch = SymbolBatch.of_bytes([b"a title here\xffand its text"])
    corpus = Corpus(index_of(batch, parts=1), ByteSpelling(), names)
    for word, before, after in [("title", "a ", " here"), ("its", "and ", " text")]:
        [found] = corpus.overlaps([word], 1)
        assert found.longest is not None
        assert (found.longest.before, found.longest.after) == (before, after)


def test_nothing_found_has_no_place(letters: Corpus) -> None:
    [found] = letters.overlaps(["zzz qqq"], 1)
    assert (found.longest, found.coverage, found.spans) == (None, 0.0, ((),))


def test_spans_are_what_found_ngrams_cover(letters: Corpus) -> None:
    [found] = letters.overlaps([ITEMS[0]], 3)
    marked = [ITEMS[0][start:end] for start, end in found.spans[0]]
    assert marked == ["is the capital of France", "Paris is the capital of France"]


def test_no_ngram_goes_from_one_text_into_the_next(letters: Corpus) -> None:
    [found] = letters.overlaps([Item("x", ("The capital", "of France is"))], 2)
    assert (found.shares[0].ngrams, found.shares[0].found) == (3, 3)
    [apart] = letters.overlaps([Item("x", ("The capital", "of France is"))], 3)
    assert (apart.shares[0].ngrams, apart.shares[0].found) == (1, 1)
    assert apart.longest is not None
    assert (apart.longest.place, apart.longest.units) == (1, 3)


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_batches_change_nothing(
    letters: Corpus, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = list(letters.overlaps(ITEMS, 2))
    monkeypatch.setattr(measuring, "BATCH_ITEMS", size)
    assert list(letters.overlaps(ITEMS, 2)) == whole


def test_items_are_read_as_they_are_needed(
    letters: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "BATCH_ITEMS", 2)
    read: list[str] = []

    def reading() -> Iterator[str]:
        for text in ITEMS:
            read.append(text)
            yield text

    next(letters.overlaps(reading(), 2))
    assert len(read) == 2


def test_the_whole_adds_up(letters: Corpus) -> None:
    report = letters.contamination(ITEMS, [2, 13])
    pairs = [scanned(text, 2) for text in ITEMS]
    shares = [found / grams for grams, found in pairs if grams]
    first, last = report.overall
    assert (first.ngrams, first.found) == (sum(a for a, _ in pairs), sum(b for _, b in pairs))
    assert (first.items, first.with_any) == (len(shares), sum(share > 0 for share in shares))
    assert first.with_all == sum(share == 1 for share in shares)
    assert first.mean == pytest.approx(sum(shares) / len(shares))
    assert sum(first.histogram) == first.items
    assert last.found == 0
    assert report.count == len(ITEMS)


def test_the_most_contaminated_come_first(letters: Corpus) -> None:
    whole = letters.contamination(ITEMS, 2)
    keys = [(-(each.shares[0].share or 0), -each.coverage) for each in whole.items]
    assert keys == sorted(keys)
    assert {each.item.id for each in whole.items} == {"1", "2", "3", "4", "5", "6"}
    for listed in range(len(ITEMS)):
        few = letters.contamination(ITEMS, 2, listed=listed)
        assert few.items == whole.items[:listed]
        assert few.overall == whole.overall


def test_a_report_is_json(letters: Corpus, tokens: Corpus) -> None:
    for corpus in (letters, tokens):
        told = json.loads(
            json.dumps(corpus.contamination(ITEMS, [2, 3]).to_json(), allow_nan=False)
        )
        assert told["item_count"] == len(ITEMS)
        assert told["n"] == [2, 3]
        assert told["share"] == told["overall"][0]["share"]
        assert "case" in told["normalisation"]


def test_an_empty_test_set_has_no_shares(letters: Corpus) -> None:
    report = letters.contamination([])
    [overall] = report.overall
    assert (report.count, overall.share, overall.mean, overall.n) == (0, None, None, 13)


@pytest.mark.parametrize(
    ("found", "ngrams", "place"),
    [(0, 9, 0), (1, 100, 1), (1, 10, 1), (11, 100, 2), (3, 10, 3), (99, 100, 10), (7, 7, 10)],
)
def test_shares_fall_into_their_bins(letters: Corpus, found: int, ngrams: int, place: int) -> None:
    tally = Tally(letters.spelling, [1])
    tally.add(Overlap(Item("a", ("",)), 1, (Share(1, ngrams, found),), None, ((),)))
    histogram = tally.result().overall[0].histogram
    assert [at for at in range(len(BINS)) if histogram[at]] == [place]


def test_documents_and_queries_are_items(letters: Corpus) -> None:
    given: list[str | Document | Query | Item] = [
        Document(id="x", text="Paris"),
        Query("Paris", "q"),
        Query("Paris"),
        "Paris",
    ]
    assert [each.item.id for each in letters.overlaps(given, 1)] == ["x", "q", "3", "4"]


@pytest.mark.parametrize("bad", ["one text", b"x", 3, {"a": "b"}, [3], [None], [{"text": "a"}]])
def test_what_has_no_texts_is_refused(letters: Corpus, bad: Any) -> None:
    with pytest.raises(InvalidInput, match="item"):
        letters.contamination(bad)


@pytest.mark.parametrize("bad", [0, -1, True, "13", 1.5, [], [0], list(range(1, 18)), None, [True]])
def test_sizes_are_checked(bad: Any) -> None:
    with pytest.raises(InvalidInput, match="n="):
        checked_n(bad)


def test_a_size_counts_once() -> None:
    assert checked_n([5, 3, 5]) == (5, 3)


@pytest.mark.parametrize("bad", [-1, True, "many"])
def test_the_length_of_the_list_is_checked(letters: Corpus, bad: Any) -> None:
    with pytest.raises(InvalidInput, match="listed"):
        letters.contamination(["a"], listed=bad)
