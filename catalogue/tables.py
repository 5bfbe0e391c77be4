"""Every table of the catalogue, as SQLAlchemy Core objects.

The migrations create them; a test holds that both agree. ``documents.key`` packs collection and
ordinal into the primary key (``document_key``), so that SQLite stores the rows of a collection
together in insertion order and finds them by ordinal without a second index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

if TYPE_CHECKING:
    from sqlalchemy import Dialect
    from sqlalchemy.types import TypeEngine

ORDINAL_BITS = 40

metadata = MetaData()


class _JsonObject(TypeDecorator[Any]):
    """JSON text on SQLite, ``jsonb`` on PostgreSQL, whose dialect only its users load."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name != "postgresql":
            return dialect.type_descriptor(JSON(none_as_null=True))
        from sqlalchemy.dialects.postgresql import JSONB

        return dialect.type_descriptor(JSONB(none_as_null=True))


# SQLite gives only INTEGER PRIMARY KEY the row's own place.
_Key = BigInteger().with_variant(Integer, "sqlite")
# By code point, as SQLite and Python compare.
_Text = Text().with_variant(Text(collation="C"), "postgresql")

collections = Table(
    "collections",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("name", _Text, nullable=False, unique=True),
    Column("storage_key", _Text, nullable=False, unique=True),
    Column("settings", _JsonObject, nullable=False),
    Column("next_ordinal", BigInteger, nullable=False),
    Column("deletion_seq", BigInteger, nullable=False),
    Column("documents", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("created_at", Double, nullable=False),
    sqlite_autoincrement=True,
)

documents = Table(
    "documents",
    metadata,
    Column("key", _Key, primary_key=True, autoincrement=False),
    Column("collection_id", _Key, ForeignKey("collections.id"), nullable=False),
    Column("id", _Text, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
    Column("checksum", LargeBinary, nullable=False),
    Column("metadata", _JsonObject, nullable=False),
    Column("title", LargeBinary, nullable=False),
    Column("text", LargeBinary, nullable=False),
    UniqueConstraint("collection_id", "id", name="documents_by_id"),
    Index("documents_by_content", "collection_id", "content_hash"),
)

deletions = Table(
    "deletions",
    metadata,
    Column("collection_id", _Key, ForeignKey("collections.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("ordinal", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

grants = Table(
    "grants",
    metadata,
    Column("collection_id", _Key, ForeignKey("collections.id"), primary_key=True),
    Column("actor", _Text, primary_key=True),
    Column("role", _Text, nullable=False),
    CheckConstraint("role IN ('reader', 'writer', 'owner')", name="grants_role"),
)

# The unique index jobs_by_key (kind, key, while queued or running) stands in the migration alone:
# naming a dialect's option here would load that dialect, and PostgreSQL's takes 60 ms.
jobs = Table(
    "jobs",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("kind", _Text, nullable=False),
    Column("payload", _JsonObject, nullable=False),
    Column("key", _Text),
    Column("state", _Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("available_at", Double, nullable=False),
    Column("owner", _Text, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("lease_seconds", Double, nullable=False),
    Column("lease_expires_at", Double, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("error", _Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    CheckConstraint("state IN ('queued', 'running', 'done', 'dead')", name="jobs_state"),
    Index("jobs_by_state", "state", "kind", "available_at"),
    sqlite_autoincrement=True,
)

locks = Table(
    "locks",
    metadata,
    Column("name", _Text, primary_key=True),
    Column("token", BigInteger, nullable=False),
    Column("owner", _Text, nullable=False),
    Column("host", _Text, nullable=False),
    Column("machine", _Text, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("process_start", BigInteger, nullable=False),
    Column("acquired_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", _Key, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("actor", _Text, nullable=False),
    Column("action", _Text, nullable=False),
    Column("subject", _Text, nullable=False),
    Column("detail", LargeBinary, nullable=False),
    Column("hash", _Text, nullable=False),
)

# One row: the audit's key and head, so that a log with its end cut off is seen.
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", _Key, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", _Text, nullable=False),
    CheckConstraint("id = 1", name="audit_head_single"),
)


def document_key(collection_id: int, ordinal: int) -> int:
    """The primary key of a document; keys of one collection are consecutive by ordinal."""
    return collection_id << ORDINAL_BITS | ordinal


def ordinal_of(key: int) -> int:
    """The ordinal inside a document's primary key."""
    return key & ((1 << ORDINAL_BITS) - 1)
