"""The documents of a collection: insert, delete, read, filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from sqlalchemy import bindparam, delete, insert, select

from mnemic.catalogue.collections import Collections, lock_collection, save_collection
from mnemic.catalogue.content import canonical, content_hash, encode_row, row_checksum
from mnemic.catalogue.filter_sql import condition
from mnemic.catalogue.inserting import count_same_content, existing_ids, named, plan_insert
from mnemic.catalogue.records import Deletion, Insertion, OnDuplicate, StoredDocument
from mnemic.catalogue.session import chunks
from mnemic.catalogue.tables import ORDINAL_BITS, deletions, document_key, documents, ordinal_of
from mnemic.errors import IndexCorrupt, InvalidInput, LimitExceeded, NotFound
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from mnemic.catalogue.session import Session
    from mnemic.types import Filter

_CONTENT = select(
    documents.c.key,
    documents.c.id,
    documents.c.title,
    documents.c.text,
    documents.c.metadata,
    documents.c.content_hash,
    documents.c.checksum,
)
_BY_KEY = _CONTENT.where(documents.c.key.in_(bindparam("keys", expanding=True)))
_FROM_KEY = (
    _CONTENT.where(documents.c.key >= bindparam("start"), documents.c.key < bindparam("end"))
    .order_by(documents.c.key)
    .limit(bindparam("batch"))
)
_DELETE = delete(documents).where(documents.c.key.in_(bindparam("keys", expanding=True)))
_INSERT = insert(documents)
EMPTY = canonical({})


class Documents:
    """The documents of every collection, as one transaction sees them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def insert(
        self, collection_id: int, documents: Sequence[Document], *, on_duplicate: OnDuplicate
    ) -> Insertion:
        """Store documents under the next ordinals; all of them or, after an error, none.

        ``error`` refuses ids that exist; ``skip`` leaves what exists; ``replace`` stores under a
        new ordinal whatever differs from what exists. Of equal ids within the call, ``skip``
        takes the first and ``replace`` the last. Cost: about 20 microseconds per document.

        Raises:
            Conflict: ``on_duplicate`` is ``error`` and an id exists or occurs twice.
            InvalidInput: A document cannot be stored; the message names id and field.
            LimitExceeded: A document is too large.
        """
        rows = [encode_row(document) for document in documents]
        record = lock_collection(self._session, collection_id)
        plan = plan_insert(self._session, collection_id, rows, on_duplicate)
        deletion_seq = self._remove(collection_id, plan.removed, last=record.deletion_seq)
        chosen = [rows[place] for place in plan.stored]
        hashes = [row["content_hash"] for row in chosen]
        same = count_same_content(self._session, collection_id, hashes)
        self._store(collection_id, chosen, start=record.next_ordinal)
        if chosen:
            save_collection(
                self._session,
                collection_id,
                next_ordinal=record.next_ordinal + len(chosen),
                deletion_seq=deletion_seq,
                documents=record.documents + len(chosen) - len(plan.removed),
                version=record.version + 1,
            )
        ordinals: list[int | None] = [None] * len(rows)
        for ordinal, place in enumerate(plan.stored, record.next_ordinal):
            ordinals[place] = ordinal
        return Insertion(
            ordinals=tuple(ordinals),
            removed=tuple(map(ordinal_of, plan.removed)),
            added=len(chosen) - len(plan.removed),
            replaced=len(plan.removed),
            skipped=len(rows) - len(chosen),
            same_content=same,
            deletion_seq=deletion_seq,
        )

    def delete(self, collection_id: int, ids: Sequence[str]) -> Deletion:
        """Remove documents; ids that do not exist are reported, not refused.

        Raises:
            NotFound: The collection does not exist.
        """
        record = lock_collection(self._session, collection_id)
        wanted = _checked(ids)
        existing = existing_ids(self._session, collection_id, wanted)
        keys = sorted(key for key, _ in existing.values())
        deletion_seq = self._remove(collection_id, keys, last=record.deletion_seq)
        if keys:
            save_collection(
                self._session,
                collection_id,
                deletion_seq=deletion_seq,
                documents=record.documents - len(keys),
                version=record.version + 1,
            )
        return Deletion(
            ordinals=tuple(map(ordinal_of, keys)),
            missing=tuple(identifier for identifier in wanted if identifier not in existing),
            deletion_seq=deletion_seq,
        )

    def get(self, collection_id: int, ids: Sequence[str]) -> list[Document]:
        """Documents in the order of their ids.

        Raises:
            NotFound: Some id does not exist; the message names up to ten.
        """
        existing = existing_ids(self._session, collection_id, _checked(ids))
        if missing := [identifier for identifier in ids if identifier not in existing]:
            raise NotFound(f"documents do not exist: {named(missing)}", hint="check the ids")
        found = {item.document.id: item.document for item in self._by_keys(existing.values())}
        return [found[identifier] for identifier in ids]

    def find(self, collection_id: int, ids: Sequence[str]) -> dict[str, StoredDocument]:
        """Those of the documents that exist, by id."""
        existing = existing_ids(self._session, collection_id, _checked(ids))
        return {item.document.id: item for item in self._by_keys(existing.values())}

    def by_ordinals(self, collection_id: int, ordinals: Iterable[int]) -> dict[int, Document]:
        """The live ones of these documents, by ordinal."""
        keys = [(document_key(collection_id, int(ordinal)), b"") for ordinal in ordinals]
        return {item.ordinal: item.document for item in self._by_keys(keys)}

    def iterate(
        self, collection_id: int, *, start: int = 0, batch: int = 1000
    ) -> Iterator[list[StoredDocument]]:
        """Live documents from an ordinal on, ascending, in batches; memory: one batch."""
        key, end = document_key(collection_id, start), document_key(collection_id + 1, 0)
        while True:
            values = {"start": key, "end": end, "batch": batch}
            rows = self._session.connection.execute(_FROM_KEY, values).all()
            if not rows:
                return
            yield [self._document(row) for row in rows]
            key = rows[-1].key + 1

    def deletions_since(self, collection_id: int, seq: int) -> list[tuple[int, int]]:
        """(deletion_seq, ordinal) of every deletion after ``seq`` that was not purged."""
        rows = self._session.connection.execute(
            select(deletions.c.seq, deletions.c.ordinal)
            .where(deletions.c.collection_id == collection_id, deletions.c.seq > seq)
            .order_by(deletions.c.seq)
        )
        return [(row.seq, row.ordinal) for row in rows]

    def purge_deletions(self, collection_id: int, through_seq: int) -> None:
        """Forget deletions that every segment reflects."""
        self._session.write().execute(
            delete(deletions).where(
                deletions.c.collection_id == collection_id, deletions.c.seq <= through_seq
            )
        )

    def matching(self, collection_id: int, filter: Filter) -> NDArray[np.int64]:
        """Ordinals of the documents that pass a filter, ascending; cost: reads every row.

        Raises:
            InvalidInput: The filter holds an operator or operand that does not exist.
        """
        dialect = self._session.connection.dialect.name
        rows = self._session.connection.execute(
            select(documents.c.key)
            .where(
                documents.c.key >= document_key(collection_id, 0),
                documents.c.key < document_key(collection_id + 1, 0),
                condition(filter, dialect=dialect),
            )
            .order_by(documents.c.key)
        )
        keys = np.fromiter(rows.scalars(), dtype=np.int64)
        return keys & ((1 << ORDINAL_BITS) - 1)

    def count(self, collection_id: int) -> int:
        """Live documents.

        Raises:
            NotFound: The collection does not exist.
        """
        return Collections(self._session).by_id(collection_id).documents

    def _store(self, collection_id: int, rows: list[dict[str, Any]], *, start: int) -> None:
        if start + len(rows) >= 1 << ORDINAL_BITS:
            raise LimitExceeded("the collection has used up its ordinals", hint="make a new one")
        first = document_key(collection_id, start)
        for key, row in enumerate(rows, first):
            stored = row["metadata"]
            spelled = EMPTY if stored == "{}" else canonical(orjson.loads(stored))
            row["key"] = key
            row["collection_id"] = collection_id
            row["checksum"] = row_checksum(key, row["id"], row["content_hash"], spelled)
        if rows:
            self._session.write().execute(_INSERT, rows)

    def _remove(self, collection_id: int, keys: Sequence[int], *, last: int) -> int:
        """Delete rows and number their deletions; returns the last number."""
        connection = self._session.write()
        for chunk in chunks(keys):
            connection.execute(_DELETE, {"keys": chunk})
        rows = [
            {"collection_id": collection_id, "seq": seq, "ordinal": ordinal_of(key)}
            for seq, key in enumerate(keys, last + 1)
        ]
        if rows:
            connection.execute(insert(deletions), rows)
        return last + len(rows)

    def _by_keys(self, keys: Iterable[tuple[int, bytes]]) -> Iterator[StoredDocument]:
        for chunk in chunks([key for key, _ in keys]):
            for row in self._session.connection.execute(_BY_KEY, {"keys": chunk}):
                yield self._document(row)

    def _document(self, row: Sequence[Any]) -> StoredDocument:
        key, identifier, title, text, metadata, digest, checksum = row
        spelled = canonical(metadata) if metadata else EMPTY
        whole = row_checksum(key, identifier, digest, spelled) == checksum
        if not whole or content_hash(title, text) != digest:
            raise IndexCorrupt(
                f"{self._session.file}: document {identifier!r} does not have the bytes that "
                "were stored",
                hint="restore the catalogue from a backup",
            )
        document = Document(
            id=identifier, text=text.decode(), title=title.decode(), metadata=metadata
        )
        return StoredDocument(ordinal_of(key), document, digest)


def _checked(ids: Sequence[str]) -> list[str]:
    """Ids without repetition; what could never have been stored is refused by the caller."""
    if isinstance(ids, str):
        raise InvalidInput(f"ids is the string {ids!r}", hint="give a list of ids")
    return list(dict.fromkeys(ids))
