"""What does a user hold? open() and the database, local or remote, behind one interface."""

from mnemic.sdk.collection import Collection
from mnemic.sdk.database import Database, open

__all__ = ["Collection", "Database", "open"]
