"""The checks at the user's door: every wrong argument becomes ``InvalidInput`` with its name."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

from mnemic.errors import InvalidInput
from mnemic.types import Document

MAX_NAME = 128


def collection_name(name: Any) -> str:
    """A usable collection name: 1 to 128 visible characters, no white space at its ends.

    A name is data, never a path: folders on disk carry random keys, so ``../x`` is harmless.

    Raises:
        InvalidInput: It is not such a string.
    """
    if not isinstance(name, str):
        raise InvalidInput(f"the collection name is a {type(name).__name__}, not a string")
    if not 1 <= len(name) <= MAX_NAME:
        raise InvalidInput(
            f"the collection name has {len(name)} characters",
            hint=f"Use 1 to {MAX_NAME} characters.",
        )
    if name != name.strip() or any(unicodedata.category(c) in {"Cc", "Cs"} for c in name):
        raise InvalidInput(
            f"the collection name {name!a} has control characters or white space at an end",
            hint="Use visible characters, with spaces only inside.",
        )
    return name


def actor_name(actor: Any) -> str:
    """A usable name of an actor: 1 to 128 visible characters.

    Raises:
        InvalidInput: It is not such a string.
    """
    if not isinstance(actor, str) or not 1 <= len(actor) <= MAX_NAME or not actor.isprintable():
        raise InvalidInput(
            f"actor={actor!a} is not a name", hint=f"Use 1 to {MAX_NAME} visible characters."
        )
    return actor


def documents(given: Any) -> Iterable[Document]:
    """An iterable of documents; each item is checked where it is stored.

    Raises:
        InvalidInput: It is one document, text, a mapping, or no iterable at all.
    """
    lonely = isinstance(given, Document | str | bytes | dict)
    if lonely or not isinstance(given, Iterable):
        raise InvalidInput(
            f"documents is a {type(given).__name__}, not a list of mnemic.Document",
            hint='Write add([mnemic.Document(id="a", text="...")]).',
        )
    return given


def document_ids(ids: Any) -> list[str]:
    """A list of document ids; a single string is refused, as it would be read letter by letter.

    Raises:
        InvalidInput: It is not an iterable of strings.
    """
    if isinstance(ids, str | bytes | dict) or not isinstance(ids, Iterable):
        raise InvalidInput(
            f"ids is a {type(ids).__name__}, not a list of document ids",
            hint='Write ["a"] for the one document a.',
        )
    listed = list(ids)
    for item in listed:
        if not isinstance(item, str):
            raise InvalidInput(f"the document id {item!r} is a {type(item).__name__}, not a str")
    return listed
