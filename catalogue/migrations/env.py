"""What alembic runs: migrations inside the transaction that ``migration.prepare`` opened."""

from __future__ import annotations

from alembic import context

from mnemic.catalogue.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # The connection begins transactions itself, so that SQLite's DDL is inside them, too.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
