"""The catalogue: what is the truth about documents, rights, work and who did what?

SQLAlchemy and every SQL table stay inside; frozen values come out.
"""

from __future__ import annotations

from mnemic.catalogue.catalogue import Catalogue, Transaction
from mnemic.catalogue.records import (
    AuditEntry,
    CollectionRecord,
    Deletion,
    Grant,
    Insertion,
    Job,
    JobState,
    Lease,
    OnDuplicate,
    Role,
    StoredDocument,
)

__all__ = [
    "AuditEntry",
    "Catalogue",
    "CollectionRecord",
    "Deletion",
    "Grant",
    "Insertion",
    "Job",
    "JobState",
    "Lease",
    "OnDuplicate",
    "Role",
    "StoredDocument",
    "Transaction",
]
