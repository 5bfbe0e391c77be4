"""Collections, documents, grants, jobs, locks and the audit log."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_SQLITE_TRIGGERS = (
    "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
)
_POSTGRESQL_TRIGGERS = (
    "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$",
    "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit "
    "FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
)


def upgrade() -> None:
    """Create every table of the first version."""
    _create_content()
    _create_work()
    _create_audit()


def _create_content() -> None:
    op.create_table(
        "collections",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("name", _TEXT, nullable=False, unique=True),
        sa.Column("storage_key", _TEXT, nullable=False, unique=True),
        sa.Column("settings", _JSON, nullable=False),
        sa.Column("next_ordinal", sa.BigInteger, nullable=False),
        sa.Column("deletion_seq", sa.BigInteger, nullable=False),
        sa.Column("documents", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "documents",
        sa.Column("key", _KEY, primary_key=True, autoincrement=False),
        sa.Column("collection_id", _KEY, sa.ForeignKey("collections.id"), nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("content_hash", sa.LargeBinary, nullable=False),
        sa.Column("checksum", sa.LargeBinary, nullable=False),
        sa.Column("metadata", _JSON, nullable=False),
        sa.Column("title", sa.LargeBinary, nullable=False),
        sa.Column("text", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("collection_id", "id", name="documents_by_id"),
    )
    op.create_index("documents_by_content", "documents", ["collection_id", "content_hash"])
    op.create_table(
        "deletions",
        sa.Column("collection_id", _KEY, sa.ForeignKey("collections.id"), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "grants",
        sa.Column("collection_id", _KEY, sa.ForeignKey("collections.id"), primary_key=True),
        sa.Column("actor", _TEXT, primary_key=True),
        sa.Column("role", _TEXT, nullable=False),
        sa.CheckConstraint("role IN ('reader', 'writer', 'owner')", name="grants_role"),
    )


def _create_work() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("payload", _JSON, nullable=False),
        sa.Column("key", _TEXT),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("max_attempts", sa.Integer, nullable=False),
        sa.Column("available_at", sa.Double, nullable=False),
        sa.Column("owner", _TEXT, nullable=False),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("lease_seconds", sa.Double, nullable=False),
        sa.Column("lease_expires_at", sa.Double, nullable=False),
        sa.Column("done", sa.BigInteger, nullable=False),
        sa.Column("total", sa.BigInteger, nullable=False),
        sa.Column("error", _TEXT, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'dead')", name="jobs_state"),
        sqlite_autoincrement=True,
    )
    op.create_index("jobs_by_state", "jobs", ["state", "kind", "available_at"])
    live = sa.text("state IN ('queued', 'running')")
    op.create_index(
        "jobs_by_key",
        "jobs",
        ["kind", "key"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )
    op.create_table(
        "locks",
        sa.Column("name", _TEXT, primary_key=True),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("owner", _TEXT, nullable=False),
        sa.Column("host", _TEXT, nullable=False),
        sa.Column("machine", _TEXT, nullable=False),
        sa.Column("pid", sa.BigInteger, nullable=False),
        sa.Column("process_start", sa.BigInteger, nullable=False),
        sa.Column("acquired_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
    )


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", _KEY, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("action", _TEXT, nullable=False),
        sa.Column("subject", _TEXT, nullable=False),
        sa.Column("detail", sa.LargeBinary, nullable=False),
        sa.Column("hash", _TEXT, nullable=False),
    )
    head = op.create_table(
        "audit_head",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", _TEXT, nullable=False),
        sa.CheckConstraint("id = 1", name="audit_head_single"),
    )
    op.bulk_insert(head, [{"id": 1, "key": secrets.token_bytes(32), "seq": 0, "hash": ""}])
    sqlite = op.get_bind().dialect.name == "sqlite"
    for trigger in _SQLITE_TRIGGERS if sqlite else _POSTGRESQL_TRIGGERS:
        op.execute(trigger)
