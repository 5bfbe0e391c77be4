"""The bytes of an array file, format 1: what stands where, and how it is checked.

    0    preamble  magic (8), format version u32, check of the two u32; never changes its form
    16   header    table length u64, file size u64, table hash u64, 16 zero bytes, header hash u64
    64   table     JSON: kind, settings, and for each array name, dtype, shape, offset, length, hash
    ..   sections  raw little-endian arrays, each from a multiple of 64, zeros between them
    ..   trailer   table hash u64, magic backwards (8)

All numbers are little-endian and all hashes are XXH3-64 (https://github.com/Cyan4973/xxHash).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import xxhash

from mnemic.errors import FormatTooNew

MAGIC = b"\x89MNEMIC\n"  # a byte that is not ASCII and a line end, as in PNG, show text transfers
END = MAGIC[::-1]
VERSION = 1
ALIGNMENT = 64
PREAMBLE = struct.Struct("<8sII")
HEADER = struct.Struct("<QQQ16s")
HASH = struct.Struct("<Q")
TRAILER = struct.Struct("<Q8s")
HEADER_SIZE = 64
DTYPES = {
    code: np.dtype(f"<{code}")
    for code in ("u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8")
}
CODES = {dtype: code for code, dtype in DTYPES.items()}


class Malformed(Exception):
    """Bytes that are not of the form; whoever knows the file turns it into ``IndexCorrupt``."""


@dataclass(frozen=True, slots=True)
class Header:
    """The numbers of a header: bytes of the table, bytes of the file, hash of the table."""

    table_length: int
    file_size: int
    table_hash: int


def hash_of(data: bytes | memoryview) -> int:
    """XXH3-64 of some bytes, about 10 GB/s."""
    return xxhash.xxh3_64_intdigest(data)


def checksum_of(data: bytes | memoryview) -> str:
    """XXH3-128 in hex, for the identity of a whole file."""
    return xxhash.xxh3_128_hexdigest(data)


def aligned(offset: int) -> int:
    """The next multiple of 64."""
    return -(-offset // ALIGNMENT) * ALIGNMENT


def preamble(version: int) -> bytes:
    """The first 16 bytes, which let every reader recognise every version."""
    check = hash_of(MAGIC + version.to_bytes(4, "little")) & 0xFFFFFFFF
    return PREAMBLE.pack(MAGIC, version, check)


def pack_header(header: Header) -> bytes:
    """The first 64 bytes of a file of format 1."""
    numbers = HEADER.pack(header.table_length, header.file_size, header.table_hash, bytes(16))
    start = preamble(VERSION) + numbers
    return start + HASH.pack(hash_of(start))


def unpack_header(data: bytes, where: str) -> Header:
    """Check and read the first 64 bytes.

    Raises:
        Malformed: They are not those of an array file.
        FormatTooNew: A newer mnemic wrote the file.
    """
    if len(data) < PREAMBLE.size:
        raise Malformed("is too short to be an array file")
    magic, version, _ = PREAMBLE.unpack_from(data)
    if magic != MAGIC:
        raise Malformed("does not begin as an array file of mnemic does")
    if data[: PREAMBLE.size] != preamble(version) or version == 0:
        raise Malformed("has a damaged format version")
    if version > VERSION:
        raise FormatTooNew(
            f"{where} has format version {version}; this mnemic reads up to {VERSION}",
            hint="install a newer mnemic",
        )
    return _unpack_numbers(data)


def pack_trailer(header: Header) -> bytes:
    """The last 16 bytes of a file."""
    return TRAILER.pack(header.table_hash, END)


def _unpack_numbers(data: bytes) -> Header:
    if len(data) < HEADER_SIZE:
        raise Malformed("ends within its header")
    length, size, table_hash, reserved = HEADER.unpack_from(data, PREAMBLE.size)
    (expected,) = HASH.unpack_from(data, HEADER_SIZE - HASH.size)
    if hash_of(data[: HEADER_SIZE - HASH.size]) != expected:
        raise Malformed("has a header that does not match its checksum")
    if reserved != bytes(16):
        raise Malformed("has reserved header bytes that are not zero")
    return Header(length, size, table_hash)
