"""One round of many patterns on one corpus, cut, deleted, merged and reopened by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.contracts import ngram_checks, ngram_corpora
from tests.contracts.ngram_checks import CHECKS
from tests.contracts.ngram_mirror import Mirror

if TYPE_CHECKING:
    from numpy.random import Generator
    from tests.contracts.ngram_corpora import Corpus

PATTERNS = 45
"""In each round; a case is a pattern on a corpus under a deletion."""
LONGEST_TEXTS = 4


def mirror_of(rng: Generator, corpus: Corpus) -> Mirror:
    """A corpus in some segments, of some blocks, after a deletion, a merge, a reopening or none."""
    size = len(corpus.documents)
    cuts = rng.integers(0, size + 1, int(rng.integers(0, 3))).tolist()
    blocks, rate = int(rng.choice([1, 8, 64, 1 << 20])), int(rng.choice([4, 8, 16, 1024]))
    mirror = Mirror.of(corpus, cuts, block_symbols=blocks, rate=rate)
    if rng.random() < 0.4:
        mirror.reopen()
    mirror.delete(_doomed(rng, list(mirror.live)))
    if rng.random() < 0.4:
        mirror.index().count_many(ngram_checks.batch_of([corpus.symbols([0])], corpus.vocabulary))
        mirror.delete(_doomed(rng, list(mirror.live)))
    if rng.random() < 0.3:
        mirror.merge(int(rng.integers(0, 2)), int(rng.integers(1, 4)))
    if rng.random() < 0.3:
        mirror.parts.reverse()  # an index takes its segments in any order
    return mirror


def _doomed(rng: Generator, ordinals: list[int]) -> list[int]:
    """None, one, some, most, or all."""
    share = float(rng.choice([0, 0, 0.1, 0.5, 0.9, 1]))
    return [ordinal for ordinal in ordinals if rng.random() < share]


def check_round(rng: Generator, corpus: Corpus) -> None:
    mirror = mirror_of(rng, corpus)
    index, live = mirror.index(threads=int(rng.integers(1, 3))), mirror.live
    patterns = ngram_corpora.patterns(rng, corpus, PATTERNS)
    for name in ("counts", "documents", "places"):
        CHECKS[name](index, live, patterns)
    for name, check in CHECKS.items():
        if name != "longest":
            check(index, live, patterns[:6])
    CHECKS["longest"](index, live, [pattern[:30] for pattern in patterns[-LONGEST_TEXTS:]])
    ngram_checks.check_allowed(index, live, patterns[:6], mirror.bitmaps)
    ngram_checks.check_extract(index, dict(list(live.items())[:20]))
