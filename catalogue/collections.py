"""The collections of a catalogue: names, storage keys, settings and counters."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, false, select, update

from mnemic.catalogue.content import check_name, encode_json, is_storable
from mnemic.catalogue.records import CollectionRecord
from mnemic.catalogue.tables import collections, deletions, documents, grants
from mnemic.errors import Conflict, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement

    from mnemic.catalogue.session import Session


class Collections:
    """The collections, as one transaction sees them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create(self, name: str, *, settings: Mapping[str, Any]) -> CollectionRecord:
        """Add an empty collection.

        Raises:
            Conflict: The name is taken.
            InvalidInput: The name or the settings cannot be stored.
        """
        row = {
            "name": check_name(name, argument="collection name"),
            "storage_key": secrets.token_hex(16),
            "settings": encode_json(settings, argument="settings"),
            "next_ordinal": 0,
            "deletion_seq": 0,
            "documents": 0,
            "version": 1,
            "created_at": self._session.clock(),
        }
        if not self._session.insert_missing(collections, row):
            raise Conflict(
                f"collection {name!r} exists already", hint="open it, or choose another name"
            )
        return self.get(name)

    def get(self, name: str) -> CollectionRecord:
        """The collection with this name.

        Raises:
            NotFound: There is none.
        """
        condition = collections.c.name == name if is_storable(name) else false()
        return _record(self._session, condition, shown=ascii(name))

    def by_id(self, collection_id: int) -> CollectionRecord:
        """The collection with this number.

        Raises:
            NotFound: There is none.
        """
        condition = collections.c.id == collection_id
        return _record(self._session, condition, shown=f"number {collection_id}")

    def all(self) -> list[CollectionRecord]:
        """Every collection, by name."""
        rows = self._session.connection.execute(select(collections).order_by(collections.c.name))
        return [CollectionRecord(**row) for row in rows.mappings()]

    def update_settings(self, collection_id: int, settings: Mapping[str, Any]) -> CollectionRecord:
        """Replace a collection's settings.

        Raises:
            NotFound: The collection does not exist.
            InvalidInput: The settings cannot be stored.
        """
        record = lock_collection(self._session, collection_id)
        text = encode_json(settings, argument="settings")
        save_collection(self._session, collection_id, settings=text, version=record.version + 1)
        return self.by_id(collection_id)

    def remove(self, collection_id: int) -> None:
        """Delete a collection with its documents, deletions and grants.

        Raises:
            NotFound: The collection does not exist.
        """
        lock_collection(self._session, collection_id)
        connection = self._session.write()
        for table in (documents, deletions, grants):
            connection.execute(delete(table).where(table.c.collection_id == collection_id))
        connection.execute(delete(collections).where(collections.c.id == collection_id))


def lock_collection(session: Session, collection_id: int) -> CollectionRecord:
    """The collection's counters, held against every other writer until the commit.

    Raises:
        NotFound: The collection does not exist.
        Forbidden: The transaction only reads.
    """
    session.write()
    condition = collections.c.id == collection_id
    return _record(session, condition, shown=f"number {collection_id}", lock=True)


def save_collection(session: Session, collection_id: int, **values: Any) -> None:
    """Write counters or settings of a locked collection."""
    session.write().execute(
        update(collections).where(collections.c.id == collection_id).values(values)
    )


def _record(
    session: Session, condition: ColumnElement[bool], *, shown: str, lock: bool = False
) -> CollectionRecord:
    statement = select(collections).where(condition)
    if lock:
        statement = statement.with_for_update()
    row = session.connection.execute(statement).mappings().one_or_none()
    if row is None:
        raise NotFound(f"collection {shown} does not exist", hint="create it first")
    return CollectionRecord(**row)
