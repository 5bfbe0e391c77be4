"""Which documents of an insert are stored, which replace others and which are left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import bindparam, select

from mnemic.catalogue.content import canonical, is_storable
from mnemic.catalogue.session import chunks
from mnemic.catalogue.tables import documents
from mnemic.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mnemic.catalogue.records import OnDuplicate
    from mnemic.catalogue.session import Session

NAMED = 10

_BY_ID = select(documents.c.id, documents.c.key, documents.c.content_hash).where(
    documents.c.collection_id == bindparam("collection"),
    documents.c.id.in_(bindparam("ids", expanding=True)),
)
_METADATA = select(documents.c.key, documents.c.metadata).where(
    documents.c.key.in_(bindparam("keys", expanding=True))
)
_BY_CONTENT = (
    select(documents.c.content_hash)
    .where(
        documents.c.collection_id == bindparam("collection"),
        documents.c.content_hash.in_(bindparam("hashes", expanding=True)),
    )
    .distinct()
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Positions in the input to store, ascending, and the keys of rows that must go."""

    stored: tuple[int, ...]
    removed: tuple[int, ...]


def plan_insert(
    session: Session, collection_id: int, rows: Sequence[dict[str, Any]], mode: OnDuplicate
) -> Plan:
    """Decide what becomes of each row; cost: one index look-up per id.

    Raises:
        Conflict: ``mode`` is ``error`` and an id exists already or occurs twice.
        InvalidInput: ``mode`` is unknown.
    """
    existing = existing_ids(session, collection_id, [row["id"] for row in rows])
    if mode == "error":
        _refuse_duplicates(rows, existing)
        return Plan(tuple(range(len(rows))), ())
    if mode == "skip":
        earliest = {row["id"]: place for place, row in reversed(list(enumerate(rows)))}
        return Plan(tuple(sorted(earliest[i] for i in earliest.keys() - existing.keys())), ())
    if mode != "replace":
        raise InvalidInput(f"on_duplicate is {mode!r}", hint="use error, skip or replace")
    latest = {row["id"]: place for place, row in enumerate(rows)}
    same = _unchanged(session, [rows[place] for place in latest.values()], existing)
    stored = sorted(place for identifier, place in latest.items() if identifier not in same)
    removed = sorted(existing[name][0] for name in existing.keys() - same)
    return Plan(tuple(stored), tuple(removed))


def existing_ids(
    session: Session, collection_id: int, ids: Sequence[str]
) -> dict[str, tuple[int, bytes]]:
    """Key and content hash of those of the ids that are stored."""
    found: dict[str, tuple[int, bytes]] = {}
    for chunk in chunks([identifier for identifier in ids if is_storable(identifier)]):
        values = {"collection": collection_id, "ids": chunk}
        for identifier, key, digest in session.connection.execute(_BY_ID, values):
            found[identifier] = (key, digest)
    return found


def count_same_content(session: Session, collection_id: int, hashes: Sequence[bytes]) -> int:
    """How many of the hashes a live document has, or an earlier one of them."""
    seen: set[bytes] = set()
    for chunk in chunks(hashes):
        values = {"collection": collection_id, "hashes": chunk}
        seen.update(session.connection.execute(_BY_CONTENT, values).scalars())
    count = 0
    for digest in hashes:
        count += digest in seen
        seen.add(digest)
    return count


def named(ids: Iterable[str]) -> str:
    """The first ten ids, for a message."""
    everything = list(ids)
    shown = ", ".join(map(repr, everything[:NAMED]))
    more = len(everything) - NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def _refuse_duplicates(rows: Sequence[Mapping[str, Any]], existing: Mapping[str, object]) -> None:
    seen = set(existing)
    duplicates: dict[str, None] = {}
    for row in rows:
        if row["id"] in seen:
            duplicates[row["id"]] = None
        seen.add(row["id"])
    if duplicates:
        raise Conflict(
            f"ids exist already or occur twice: {named(duplicates)}",
            hint="nothing was stored; use on_duplicate='replace' or 'skip'",
        )


def _unchanged(
    session: Session,
    rows: Iterable[Mapping[str, Any]],
    existing: Mapping[str, tuple[int, bytes]],
) -> set[str]:
    """Ids whose stored title, text and metadata are those of the row."""
    candidates = {
        existing[row["id"]][0]: row
        for row in rows
        if row["id"] in existing and existing[row["id"]][1] == row["content_hash"]
    }
    same: set[str] = set()
    for chunk in chunks(list(candidates)):
        for key, metadata in session.connection.execute(_METADATA, {"keys": chunk}):
            row = candidates[key]
            if canonical(metadata) == canonical(orjson.loads(row["metadata"])):
                same.add(row["id"])
    return same
