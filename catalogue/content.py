"""Documents as the catalogue stores them: checks at the door, hashes, bytes and JSON.

Metadata must survive a round trip through SQLite's JSON text and PostgreSQL's ``jsonb``
unchanged, so whatever either of them would alter is refused here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson
import xxhash

from mnemic.errors import InvalidInput, LimitExceeded

if TYPE_CHECKING:
    from mnemic.types import Document, JsonScalar

MAX_ID_BYTES = 512
MAX_NAME_BYTES = 512
# PostgreSQL hands a field out as hex in a message of at most 1 GiB.
MAX_TEXT_BYTES = 256 << 20
MAX_METADATA_BYTES = 16 << 20
MAX_DEPTH = 64
INT64 = range(-(1 << 63), 1 << 63)
# From here on jsonb would give a float back as an int: it keeps digits, not exponents.
_FIRST_EXPONENT = 1e15

# Never valid UTF-8, so no title can run into its text.
_SEPARATOR = b"\xff"


def check_name(value: str, *, argument: str) -> str:
    """Refuse a name that one of the databases could not store.

    Raises:
        InvalidInput: It is empty, too long, holds NUL or is not encodable as UTF-8.
    """
    if not isinstance(value, str) or not value:
        raise InvalidInput(f"{argument} is {value!r}", hint="give a string that is not empty")
    encoded = _encoded(value, where=argument)
    if b"\0" in encoded:
        raise InvalidInput(f"{argument} {value!r} holds a NUL character", hint="remove it")
    if len(encoded) > MAX_NAME_BYTES:
        raise InvalidInput(
            f"{argument} {value[:40]!r}... has {len(encoded)} bytes of UTF-8",
            hint=f"at most {MAX_NAME_BYTES} are stored",
        )
    return value


def is_storable(value: object) -> bool:
    """Whether a text could be in the catalogue at all; the drivers fail on others."""
    if not isinstance(value, str) or "\0" in value:
        return False
    try:
        return bool(value.encode())
    except UnicodeEncodeError:
        return False


def encode_row(document: Document) -> dict[str, Any]:
    """The columns of a document that come from its content alone.

    Raises:
        InvalidInput: Id or metadata cannot be stored; the message names id and field.
        LimitExceeded: Text or metadata is too large.
    """
    identifier = check_name(document.id, argument="document id")
    try:
        title, text = document.title.encode(), document.text.encode()
    except (AttributeError, UnicodeEncodeError):
        title = _part(identifier, document.title, field="title")
        text = _part(identifier, document.text, field="text")
    if len(text) + len(title) > MAX_TEXT_BYTES:
        raise LimitExceeded(
            f"document {identifier!r}: title and text have {len(text) + len(title)} bytes",
            hint=f"at most {MAX_TEXT_BYTES} are stored; split the document",
        )
    return {
        "id": identifier,
        "content_hash": content_hash(title, text),
        "metadata": encode_metadata(identifier, document.metadata) if document.metadata else "{}",
        "title": title,
        "text": text,
    }


def content_hash(title: bytes, text: bytes) -> bytes:
    """XXH3-128 over title and text, 16 bytes; not meant to withstand an attacker."""
    return xxhash.xxh3_128_digest(title + _SEPARATOR + text)


def row_checksum(key: int, identifier: str, digest: bytes, metadata: bytes) -> bytes:
    """XXH3-64 over all that the content hash leaves out, so that no flipped bit goes unnoticed.

    Args:
        key: The row's primary key.
        identifier: The document's id.
        digest: Its content hash, 16 bytes.
        metadata: Its metadata as ``canonical`` spells it, the same on both databases.
    """
    name = identifier.encode()
    head = key.to_bytes(8, "little") + len(name).to_bytes(4, "little")
    return xxhash.xxh3_64_digest(b"".join((head, name, digest, metadata)))


def encode_metadata(identifier: str, metadata: Mapping[str, Any]) -> str:
    """Metadata as JSON text in the order of its keys.

    Raises:
        InvalidInput: A value is not JSON, or would not come back as it went in.
        LimitExceeded: It is larger than 16 MiB.
    """
    if not isinstance(metadata, Mapping):
        raise InvalidInput(
            f"document {identifier!r}: metadata is {type(metadata).__name__}",
            hint="give a dict of JSON values",
        )
    encoded = orjson.dumps(_plain(identifier, (), dict(metadata)))
    if len(encoded) > MAX_METADATA_BYTES:
        raise LimitExceeded(
            f"document {identifier!r}: metadata has {len(encoded)} bytes as JSON",
            hint=f"at most {MAX_METADATA_BYTES} are stored; move long strings into text",
        )
    return encoded.decode()


def canonical(value: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys: equal bytes for equal metadata, also where ``1 == True``."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def encode_json(value: Any, *, argument: str) -> str:
    """Checked JSON text for settings, payloads and details.

    Raises:
        InvalidInput: It holds something that JSON in a database cannot.
    """
    if not isinstance(value, Mapping):
        raise InvalidInput(f"{argument} is {type(value).__name__}", hint="give a dict")
    return orjson.dumps(_plain(argument, (), dict(value))).decode()


def encode_scalar(value: JsonScalar) -> str:
    """JSON text of one value, spelled as the same value is in stored metadata."""
    return orjson.dumps(_plain("filter", (), value)).decode()


def _plain(identifier: str, path: tuple[Any, ...], value: Any) -> Any:
    """The value itself where both databases keep it; floats that jsonb would turn are spelled."""
    kind = type(value)
    if kind is str:
        if "\0" in value:
            raise _refusal(identifier, path, "holds a NUL character")
        if not value.isascii():
            _encoded(value, where=_place(identifier, path))
        return value
    if value is None or kind is bool:
        return value
    if kind is int:
        if value not in INT64:
            raise _refusal(identifier, path, "is an integer beyond 64 bits")
        return value
    if kind is float:
        return _float(identifier, path, value)
    if len(path) >= MAX_DEPTH:
        raise _refusal(identifier, path[:3], f"is nested more than {MAX_DEPTH} levels deep")
    if kind is dict:
        return {
            _key(identifier, path, key): _plain(identifier, (*path, key), item)
            for key, item in value.items()
        }
    if kind is list or kind is tuple:
        return [_plain(identifier, (*path, index), item) for index, item in enumerate(value)]
    raise _refusal(identifier, path, f"is of type {kind.__name__}, which JSON does not have")


def _float(identifier: str, path: tuple[Any, ...], value: float) -> Any:
    if not math.isfinite(value):
        raise _refusal(identifier, path, f"is {value}, which JSON does not have")
    if abs(value) < _FIRST_EXPONENT:
        return value
    return orjson.Fragment(f"{value:.1f}")


def _key(identifier: str, path: tuple[Any, ...], key: Any) -> str:
    if type(key) is not str:
        raise _refusal(identifier, (*path, key), "has a key that is no string")
    return str(_plain(identifier, (*path, key), key))


def _part(identifier: str, value: Any, *, field: str) -> bytes:
    if not isinstance(value, str):
        raise _refusal(identifier, (field,), f"is of type {type(value).__name__}, not str")
    return _encoded(value, where=_place(identifier, (field,)))


def _encoded(value: str, *, where: str) -> bytes:
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(
            f"{where} holds a lone surrogate at character {error.start}",
            hint="decode the source with errors='replace'",
        ) from error


def _place(identifier: str, path: tuple[Any, ...]) -> str:
    field = ".".join(map(ascii, path)) if path else "metadata"
    return f"{identifier!a}: {field}"


def _refusal(identifier: str, path: tuple[Any, ...], what: str) -> InvalidInput:
    return InvalidInput(
        f"{_place(identifier, path)} {what}", hint="store it as another type, or leave it out"
    )
