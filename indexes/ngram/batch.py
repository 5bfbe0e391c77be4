"""Sequences of symbols, one after the other: documents, patterns or texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

Level = Literal["bytes", "tokens"]
BYTES = 256
MAX_VOCABULARY = 2**24


@dataclass(frozen=True, slots=True, eq=False)
class SymbolBatch:
    """Sequence ``i`` is ``symbols[offsets[i]:offsets[i + 1]]``.

    Attributes:
        symbols: uint8 [total] for bytes; uint16 or uint32 for token ids. Kept, not copied: the
            array must not change any more.
        offsets: int64 [sequences + 1], ascending from 0 to ``total``; copied.
        vocabulary: Every symbol is below it; 256 for bytes.

    Raises:
        InvalidInput: An array is not of its form.
    """

    symbols: NDArray[Any]
    offsets: NDArray[np.int64]
    vocabulary: int = BYTES

    def __post_init__(self) -> None:
        _check_array("symbols", self.symbols, (np.uint8, np.uint16, np.uint32))
        _check_array("offsets", self.offsets, (np.int64,))
        if len(self.offsets) == 0:
            raise InvalidInput("offsets is empty; it begins with 0")
        if not 0 < self.vocabulary <= MAX_VOCABULARY:
            raise InvalidInput(f"vocabulary={self.vocabulary} is not in 1..{MAX_VOCABULARY}")
        # The core checks offsets before it lets other threads run, and relies on them afterwards.
        offsets = self.offsets.copy()
        offsets.flags.writeable = False
        object.__setattr__(self, "offsets", offsets)
        if self.level == "bytes" and self.vocabulary != BYTES:
            raise InvalidInput(f"symbols of 8 bits have a vocabulary of {BYTES}")

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, place: int) -> NDArray[Any]:
        """One sequence; a view."""
        if not 0 <= place < len(self):
            raise IndexError(place)
        return self.symbols[self.offsets[place] : self.offsets[place + 1]]

    @property
    def level(self) -> Level:
        """``bytes`` for 8-bit symbols, else ``tokens``."""
        return "bytes" if self.symbols.dtype == np.uint8 else "tokens"

    @property
    def native(self) -> NDArray[Any]:
        """The symbols as the native core reads them: uint8 or uint32."""
        if self.level == "bytes":
            return np.ascontiguousarray(self.symbols)
        return np.ascontiguousarray(self.symbols, np.uint32)

    def part(self, first: int, last: int) -> SymbolBatch:
        """Sequences ``first`` to ``last - 1``; the symbols are a view."""
        begin, end = self.offsets[first], self.offsets[last]
        return SymbolBatch(
            self.symbols[begin:end], self.offsets[first : last + 1] - begin, self.vocabulary
        )

    @classmethod
    def of_bytes(cls, items: Sequence[bytes]) -> Self:
        """Byte strings as a batch.

        Raises:
            InvalidInput: An item is not bytes.
        """
        for place, item in enumerate(items):
            if not isinstance(item, bytes):
                raise InvalidInput(f"items[{place}] is a {type(item).__name__}, not bytes")
        return cls(np.frombuffer(b"".join(items), np.uint8), offsets_of(items))

    @classmethod
    def of_tokens(cls, items: Sequence[ArrayLike], vocabulary: int) -> Self:
        """Sequences of token ids as a batch.

        Raises:
            InvalidInput: An item is no sequence of whole numbers from 0 to ``vocabulary - 1``.
        """
        arrays = [checked_symbols(f"items[{i}]", item, vocabulary) for i, item in enumerate(items)]
        symbols = np.concatenate([np.empty(0, np.uint32), *arrays])
        return cls(symbols.astype(np.uint32, copy=False), offsets_of(arrays), vocabulary)


def offsets_of(items: Sequence[Any]) -> NDArray[np.int64]:
    """Where each of some sequences begins when they follow one another: int64 [items + 1]."""
    return ends_of(np.array([len(item) for item in items], np.int64))


def ends_of(lengths: NDArray[Any]) -> NDArray[np.int64]:
    """The offsets of sequences of some lengths: int64 [sequences + 1]."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def checked_symbols(name: str, symbols: ArrayLike, vocabulary: int) -> NDArray[np.uint32]:
    """Symbols as uint32 [n].

    Raises:
        InvalidInput: They are not whole numbers from 0 to ``vocabulary - 1``.
    """
    given = np.asarray(symbols)
    if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
        raise InvalidInput(f"{name} is {given.dtype} {given.shape}, not whole numbers [n]")
    if given.size and not 0 <= int(given.min()) <= int(given.max()) < vocabulary:
        raise InvalidInput(f"{name} holds {given.min()} to {given.max()}, not 0..{vocabulary - 1}")
    return np.ascontiguousarray(given, np.uint32)


def _check_array(name: str, array: object, dtypes: tuple[type[np.generic], ...]) -> None:
    if not isinstance(array, np.ndarray) or array.dtype not in dtypes or array.ndim != 1:
        names = " or ".join(dtype.__name__ for dtype in dtypes)
        raise InvalidInput(f"{name} is not a NumPy array of {names} [n]")
