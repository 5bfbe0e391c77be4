"""One snapshot, many callers: every answer is the one of a single thread."""

from __future__ import annotations

import multiprocessing
import multiprocessing.queues
import random
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from tests.contracts.index_contract import same_results

from mnemic.errors import InvalidInput
from mnemic.indexes.sparse import LiveSegment, SparseIndex, SparseSegment, TermBatch


def rows(seed: int, count: int, length: int) -> TermBatch:
    source = random.Random(seed)
    return TermBatch.from_tokens(
        [[b"w%d" % int(source.paretovariate(0.6)) for _ in range(length)] for _ in range(count)]
    )


def index_of(threads: int) -> SparseIndex:
    segment = SparseSegment.build(rows(1, 5_000, 20))
    live = np.packbits(np.arange(5_000) % 7 != 0, bitorder="little")
    return SparseIndex([LiveSegment(segment, np.arange(5_000), live)], threads=threads)


QUERIES = rows(2, 60, 5)


@pytest.mark.parametrize("threads", [0, 2, 7, 256])
def test_a_batch_does_not_depend_on_the_number_of_threads(threads: int) -> None:
    alone = index_of(1).search(QUERIES, 20)
    same_results(alone, index_of(threads).search(QUERIES, 20))


def test_callers_in_parallel_get_equal_results() -> None:
    expected, shared = index_of(1).search(QUERIES, 20), index_of(3)
    start = threading.Barrier(8)

    def search(_: int) -> None:
        start.wait()
        for _ in range(5):
            same_results(expected, shared.search(QUERIES, 20))

    with ThreadPoolExecutor(8) as callers:
        list(callers.map(search, range(8)))


def test_an_error_in_one_call_leaves_the_pool_working() -> None:
    index = index_of(4)
    with pytest.raises(InvalidInput, match="k="):
        index.search(QUERIES, -1)
    assert len(index.search(QUERIES, 3)) == 60


def test_the_gil_is_released_while_searching() -> None:
    index, done = index_of(1), threading.Event()
    large = rows(3, 3_000, 8)

    def search() -> None:
        index.search(large, 100)
        done.set()

    searching = threading.Thread(target=search)
    turns, switch = 0, sys.getswitchinterval()
    sys.setswitchinterval(60)  # only a released GIL lets this thread run before the search ends
    try:
        searching.start()
        while not done.is_set():
            turns += 1
            done.wait(0.0001)
    finally:
        sys.setswitchinterval(switch)
    searching.join()
    assert turns > 2


def _search_in_child(results: multiprocessing.queues.Queue[list[int]]) -> None:
    results.put(index_of(4).search(QUERIES, 5).ids.tolist())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_has_a_pool_of_its_own() -> None:
    expected = index_of(4).search(QUERIES, 5).ids.tolist()
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    child = context.Process(target=_search_in_child, args=(results,))
    child.start()
    assert results.get(timeout=30) == expected
    child.join()
