"""The door: what a document must be before anything is stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mnemic.errors import InvalidInput, LimitExceeded
from mnemic.types import Document

MAX_TEXT_BYTES = 256 * 1024 * 1024


def checked(documents: Iterable[Document]) -> list[Document]:
    """The documents as a list, every one of a form that can be stored.

    Raises:
        InvalidInput: One has a wrong type, an empty id or text that is not Unicode; the message
            has its position and id, and nothing of the batch was stored.
        LimitExceeded: One text is larger than 256 MiB.
    """
    if isinstance(documents, Document):
        raise InvalidInput("documents must be a sequence of Document, not one", hint="use [doc]")
    batch = list(documents)
    for position, document in enumerate(batch):
        _check(document, position)
    return batch


def _check(document: object, position: int) -> None:
    if not isinstance(document, Document):
        kind = type(document).__name__
        raise InvalidInput(f"documents[{position}] is a {kind}", hint="pass mnemic.Document values")
    for name in ("id", "text", "title"):
        _check_text(getattr(document, name), f"documents[{position}] ({document.id!r}).{name}")
    if not document.id:
        raise InvalidInput(f"documents[{position}] has an empty id")
    if not isinstance(document.metadata, Mapping):
        raise InvalidInput(f"documents[{position}] ({document.id!r}).metadata is not a mapping")


def _check_text(value: object, where: str) -> None:
    if not isinstance(value, str):
        raise InvalidInput(f"{where} is a {type(value).__name__}, not a str")
    if len(value) > MAX_TEXT_BYTES:
        raise LimitExceeded(f"{where} is longer than {MAX_TEXT_BYTES} characters")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(
            f"{where} holds a lone surrogate at character {error.start}",
            hint="decode the source as UTF-8, or replace broken characters before adding",
        ) from error


def checked_ids(ids: Iterable[str]) -> list[str]:
    """Document ids as a list.

    Raises:
        InvalidInput: It is one string, or one of them is not a string.
    """
    if isinstance(ids, str):
        raise InvalidInput("ids must be a sequence of str, not one str", hint=f"use [{ids!r}]")
    names = list(ids)
    for position, name in enumerate(names):
        _check_text(name, f"ids[{position}]")
    return names
