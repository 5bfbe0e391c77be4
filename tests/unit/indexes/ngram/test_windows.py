"""Windows over places: every arrangement of a few of them, beside trying all combinations."""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pytest

from mnemic.errors import LimitExceeded
from mnemic.indexes.ngram.windows import Clause, within

if TYPE_CHECKING:
    from collections.abc import Sequence

Span: TypeAlias = tuple[int, int, int]
SPANS: list[Span] = [(0, 0, 2), (0, 1, 2), (0, 3, 4), (1, 0, 1), (1, 1, 4)]


def clause(spans: Sequence[Span]) -> Clause:
    columns = np.array(spans, np.int64).reshape(-1, 3).T
    return Clause(*columns)


def fits(meeting: Sequence[Span], window: int | None) -> bool:
    stretch = max(span[2] for span in meeting) - min(span[1] for span in meeting)
    return len({span[0] for span in meeting}) == 1 and (window is None or stretch <= window)


@pytest.mark.parametrize("window", [1, 2, 3, 4, None])
def test_a_place_takes_part_where_any_combination_fits(window: int | None) -> None:
    some = [list(chosen) for size in range(4) for chosen in combinations(SPANS, size)]
    for first, second in product(some, repeat=2):
        rows = within([clause(first), clause(second)], driver=0, window=window)
        wanted = [
            at for at, span in enumerate(first) if any(fits([span, x], window) for x in second)
        ]
        assert rows[:, 0].tolist() == wanted
        assert all(fits([first[a], second[b]], window) for a, b in rows.tolist())


@pytest.mark.parametrize("driver", [0, 1, 2])
def test_three_clauses_share_one_stretch_whichever_drives(driver: int) -> None:
    near = clause([(0, 10, 12), (1, 10, 12)])
    left = clause([(0, 0, 2), (1, 6, 8)])
    right = clause([(0, 20, 22), (1, 14, 16)])
    # Each pair of the first group is within 12, but no stretch of 12 holds all three.
    rows = within([near, left, right], driver=driver, window=12)
    assert rows.tolist() == [[1, 1, 1]]


def test_one_clause_alone_takes_part_where_it_fits() -> None:
    alone = clause([(0, 0, 3), (0, 5, 7)])
    assert within([alone], driver=0, window=2).tolist() == [[1]]
    assert within([alone], driver=0, window=None).tolist() == [[0], [1]]


def test_places_and_windows_of_any_size_fit_on_the_axis() -> None:
    far = clause([(0, 2**40, 2**40 + 1), (2**60, 5, 6)])
    assert within([far, far], driver=1, window=2**62).tolist() == [[0, 0], [1, 1]]
    beyond = clause([(group, 2**60, 2**60 + 1) for group in range(4)])
    with pytest.raises(LimitExceeded, match="groups"):
        within([beyond], driver=0, window=None)
