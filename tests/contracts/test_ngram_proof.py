"""Proof that the checks of the index of substrings can fail: each is given wrong indexes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from tests.contracts import ngram_checks
from tests.contracts.ngram_checks import CHECKS
from tests.contracts.ngram_corpora import BYTES, Corpus, made
from tests.contracts.ngram_mirror import Mirror

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from tests.contracts.ngram_oracle import Symbols

    from mnemic.indexes.ngram import NgramIndex

DOCUMENTS: tuple[list[int], ...] = ([0, 1, 2, 0, 1], [1, 2, 0, 1, 1], [], [0, 1], [2, 0, 1, 2])
PATTERNS = ([0, 1], [0, 1, 2], [1], [2, 0], [1, 1, 0], [1, 1], [0, 1, 2, 0, 1, 1], [2])
DEAD = 2 * 4
LEVELS = (BYTES, 3, 200_000)


def truth(vocabulary: int) -> Mirror:
    """Two segments, the last document deleted."""
    documents = tuple(made(numbers, vocabulary) for numbers in DOCUMENTS)
    mirror = Mirror.of(Corpus(documents, vocabulary), [])
    mirror.delete([DEAD])
    return mirror


def patterns(vocabulary: int) -> list[Symbols]:
    return [made(numbers, vocabulary) for numbers in PATTERNS]


def rebuilt(mirror: Mirror, documents: Sequence[Symbols]) -> NgramIndex:
    """An index of other documents under the same ordinals."""
    other = Mirror(mirror.vocabulary)
    other.add(list(documents))
    other.delete([ordinal for ordinal in other.live if ordinal not in mirror.live])
    return other.index()


def without_deletions(mirror: Mirror) -> NgramIndex:
    other = Mirror(mirror.vocabulary)
    other.add([made(numbers, mirror.vocabulary) for numbers in DOCUMENTS])
    return other.index()


def across_documents(mirror: Mirror) -> NgramIndex:
    first, second, *rest = (made(numbers, mirror.vocabulary) for numbers in DOCUMENTS)
    joined = cast("Symbols", [*first, *second])
    return rebuilt(mirror, [made(joined, mirror.vocabulary), second, *rest])


def one_lost(mirror: Mirror) -> NgramIndex:
    other = truth(mirror.vocabulary)
    other.delete([0])
    return other.index()


def last_symbols_lost(mirror: Mirror) -> NgramIndex:
    return rebuilt(mirror, [made(numbers[:-1], mirror.vocabulary) for numbers in DOCUMENTS])


def reversed_texts(mirror: Mirror) -> NgramIndex:
    return rebuilt(mirror, [made(numbers[::-1], mirror.vocabulary) for numbers in DOCUMENTS])


WRONG = (without_deletions, across_documents, one_lost, last_symbols_lost, reversed_texts)


@pytest.mark.parametrize("vocabulary", LEVELS)
@pytest.mark.parametrize("name", CHECKS)
def test_every_check_passes_on_the_right_index(name: str, vocabulary: int) -> None:
    mirror = truth(vocabulary)
    CHECKS[name](mirror.index(), mirror.live, patterns(vocabulary))


@pytest.mark.parametrize("vocabulary", LEVELS)
@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("name", CHECKS)
def test_every_check_catches_every_wrong_index(
    name: str, wrong: Callable[[Mirror], NgramIndex], vocabulary: int
) -> None:
    if name in ("fields", "words") and vocabulary != BYTES:
        return
    mirror = truth(vocabulary)
    index = wrong(mirror)
    with pytest.raises(AssertionError):
        CHECKS[name](index, mirror.live, patterns(vocabulary))


@dataclass(frozen=True)
class Lying:
    """An index of which one method answers something else."""

    index: NgramIndex
    method: str
    lie: Callable[[Any], Any]

    def __getattr__(self, name: str) -> Any:
        answer = getattr(self.index, name)
        if name != self.method:
            return answer
        return lambda *given, **named: self.lie(answer(*given, **named))


def one_more(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    changed = counts.copy()
    changed[-1:] += 1
    return changed


def flipped(masks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    masks[-1, -1] ^= True
    return masks


def one_later(places: Any) -> Any:
    return replace(places, ends=one_more(places.ends))


STEPS = ("ranges", "steps", "anchored", "fields", "words")
LIES: list[tuple[str, str, Callable[[Any], Any]]] = [
    ("counts", "count_many", one_more),
    ("counts", "count_many", np.zeros_like),
    ("single_counts", "count", lambda count: count + 1),
    ("documents", "documents_with", one_more),
    *((check, "totals", one_more) for check in STEPS),
    *((check, "masks", flipped) for check in STEPS),
    ("ranges", "next_symbols", lambda after: replace(after, ends=one_more(after.ends))),
    ("ranges", "next_symbols", lambda after: replace(after, counts=one_more(after.counts))),
    ("ranges", "next_symbols", lambda after: replace(after, symbols=after.symbols[::-1].copy())),
    ("steps", "extend", lambda states: states.take(np.arange(len(states))[::-1].copy())),
    *((check, "locate", one_later) for check in ("places", "limits", "after")),
    ("longest", "longest", lambda found: (one_more(found[0]), found[1])),
    ("longest", "longest", lambda found: (found[0], found[1] + 1)),
    ("search", "search", lambda top: replace(top, scores=top.scores + 1)),
    ("search", "search", lambda top: replace(top, ids=top.ids + 1)),
]


@pytest.mark.parametrize(("check", "method", "lie"), LIES)
def test_a_method_that_lies_is_caught(check: str, method: str, lie: Callable[[Any], Any]) -> None:
    mirror = truth(BYTES)
    lying = cast("NgramIndex", Lying(mirror.index(), method, lie))
    with pytest.raises(AssertionError):
        CHECKS[check](lying, mirror.live, patterns(BYTES))


def test_a_wrong_extract_is_caught() -> None:
    mirror = truth(BYTES)
    with pytest.raises(AssertionError):
        ngram_checks.check_extract(reversed_texts(mirror), mirror.live)


def test_a_listing_of_documents_that_are_not_allowed_is_caught() -> None:
    mirror = truth(BYTES)
    with pytest.raises(AssertionError):
        ngram_checks.check_allowed(
            mirror.index(), mirror.live, patterns(BYTES), lambda _: [None] * len(mirror.parts)
        )


def test_every_check_is_given_a_liar() -> None:
    assert {check for check, _, _ in LIES} == CHECKS.keys()
