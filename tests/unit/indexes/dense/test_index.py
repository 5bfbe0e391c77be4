"""Searching: passages, filters, ties, depth, what is refused, and what is imported when."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.contracts.index_contract import bits, same_results

from mnemic.errors import DimensionMismatch, InvalidInput, NotFound, Unsupported
from mnemic.indexes.dense import (
    DenseBatch,
    DenseIndex,
    DenseSegment,
    LiveSegment,
    Metric,
    candidates,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

MANY = np.random.default_rng(3).standard_normal((500, 8)).astype(np.float32)


def index(vectors: NDArray[np.float32], metric: Metric = "cosine", **batch: Any) -> DenseIndex:
    segment = DenseSegment.build(DenseBatch(vectors, metric, **batch))
    return DenseIndex([LiveSegment(segment, np.arange(segment.documents) * 10)])


def rows(*vectors: tuple[float, ...]) -> NDArray[np.float32]:
    return np.asarray(vectors, np.float32)


@pytest.mark.parametrize(
    ("metric", "scores"), [("ip", [10, 5]), ("cosine", [1, 0.6]), ("l2", [-17, -25])]
)
def test_each_metric_scores_as_it_says(metric: Metric, scores: list[float]) -> None:
    vectors = {
        "ip": rows((2.5, 4), (5, 0)),
        "cosine": rows((3, 4), (5, 0)),
        "l2": rows((2, 4), (4, 4)),
    }
    query = {"ip": rows((2, 0)), "cosine": rows((9, 0)), "l2": rows((1, 0))}
    found = index(vectors[metric], metric).search(query[metric], 2)
    np.testing.assert_allclose(found.scores, scores, atol=1e-7)


def test_a_document_has_the_score_of_its_best_passage() -> None:
    owners = np.asarray([0, 0, 2, 2, 2])
    vectors = rows((1, 0), (2, 0), (0, 1), (3, 0), (3, 0))
    found = index(vectors, "ip", owners=owners, documents=4).search_passages(rows((1, 0)), 9)
    assert found.documents.ids.tolist() == [20, 0]
    assert found.documents.scores.tolist() == [3, 2]
    assert found.passages.tolist() == [1, 1]


def test_every_passage_can_be_a_hit_of_its_own() -> None:
    owners = np.asarray([0, 0, 2, 2, 2])
    vectors = rows((1, 0), (2, 0), (2, 0), (0, 1), (2, 0))
    whole = index(vectors, "ip", owners=owners, documents=4)
    found = whole.search_passages(rows((1, 0)), 4, per_passage=True)
    assert found.documents.ids.tolist() == [0, 20, 20, 0]
    assert found.passages.tolist() == [1, 0, 2, 0]
    assert found.documents.scores.tolist() == [2, 2, 2, 1]
    second = [np.asarray([0b0100], np.uint8)]
    few = whole.search_passages(rows((1, 0)), 9, allowed=second, per_passage=True)
    assert (few.documents.ids.tolist(), few.passages.tolist()) == ([20] * 3, [0, 2, 1])


def test_tied_passages_beyond_the_first_look_are_seen() -> None:
    owners = np.repeat(np.arange(3), 400)
    whole = index(np.tile(MANY[:1], (1200, 1)), owners=owners)
    found = whole.search_passages(MANY[:1], 401, per_passage=True)
    assert found.documents.ids.tolist() == [0] * 400 + [10]
    assert found.passages.tolist() == [*range(400), 0]


def test_a_document_gives_back_the_vectors_it_was_stored_with() -> None:
    owners = np.asarray([0, 0, 2])
    whole = index(rows((3, 4), (0, 2), (0, 0)), owners=owners, documents=3)
    assert whole.vectors_of(0).tolist() == rows((0.6, 0.8), (0, 1)).tolist()
    assert whole.vectors_of(10).shape == (0, 2)
    taken = whole.vectors_of(20)
    taken[:] = 7
    assert whole.vectors_of(20).tolist() == [[0, 0]]
    with pytest.raises(NotFound, match="no live document has ordinal 5"):
        whole.vectors_of(5)
    with pytest.raises(InvalidInput, match="ordinal='0' is not a whole number"):
        whole.vectors_of("0")  # type: ignore[arg-type]


def test_one_document_with_all_the_nearest_passages_hides_no_other() -> None:
    far = np.tile(rows((0, 1)), (40, 1))
    owners = np.concatenate([np.zeros(400, np.int64), np.arange(1, 41)])
    vectors = np.concatenate([np.tile(rows((1, 0)), (400, 1)), far])
    found = index(vectors, owners=owners).search(rows((1, 0)), 3)
    assert found.ids.tolist() == [0, 10, 20]
    assert found.scores.tolist() == [1, 0, 0]


@pytest.mark.parametrize("metric", ["ip", "cosine", "l2"])
def test_equal_vectors_tie_by_ordinal_however_many_there_are(metric: Metric) -> None:
    found = index(np.tile(MANY[0], (300, 1)), metric).search(MANY[:2], 5)
    assert found.ids.tolist() == [0, 10, 20, 30, 40] * 2


def test_gaps_below_the_precision_of_float32_are_seen() -> None:
    vectors = np.full((200, 8), 1, np.float32)
    vectors[:, 0] = np.float32(1e4)
    vectors[150, 1] = np.nextafter(np.float32(1), np.float32(2))
    assert index(vectors, "ip").search(vectors[:1], 1).ids.tolist() == [1500]


def test_a_zero_vector_scores_0_with_cosine() -> None:
    zero = np.zeros((1, 8), np.float32)
    found = index(np.concatenate([zero, -MANY[:1], MANY[:1]])).search(MANY[:1], 3)
    np.testing.assert_allclose(found.scores, [1, 0, -1], atol=1e-7)
    assert found.ids.tolist() == [20, 0, 10]
    asked = index(MANY).search(zero, 3)
    assert (asked.scores.tolist(), asked.ids.tolist()) == ([0, 0, 0], [0, 10, 20])


def test_filters_and_tombstones_count_during_the_search() -> None:
    segment = DenseSegment.build(DenseBatch(MANY))
    live, allowed = np.arange(500) % 3 > 0, np.arange(500) % 7 > 0
    both = np.flatnonzero(live & allowed)
    found = DenseIndex([LiveSegment(segment, np.arange(500), bits(live.tolist()))]).search(
        MANY[:4], 50, allowed=[bits(allowed.tolist())]
    )
    few = DenseIndex([LiveSegment(DenseSegment.build(DenseBatch(MANY[both])), both)])
    same_results(found, few.search(MANY[:4], 50))


def test_nothing_allowed_and_no_vectors_find_nothing() -> None:
    whole = index(MANY)
    assert whole.search(MANY, 5, allowed=[np.zeros(63, np.uint8)]).ids.tolist() == []
    none = index(np.empty((0, 8), np.float32), owners=np.empty(0, np.int64), documents=9)
    assert none.search(MANY, 5).offsets.tolist() == [0] * 501
    assert none.stats().documents == 9


@pytest.mark.parametrize("batch", [1, 19, 20, 500])
def test_results_do_not_depend_on_the_batch(batch: int) -> None:
    whole = index(MANY, "l2")
    together = whole.search(MANY, 7)
    parts = [whole.search(MANY[i : i + batch], 7) for i in range(0, 500, batch)]
    assert np.concatenate([part.ids for part in parts]).tolist() == together.ids.tolist()
    scores = np.concatenate([part.scores for part in parts])
    assert scores.tobytes() == together.scores.tobytes()


# All passages of one document tie, so the search grows twice: it goes deeper, then it takes all.
TIED = np.concatenate([np.zeros(1500, np.int64), np.arange(1, 501)])


@pytest.mark.parametrize("owners", [None, TIED, np.repeat(np.arange(20), 100)])
@pytest.mark.parametrize("per_passage", [False, True])
def test_vectors_that_tie_are_not_all_held(
    monkeypatch: pytest.MonkeyPatch, owners: NDArray[np.int64] | None, per_passage: bool
) -> None:
    monkeypatch.setattr(candidates, "MAX_CANDIDATES", 1 << 13)
    whole, queries = index(np.tile(MANY[:1], (2000, 1)), owners=owners), np.tile(MANY[:1], (500, 1))
    whole.search(queries[:1], 10)  # FAISS is imported
    tracemalloc.start()
    try:
        found = whole.search_passages(queries, 10, per_passage=per_passage)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found.passages) == 5000
    # A million pairs of a query and a row have 16 bytes each.
    assert peak < 4_000_000


@pytest.mark.parametrize("metric", ["ip", "cosine", "l2"])
@pytest.mark.parametrize("owners", [None, TIED // 3, np.repeat(np.arange(20), 100)])
@pytest.mark.parametrize("most", [1, 700, 5000])
def test_results_do_not_depend_on_how_many_candidates_are_held(
    monkeypatch: pytest.MonkeyPatch, metric: Metric, owners: NDArray[np.int64] | None, most: int
) -> None:
    vectors = np.repeat(MANY[:4], [900, 600, 480, 20], axis=0)
    whole, queries = index(vectors, metric, owners=owners), MANY[:9]
    for k, per_passage in ((3, False), (12, False), (650, True)):
        expected = whole.search_passages(queries, k, per_passage=per_passage)
        with monkeypatch.context() as patch:
            patch.setattr(candidates, "MAX_CANDIDATES", most)
            found = whole.search_passages(queries, k, per_passage=per_passage)
        same_results(found.documents, expected.documents)
        assert found.passages.tolist() == expected.passages.tolist()


def test_searches_share_an_index_between_threads() -> None:
    whole = index(MANY)
    expected = whole.search(MANY, 7)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: whole.search(MANY, 7), range(8)):
            same_results(found, expected)


def test_queries_of_another_form_are_refused() -> None:
    whole, wrong = index(MANY), MANY[:3].copy()
    wrong[2, 5] = np.nan
    with pytest.raises(InvalidInput, match="queries row 2 holds NaN"):
        whole.search(wrong, 1)
    with pytest.raises(DimensionMismatch, match="queries have 3 dimensions, the index has 8"):
        whole.search(np.zeros((1, 3), np.float32), 1)
    with pytest.raises(InvalidInput, match="queries is float64"):
        whole.search(np.zeros((1, 8)), 1)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match=r"k='1'"):
        whole.search(MANY, "1")  # type: ignore[arg-type]


def test_queries_need_not_be_contiguous() -> None:
    whole = index(MANY)
    strided = np.asfortranarray(MANY[:40])
    same_results(whole.search(strided, 5), whole.search(MANY[:40], 5))


def test_segments_of_two_encoders_are_refused() -> None:
    segments = [DenseSegment.build(DenseBatch(MANY[:2, :d])) for d in (3, 8)]
    with pytest.raises(DimensionMismatch, match="of 3 and of 8 dimensions"):
        DenseIndex([LiveSegment(segment, np.arange(2)) for segment in segments])


@pytest.mark.parametrize("metric", ["ip", "cosine", "l2"])
def test_an_explanation_is_the_very_score(metric: Metric) -> None:
    owners = np.sort(np.random.default_rng(5).integers(0, 90, 500))
    whole = index(MANY, metric, owners=owners, documents=100)
    found = whole.search_passages(MANY[7:8], 100)
    scores, ids = found.documents.row(0)
    for score, ordinal, passage in zip(scores, ids, found.passages, strict=True):
        explained = whole.explain(MANY[7:8], ordinal)
        assert explained.value == score
        assert f"passage {passage}, the best of" in explained.description
    assert whole.explain(MANY[7:8], 990).description == "the document has no vector"


def test_only_live_documents_are_explained() -> None:
    segment = DenseSegment.build(DenseBatch(MANY[:3]))
    live = DenseIndex([LiveSegment(segment, np.asarray([2, 4, 6]), np.asarray([5], np.uint8))])
    np.testing.assert_allclose(live.explain(MANY[:1], 2).value, 1, atol=1e-6)
    assert live.explain(MANY[:1], 6).parts == ()
    for ordinal in (4, 3, -1, 7, 2**70):
        with pytest.raises(NotFound, match=f"ordinal {ordinal}"):
            live.explain(MANY[:1], ordinal)
    with pytest.raises(InvalidInput, match="no query"):
        live.explain(MANY[:0], 2)


def test_without_faiss_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(Unsupported, match="pip install faiss-cpu"):
        index(MANY).search(MANY, 1)


def test_faiss_is_loaded_by_the_first_scan() -> None:
    code = (
        "import sys, numpy as np; from mnemic.indexes.dense import *;"
        "s = DenseSegment.build(DenseBatch(np.eye(64, dtype=np.float32)));"
        "i = DenseIndex([LiveSegment(s, np.arange(64))]);"
        "print('faiss' in sys.modules); i.search(s.vectors[:1], 1); print('faiss' in sys.modules)"
    )
    child = [sys.executable, "-c", code]
    result = subprocess.run(child, capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["False", "True"]
