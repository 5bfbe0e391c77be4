"""Names are ours, unique, sortable, and stay in the folder."""

from __future__ import annotations

import pytest

from mnemic.errors import InvalidInput
from mnemic.indexes.storage import names


def test_segment_ids_are_unique_and_sort_by_generation() -> None:
    made = [names.new_segment_id(g) for g in (0, 1, 2, 10, 255, 256, 10**6, 2**48 - 1)]
    assert made == sorted(made)
    assert len({names.new_segment_id(1) for _ in range(1_000)}) == 1_000
    assert all(names.is_segment_id(identity) for identity in made)


@pytest.mark.parametrize("generation", [-1, 2**48])
def test_generations_have_a_range(generation: int) -> None:
    with pytest.raises(InvalidInput, match="generation"):
        names.new_segment_id(generation)


def test_file_names_carry_the_segment() -> None:
    identity = names.new_segment_id(3)
    name = names.segment_file_name(identity, "sparse")
    live = names.segment_file_name(identity, "live", generation=12)
    assert name == f"{identity}.sparse"
    assert names.segment_of(name) == names.segment_of(live) == identity
    assert names.target_of(names.temporary_name(name)) == name
    assert names.target_of(names.temporary_name("MANIFEST.json")) == "MANIFEST.json"


@pytest.mark.parametrize("identity", ["", "s1", "../s000000000001-00000000000000a1"])
def test_foreign_ids_name_no_file(identity: str) -> None:
    with pytest.raises(InvalidInput):
        names.segment_file_name(identity, "sparse")


@pytest.mark.parametrize("kind", ["", "Live", "a/b", "a\n"])
def test_foreign_kinds_name_no_file(kind: str) -> None:
    with pytest.raises(InvalidInput):
        names.segment_file_name(names.new_segment_id(1), kind)


@pytest.mark.parametrize(
    "name", ["notes.txt", "", "MANIFEST.json", "s000000000001-00000000000000a1"]
)
def test_foreign_names_are_not_ours(name: str) -> None:
    assert names.segment_of(name) is None
    assert names.target_of(name) is None
