"""A safetensors file in bfloat16, written a block at a time; numpy has no such type of its own.

The format: https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_BYTES = 2


@dataclass(frozen=True, slots=True)
class Source:
    """A tensor that is read when it is written.

    Attributes:
        name: In the file.
        shape: As torch has it.
        blocks: Gives its values, in order: finite float32 arrays of any shapes.
    """

    name: str
    shape: tuple[int, ...]
    blocks: Callable[[], Iterator[NDArray[np.float32]]]


def to_bfloat16(values: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Finite float32 to the nearest bfloat16, ties to even, as bits in uint16."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    halves = bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))
    return (halves >> np.uint32(16)).astype(np.uint16)


def write_tensors(path: Path, sources: Sequence[Source]) -> str:
    """Write a safetensors file so that it is there in full or not at all; returns its sha256.

    Memory is that of the largest block.
    """
    digest = hashlib.sha256()
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            for data in _parts(sources):
                digest.update(data)
                file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return digest.hexdigest()


def _parts(sources: Sequence[Source]) -> Iterator[bytes]:
    yield _header(sources)
    for source in sources:
        left = prod(source.shape)
        for block in source.blocks():
            left -= block.size
            yield to_bfloat16(block).tobytes()
        if left:
            raise ValueError(f"the tensor {source.name} is off by {left} values")


def _header(sources: Sequence[Source]) -> bytes:
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    start = 0
    for source in sources:
        end = start + _BYTES * prod(source.shape)
        header[source.name] = {
            "dtype": "BF16",
            "shape": list(source.shape),
            "data_offsets": [start, end],
        }
        start = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text
