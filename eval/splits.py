"""What may be tuned on, and what is for reporting only: ``splits.json`` beside this file says.

Whatever is not listed is for reporting only.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def rules() -> dict[str, Any]:
    """The content of ``splits.json``: data set -> what of it may be tuned on."""
    text = files("mnemic.eval").joinpath("splits.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)["tuning"]
    return content


def is_tuning(dataset: str, split: str, query_id: str) -> bool:
    """Whether settings may be chosen by looking at this query's results.

    Args:
        dataset: The data set's name, e.g. ``scifact``.
        split: The split's name, e.g. ``train``.
        query_id: The query's id.
    """
    rule = rules().get(dataset)
    if rule is None:
        return False
    if split in rule.get("splits", ()):
        return True
    prefixes = tuple(f"{name}:" for name in rule.get("conversations", ()))
    return query_id.startswith(prefixes) if prefixes else _by_prefix(dataset, query_id)


def _by_prefix(dataset: str, query_id: str) -> bool:
    width = int(rules()[dataset].get("query_prefix_length", 0))
    return bool(width) and query_id[:width] in _prefixes(dataset)


@cache
def _prefixes(dataset: str) -> frozenset[str]:
    return frozenset(" ".join(rules()[dataset]["query_prefixes"]).split())


def tuning_articles(dataset: str) -> frozenset[str]:
    """The articles of a data set whose questions are for tuning (ids such as ``Normans``)."""
    return frozenset(rules().get(dataset, {}).get("articles", ()))
