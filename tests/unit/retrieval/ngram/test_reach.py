"""How far the corpus goes along with texts: the same for every window, and at a bounded cost."""

from __future__ import annotations

import numpy as np
import pytest
from tests.contracts.ngram_oracle import longest
from tests.unit.retrieval.ngram.corpora import Numbers, batch_of, index_of

from mnemic.retrieval.ngram.reach import match_ends

LONG = tuple(int(each) for each in np.random.default_rng(7).integers(0, 3, 60))
DOCUMENTS = (LONG, (*LONG[20:50], 3, *LONG[:20]), (4, 4, 4, 4), ())
INDEX = index_of(batch_of(DOCUMENTS, 6))
TEXTS: tuple[Numbers, ...] = (
    LONG,
    LONG + LONG,
    (5, *LONG[3:40], 5, 5, *LONG[10:]),
    (),
    (4,) * 9,
    (5,),
    LONG[25:55] + LONG[20:50] + (3,),
)


@pytest.mark.parametrize("window", [1, 2, 3, 5, 16, 60, 500])
def test_the_ends_are_those_of_a_scan(window: int) -> None:
    batch = batch_of(TEXTS, 6)
    ends = match_ends(INDEX, batch, window=window)
    lengths = (ends - np.arange(len(ends))).tolist()
    live = dict(enumerate(DOCUMENTS))
    assert lengths == [length for text in TEXTS for length, _ in longest(live, text)]


def test_a_copied_text_does_not_cost_the_square_of_its_length(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = tuple(int(each) for each in np.random.default_rng(1).integers(0, 4, 4_000))
    index = index_of(batch_of([text], 6), parts=1)
    symbols = 0
    asked = type(index).longest

    def counted(self: object, texts: object) -> object:
        nonlocal symbols
        symbols += int((np.diff(texts.offsets) ** 2).sum())  # type: ignore[attr-defined]
        return asked(self, texts)  # type: ignore[arg-type]

    monkeypatch.setattr(type(index), "longest", counted)
    ends = match_ends(index, batch_of([text], 6), window=16)
    assert set(ends.tolist()) == {len(text)}
    assert symbols <= 4 * 16 * len(text)
