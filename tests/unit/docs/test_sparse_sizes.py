"""The sizes on the guide of the sparse engine are those of the native core."""

from __future__ import annotations

import re

import pytest
from tests.unit.docs.blocks import page
from tests.unit.packaging.tree import ROOT

TEXT = " ".join(page("sparse.md").split())
NATIVE = ROOT / "indexes" / "native"
SIZES = (
    ("packing.hpp", "block_size", "blocks of {}"),
    ("dictionary.hpp", "group_size", "{} in a group"),
    ("frontier.hpp", "most_points", "at most {} (more are joined"),
    ("unpacked.hpp", "window_size", "windows of {:,} documents"),
    ("reaching.hpp", "bound_width", "a byte of bound for each {} documents"),
    ("segment_search.hpp", "exhaustive_postings", "fewer than {} postings for each of the k"),
    ("unpacking.hpp", "fewest_unpacked", "from {} documents and one for each window on"),
    ("unpacking.hpp", "rarest_frequent", "one document in {} has are frequent"),
)


@pytest.mark.parametrize(("header", "name", "said"), SIZES)
def test_the_sizes_on_the_page_are_those_of_the_core(header: str, name: str, said: str) -> None:
    code = (NATIVE / header).read_text("utf-8")
    (number,) = re.findall(rf"constexpr std::\w+ {name} = (\d+);", code)
    assert said.format(int(number)) in TEXT


def test_the_memory_on_the_page_is_that_of_the_core() -> None:
    code = (NATIVE / "unpacked.hpp").read_text("utf-8")
    (number,) = re.findall(r"std::atomic<std::size_t> bytes\{(\d+)\}", code)
    assert f"{number} bytes for each posting of a segment at most" in TEXT
