"""Texts become vectors in their order, in batches, whatever form the answer has."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.endpoint_server import EndpointServer, as_it_is, changing, failing, in_base64, vector

from mnemic.errors import DimensionMismatch, InvalidInput, NotFound
from mnemic.llm.http import Usage
from mnemic.llm.http.batches import spans

if TYPE_CHECKING:
    from collections.abc import Callable

    from mnemic.llm.http import Endpoint

TEXTS = [f"text number {number}" for number in range(10)]


def test_rows_belong_to_texts(endpoint: Endpoint) -> None:
    found = endpoint.embeddings("tiny", TEXTS)
    assert found.vectors.dtype == np.float32
    np.testing.assert_array_equal(found.vectors, np.array([vector(t) for t in TEXTS], np.float32))
    assert found.usage == Usage(30)
    assert found.model == "tiny-v1"


def test_no_texts_need_no_request(endpoint: Endpoint, server: EndpointServer) -> None:
    assert endpoint.embeddings("tiny", []).vectors.shape == (0, 0)
    assert endpoint.embeddings("tiny", [], dimensions=4).vectors.shape == (0, 4)
    assert server.received == []


@pytest.mark.parametrize(
    "change", [in_base64, lambda content: content["data"].reverse()], ids=["base64", "shuffled"]
)
def test_other_forms_of_the_answer_are_read(
    endpoint: Endpoint, server: EndpointServer, change: Callable[[dict[str, Any]], Any]
) -> None:
    server.faults.append(changing(change))
    found = endpoint.embeddings("tiny", TEXTS).vectors
    np.testing.assert_array_equal(found, np.array([vector(t) for t in TEXTS], np.float32))


def test_batches_are_cut_and_joined(connect: Any, server: EndpointServer) -> None:
    found = connect(batch_texts=3).embeddings("tiny", TEXTS)
    assert sorted(map(len, server.inputs())) == [1, 3, 3, 3]
    np.testing.assert_array_equal(found.vectors, np.array([vector(t) for t in TEXTS], np.float32))
    assert found.usage == Usage(30)


def test_batches_are_sent_side_by_side(connect: Any, server: EndpointServer) -> None:
    both = Barrier(2, timeout=30)
    server.hold = lambda: bool(both.wait())
    endpoint = connect(batch_texts=5, concurrency=2, retries=0)
    assert len(endpoint.embeddings("tiny", TEXTS).vectors) == 10


def test_no_more_requests_than_allowed_are_under_way(connect: Any, server: EndpointServer) -> None:
    endpoint = connect(batch_texts=1, concurrency=2, retries=0)
    more: list[bool] = []
    # Whenever two are under way, no call of any thread could begin another.
    slots = endpoint._transport._slots
    both = Barrier(2, lambda: more.append(slots.acquire(blocking=False)), timeout=30)
    server.hold = both.wait
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: endpoint.embeddings("tiny", TEXTS), range(2)))
    assert more == [False] * 10
    assert [len(each.vectors) for each in found] == [10, 10]


def test_dimensions_are_asked_for_and_checked(endpoint: Endpoint, server: EndpointServer) -> None:
    assert endpoint.embeddings("tiny", TEXTS, dimensions=4).vectors.shape == (10, 4)
    assert server.received[-1].body["dimensions"] == 4
    longer = changing(lambda content: [item["embedding"].append(1.0) for item in content["data"]])
    server.faults.append(longer)
    with pytest.raises(
        DimensionMismatch, match="tiny gave vectors of 5 dimensions, asked for were 4"
    ):
        endpoint.embeddings("tiny", TEXTS, dimensions=4)


def test_batches_of_different_widths_are_refused(connect: Any, server: EndpointServer) -> None:
    longer = changing(lambda content: [item["embedding"].append(1.0) for item in content["data"]])
    server.faults.extend([as_it_is, longer])
    with pytest.raises(DimensionMismatch, match="16 and of 17"):
        connect(batch_texts=5).embeddings("tiny", TEXTS)


@pytest.mark.parametrize("bad", range(7))
def test_the_text_to_blame_is_named(connect: Any, bad: int) -> None:
    texts = [*TEXTS[:bad], "x" * 20_000, *TEXTS[bad:6]]
    with pytest.raises(InvalidInput, match=rf"^text {bad}: .* 400: this model's maximum"):
        connect(batch_texts=4).embeddings("tiny", texts)


def test_a_smaller_limit_of_the_endpoint_is_met(endpoint: Endpoint, server: EndpointServer) -> None:
    server.faults.append(failing(413, "at most 5 texts"))
    found = endpoint.embeddings("tiny", TEXTS)
    assert list(map(len, server.inputs())) == [10, 5, 5]
    np.testing.assert_array_equal(found.vectors, np.array([vector(t) for t in TEXTS], np.float32))


def test_one_failing_batch_stops_the_others(connect: Any, server: EndpointServer) -> None:
    server.faults.append(failing(404, "no such model"))
    with pytest.raises(NotFound, match="no such model"):
        connect(batch_texts=1, concurrency=1).embeddings("tiny", TEXTS)
    assert len(server.received) == 1


@pytest.mark.parametrize("text", [7, "broken \ud800"])
def test_what_is_no_text_is_refused_before_it_is_sent(
    endpoint: Endpoint, server: EndpointServer, text: Any
) -> None:
    with pytest.raises(InvalidInput, match="text 1"):
        endpoint.embeddings("tiny", ["fine", text])
    assert server.received == []


@pytest.mark.parametrize("lengths", [[], [1], [9, 9], [3] * 10, [1, 20, 1], [10, 1], [1, 10]])
@pytest.mark.parametrize("most", [1, 2, 64])
def test_batches_keep_both_limits(lengths: list[int], most: int) -> None:
    found = list(spans(lengths, most=most, characters=10))
    assert [place for span in found for place in span] == list(range(len(lengths)))
    assert all(1 <= len(span) <= most for span in found)
    assert all(sum(lengths[place] for place in span) <= 10 or len(span) == 1 for span in found)
    assert found == [] or len(found[0]) == 1 or most > 1
