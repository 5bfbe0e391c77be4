"""What may be tuned on."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from mnemic.eval.datasets import load
from mnemic.eval.splits import is_tuning, rules, tuning_articles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    ("dataset", "split", "query", "expected"),
    [
        ("scifact", "train", "2", True),
        ("scifact", "test", "2", False),
        ("locomo", "test", "conv-26:q0", True),
        ("locomo", "test", "conv-30:q7", True),
        ("locomo", "test", "conv-41:q7", True),
        ("locomo", "test", "conv-42:q7", False),
        ("locomo", "test", "conv-260:q7", False),
        ("squad2-dev", "test", "68cf05f67fd29c6f129fe2fb9", True),
        ("squad2-dev", "test", "", False),
        ("cranfield", "train", "1", False),
        ("unknown", "train", "1", False),
    ],
)
def test_only_what_is_listed_may_be_tuned_on(
    dataset: str, split: str, query: str, expected: bool
) -> None:
    assert is_tuning(dataset, split, query) is expected


@pytest.mark.data
def test_the_list_is_the_first_half_of_squads_articles(
    data_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    dataset = load(data_folder("squad2-dev"), data=None, cache=tmp_path)
    articles = list(dict.fromkeys(d.id.rsplit("#", 1)[0] for d in dataset.documents()))
    first = set(articles[: len(articles) // 2])
    assert tuning_articles("squad2-dev") == first
    for query, grades in dataset.qrels.judgements.items():
        expected = next(iter(grades)).rsplit("#", 1)[0] in first
        assert is_tuning("squad2-dev", "test", query) is expected


@pytest.mark.data
def test_the_digest_of_the_full_ids_is_right(
    data_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = data_folder("squad2-dev")
    ids = {query.id for query in load(folder, data=None, cache=tmp_path).queries}
    with (folder / "unanswerable.jsonl").open() as file:
        ids |= {json.loads(line)["_id"] for line in file}
    listed = sorted(query for query in ids if is_tuning("squad2-dev", "test", query))
    rule = rules()["squad2-dev"]
    assert len(listed) == rule["queries"]
    assert hashlib.sha256("\n".join(listed).encode()).hexdigest() == rule["queries_sha256"]
