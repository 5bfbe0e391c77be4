"""One record of any format to a ``Document``, or ``InvalidInput`` that says what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from mnemic.errors import InvalidInput
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mnemic.retrieval.ingestion.records import Fields

LONGEST_ID = 512
ID_NAMES = ("_id", "id")
TITLE_NAMES = ("title",)
TEXT_NAMES = ("text", "contents", "content")


def to_document(record: Mapping[str, Any], fields: Fields) -> Document:
    """The document in a record whose keys are field names.

    An object in ``metadata`` and every key that holds neither id, title nor text become the
    metadata; where both have a name, ``metadata`` wins.

    Raises:
        InvalidInput: The id or a field chosen by name is missing, or one has the wrong type.
    """
    rest = dict(record)
    _require_chosen(rest, fields)
    found = _take(rest, fields.id, ID_NAMES)
    if found is None:
        _refuse(f"no id: {_wanted(fields.id, ID_NAMES)} is missing", "give every record an id")
    document_id = checked_id(found)
    title = _string(_take(rest, fields.title, TITLE_NAMES), "title")
    text = _string(_take(rest, fields.text, TEXT_NAMES), "text")
    nested = rest.pop("metadata", None)
    if nested is not None and not isinstance(nested, dict):
        _refuse(f"metadata is {_kind(nested)}, not an object", "nest it in {...} or drop it")
    return Document(id=document_id, title=title, text=text, metadata={**rest, **(nested or {})})


def checked_id(value: object) -> str:
    """An id as a string; whole numbers are written out.

    Raises:
        InvalidInput: It cannot be an id.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        _refuse(f"id is {_kind(value)}", "use a string or a whole number")
    if not value:
        _refuse("id is empty", "give every record an id")
    if "\0" in value:
        _refuse("id holds a NUL character", "leave NUL out of ids")
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        _refuse("id is not valid Unicode (a lone surrogate)", "write ids in UTF-8")
    if size > LONGEST_ID:
        _refuse(f"id has {size} bytes, more than {LONGEST_ID}", "use a shorter id")
    return value


def _require_chosen(record: Mapping[str, Any], fields: Fields) -> None:
    # A mistyped name would otherwise replace stored texts by empty ones.
    for name in (fields.id, fields.title, fields.text):
        if name is not None and name not in record:
            listed = ", ".join(map(repr, list(record)[:20])) or "no fields"
            _refuse(f"no field {name!r} among {listed}", "correct its name, or the record")


def _take(rest: dict[str, Any], chosen: str | None, usual: tuple[str, ...]) -> Any:
    """Remove and return the first present field; later ones stay behind as metadata."""
    for name in usual if chosen is None else (chosen,):
        if rest.get(name) is not None:
            return rest.pop(name)
        rest.pop(name, None)
    return None


def _string(value: object, name: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        _refuse(f"{name} is {_kind(value)}, not a string", f"write {name} as a string")
    return value


def _wanted(chosen: str | None, usual: tuple[str, ...]) -> str:
    return repr(chosen) if chosen else " or ".join(map(repr, usual))


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "a string", bool: "a boolean"}
    kinds |= {int: "a number", float: "a number", type(None): "null"}
    return kinds.get(type(value), type(value).__name__)


def _refuse(message: str, hint: str) -> NoReturn:
    raise InvalidInput(message, hint=hint)
