"""What the columns of learned sparse vectors are called in an index: by their ids, or by tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

from mnemic.errors import InvalidInput
from mnemic.indexes.arguments import whole

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDTH = 4
MOST_IDS = 2**32 - 1


@dataclass(frozen=True, slots=True)
class VocabularyIds(Sequence[bytes]):
    """Every id of a vocabulary as a term of four bytes, big-endian, so that terms ascend with ids.

    Nothing is stored, so a vocabulary of any size costs nothing until a term of it occurs.

    Attributes:
        size: Number of ids, 1 to 2^32 - 1; ids are ``0..size - 1``.

    Raises:
        InvalidInput: ``size`` is out of range, or not a whole number.
    """

    size: int

    def __post_init__(self) -> None:
        size = whole("size", self.size)
        if not 1 <= size <= MOST_IDS:
            raise InvalidInput(f"size={size} is not between 1 and {MOST_IDS:,}")
        object.__setattr__(self, "size", size)

    def __len__(self) -> int:
        return self.size

    @overload
    def __getitem__(self, index: int) -> bytes: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[bytes]: ...

    def __getitem__(self, index: int | slice) -> bytes | Sequence[bytes]:
        found = range(self.size)[index]
        if isinstance(found, range):
            return [number.to_bytes(WIDTH, "big") for number in found]
        return found.to_bytes(WIDTH, "big")

    def id_of(self, term: bytes) -> int:
        """The id that a term stands for.

        Raises:
            InvalidInput: The term is none of this vocabulary.
        """
        number = int.from_bytes(term, "big")
        if len(term) != WIDTH or number >= self.size:
            raise InvalidInput(f"{term!r} is no id of a vocabulary of {self.size:,}")
        return number

    def name(self, term: bytes) -> str:
        """The id of a term in decimal digits, as ``SparseIndex.explain`` shows it.

        Raises:
            InvalidInput: The term is none of this vocabulary.
        """
        return str(self.id_of(term))


def vocabulary_of_tokens(tokens: Iterable[str]) -> tuple[bytes, ...]:
    """The tokens of an encoder, by id, as terms: their UTF-8 bytes.

    Make it once for an encoder and give it with every batch. O(tokens).

    Args:
        tokens: The token of id 0, of id 1, and so on.

    Raises:
        InvalidInput: A token is no string of valid Unicode, or two ids have the same token; the
            message has the id.
    """
    seen: dict[bytes, int] = {}
    for number, token in enumerate(tokens):
        term = _utf8(number, token)
        if seen.setdefault(term, number) != number:
            raise InvalidInput(
                f"ids {seen[term]} and {number} have the same token {token!r}",
                hint="Index by ids instead: VocabularyIds(size).",
            )
    return tuple(seen)


def _utf8(number: int, token: object) -> bytes:
    if not isinstance(token, str):
        raise InvalidInput(f"the token of id {number} is a {type(token).__name__}, not a string")
    try:
        return token.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(f"the token of id {number} is no valid Unicode: {token!r}") from error
