"""No changed byte goes unnoticed: every mutation of every file is a typed error that names it."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.counts import scaled
from tests.golden.format_v1 import make_format_v1

from mnemic.errors import FormatTooNew, IndexCorrupt
from mnemic.indexes.storage import (
    FileDirectory,
    FileEntry,
    ManifestStore,
    RamDirectory,
    canonical,
    layout,
    manifest_format,
    open_arrays,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mnemic.indexes.storage import Directory

MANIFEST = "MANIFEST.json"
RANDOM_MUTATIONS = scaled(3_000, 200_000)
Mutation = tuple[str, bytes]

ORIGINALS = RamDirectory()
STATE = make_format_v1.make(ORIGINALS)
ENTRIES = {entry.name: entry for entry in STATE.files}
# One with every kind of section and padding, one live bitmap, and the manifest.
NAMES = ["s000000000001-00000000000000a1.sparse", "s000000000002-00000000000000b2.live.2", MANIFEST]


def opened(directory: Directory, name: str) -> object:
    if name == MANIFEST:
        return ManifestStore(directory).load()
    return open_arrays(directory, ENTRIES[name], kind=ENTRIES[name].kind)


def check(data: bytes, name: str, *, directory: Directory | None = None) -> None:
    """Open a changed file; anything but a typed error that names it fails the test."""
    place = RamDirectory() if directory is None else directory
    place.replace(name, data)
    with pytest.raises(IndexCorrupt) as caught:
        opened(place, name)
    assert name in caught.value.message


def check_all(name: str, mutations: Iterator[Mutation]) -> None:
    for what, data in mutations:
        try:
            check(data, name)
        except BaseException as error:
            error.add_note(f"{name}: {what}")
            raise


def flips(data: bytes) -> Iterator[Mutation]:
    """Every single bit: magic, version, header, table, padding, sections, trailer."""
    for position in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[position] ^= 1 << bit
            yield f"bit {bit} of byte {position}", bytes(changed)


def cuts(data: bytes) -> Iterator[Mutation]:
    """Every shorter length, and some longer ones."""
    for length in range(len(data)):
        yield f"cut to {length}", data[:length]
        yield f"beginning at {length + 1}", data[length + 1 :]
    for tail in (b"\0", b"\n", b" ", bytes(64), data[-16:], data):
        yield f"{len(tail)} bytes more", data + tail


def scrambles(data: bytes, *, seed: int, number: int) -> Iterator[Mutation]:
    """Random damage: overwritten, swapped, doubled, removed and zeroed spans, several at once."""
    chance = random.Random(seed)
    for index in range(number):
        changed = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            _damage(changed, chance)
        if changed != data:
            yield f"seed {seed}, mutation {index}", bytes(changed)


def _damage(data: bytearray, chance: random.Random) -> None:
    start, length = chance.randrange(len(data) + 1), chance.choice([1, 2, 8, 16, 64, 100])
    other = chance.randrange(len(data) + 1)
    kinds: list[Callable[[], bytes]] = [
        lambda: chance.randbytes(length),
        lambda: bytes(length),
        lambda: bytes(data[other : other + length]),
        lambda: b"",
    ]
    replacement = chance.choice(kinds)()
    keep_length = chance.random() < 0.7
    data[start : start + (len(replacement) if keep_length else length)] = replacement


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_flipped_bit_is_noticed(name: str) -> None:
    check_all(name, flips(ORIGINALS.read(name)))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_truncation_and_extension_is_noticed(name: str) -> None:
    check_all(name, cuts(ORIGINALS.read(name)))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_random_damage_is_noticed(name: str) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    check_all(name, scrambles(ORIGINALS.read(name), seed=seed, number=RANDOM_MUTATIONS))


@pytest.mark.parametrize("name", NAMES)
def test_mapped_files_are_checked_as_well(tmp_path: Path, name: str) -> None:
    data, directory = ORIGINALS.read(name), FileDirectory(tmp_path)
    middle = bytearray(data)
    middle[len(data) // 2] ^= 0x10
    for changed in (b"", data[:1], data[:63], data[:-1], data + b"\0", bytes(middle)):
        check(changed, name, directory=directory)


@pytest.mark.parametrize("newer_by", [1, 2, 255, 2**31])
@pytest.mark.parametrize("name", NAMES)
def test_newer_versions_are_told_from_damage(name: str, newer_by: int) -> None:
    place = RamDirectory()
    version = newer_by + (manifest_format.VERSION if name == MANIFEST else layout.VERSION)
    newer = canonical.dumps({"format": manifest_format.format_field(version)})
    newer_arrays = layout.preamble(version) + ORIGINALS.read(name)[16:]
    place.replace(name, newer if name == MANIFEST else newer_arrays)
    with pytest.raises(FormatTooNew, match=f"{name} has format version {version}"):
        opened(place, name)


def test_files_of_one_state_cannot_be_exchanged() -> None:
    for name, entry in ENTRIES.items():
        for other in ENTRIES.values():
            if other.checksum != entry.checksum:
                check(ORIGINALS.read(other.name), name)


def sealed(table: bytes, body: bytes) -> tuple[bytes, FileEntry]:
    """A file whose checksums all fit, whatever its table says."""
    padding = bytes(
        layout.aligned(layout.HEADER_SIZE + len(table)) - layout.HEADER_SIZE - len(table)
    )
    size = layout.HEADER_SIZE + len(table) + len(padding) + len(body) + layout.TRAILER.size
    header = layout.Header(len(table), size, layout.hash_of(table))
    start = layout.pack_header(header) + table
    data = start + padding + body + layout.pack_trailer(header)
    return data, FileEntry("a.sparse", "sparse", len(data), layout.checksum_of(start))


def row(**changes: Any) -> dict[str, Any]:
    empty = f"{layout.hash_of(b''):016x}"
    sound = {"name": "a", "dtype": "u1", "shape": [0], "offset": 0, "length": 0, "hash": empty}
    return {**sound, **changes}


def table(*rows: Any, **changes: Any) -> bytes:
    return canonical.dumps({"arrays": list(rows), "kind": "sparse", "settings": {}, **changes})


HOSTILE = {
    "not JSON": b"{",
    "empty": b"",
    "not an object": b"[]",
    "deep": b"[" * 100_000,
    "no arrays": canonical.dumps({"kind": "sparse", "settings": {}}),
    "other kind": table(kind="columns"),
    "settings not an object": table(settings=[]),
    "arrays not a list": table(arrays={}),
    "row not an object": table(1),
    "row with less": table({"name": "a"}),
    "name not a text": table(row(name=1)),
    "two of a name": table(row(), row()),
    "unknown dtype": table(row(dtype="O")),
    "dtype not a text": table(row(dtype=["u1"])),
    "hash not a text": table(row(hash=1)),
    "wrong hash": table(row(hash="0" * 16)),
    "shape not a list": table(row(shape=0)),
    "negative shape": table(row(shape=[-1])),
    "float shape": table(row(shape=[0.0])),
    "boolean shape": table(row(shape=[False])),
    "huge shape": table(row(shape=[2**62], length=2**62)),
    "overflowing shape": table(row(shape=[2**40, 2**40], length=2**80)),
    "impossible empty shape": table(row(shape=[0, 2**70])),
    "too many dimensions": table(row(shape=[0] * 100)),
    "offset beyond": table(row(offset=64)),
    "negative offset": table(row(offset=-64)),
    "length beyond": table(row(shape=[65], length=65)),
    "length of another shape": table(row(length=1)),
    "does not fill the file": table(),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_tables_are_refused_in_spite_of_right_checksums(case: str) -> None:
    body = bytes(64) if case == "does not fill the file" else b""
    data, entry = sealed(HOSTILE[case], body)
    place = RamDirectory()
    place.replace(entry.name, data)
    with pytest.raises(IndexCorrupt, match=r"a\.sparse"):
        open_arrays(place, entry, kind="sparse")


def test_the_sealed_file_itself_is_sound() -> None:
    data, entry = sealed(table(row()), b"")
    place = RamDirectory()
    place.replace(entry.name, data)
    assert open_arrays(place, entry, kind="sparse").arrays["a"].shape == (0,)
    with pytest.raises(IndexCorrupt):
        open_arrays(place, replace(entry, size=entry.size + 1), kind="sparse")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["u1", "a", "sparse"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*row(), "arrays", "kind", "settings"]), inner, max_size=6
        )
    ),
    max_leaves=12,
)


@settings(max_examples=scaled(300, 20_000), print_blob=True, deadline=None)
@given(value=JSON, key=st.sampled_from([*row()]))
def test_any_value_in_any_place_is_refused_or_sound(value: Any, key: str) -> None:
    for content in (canonical.dumps(value), table(row(**{key: value})), table(value)):
        data, entry = sealed(content, b"")
        place = RamDirectory()
        place.replace(entry.name, data)
        try:
            arrays = open_arrays(place, entry, kind="sparse").arrays
        except IndexCorrupt:
            continue
        assert sum(array.nbytes for array in arrays.values()) == 0
