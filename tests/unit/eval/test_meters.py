"""Meters: percentiles, samples, budgets and memory."""

from __future__ import annotations

import mmap
import time

import numpy as np

from mnemic.eval.meters import Latency, Meter, peak_rss_bytes, time_each


def test_few_queries_are_all_timed_once_after_a_warm_up() -> None:
    asked: list[int] = []
    latency = time_each(asked.append, 5)
    assert sorted(asked[1:]) == [0, 1, 2, 3, 4]
    assert (len(latency.values), latency.sampled) == (5, False)


def test_many_queries_are_sampled_without_repeats() -> None:
    asked: list[int] = []
    latency = time_each(asked.append, 1000, most=50)
    assert len(set(asked[1:])) == 50
    assert (len(latency.values), latency.of, latency.sampled) == (50, 1000, True)


def test_a_slow_retriever_is_not_asked_for_ever() -> None:
    latency = time_each(lambda _: time.sleep(0.002), 1000, seconds=0.01)
    assert 10 <= len(latency.values) < 50


def test_percentiles_are_interpolated() -> None:
    latency = Latency.from_values([4.0, 1.0, 3.0, 2.0], of=4)
    assert (latency.p50, latency.p95) == (2.5, float(np.percentile([1, 2, 3, 4], 95)))


def test_stages_add_up() -> None:
    meter = Meter()
    for _ in range(2):
        with meter.stage("work"):
            time.sleep(0.001)
    (stage,) = meter.stages
    assert (stage.name, stage.calls) == ("work", 2)
    assert stage.seconds >= 0.002


def test_memory_of_a_stage_is_seen() -> None:
    meter = Meter()
    with meter.stage("small"):
        pass
    # Pages of its own: malloc may have some left that are resident already.
    with meter.stage("large"), mmap.mmap(-1, 64_000_000) as pages:
        pages.write(bytes(64_000_000))
    small, large = meter.stages
    assert large.peak_rss_bytes > small.peak_rss_bytes + 40_000_000
    assert peak_rss_bytes() >= large.peak_rss_bytes
