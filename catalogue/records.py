"""What the catalogue hands out: frozen values, never rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mnemic.types import Document

Role: TypeAlias = Literal["reader", "writer", "owner"]
JobState: TypeAlias = Literal["queued", "running", "done", "dead"]
OnDuplicate: TypeAlias = Literal["error", "skip", "replace"]

ROLES: tuple[Role, ...] = ("reader", "writer", "owner")


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionRecord:
    """One collection as the catalogue knows it.

    Attributes:
        id: Internal number, never reused.
        name: What users call it.
        storage_key: Random hex; the name of its folder.
        settings: JSON object of the collection's own settings.
        next_ordinal: The ordinal that the next stored document gets.
        deletion_seq: The number of the last deletion; 0 when there was none.
        documents: Live documents.
        version: Grows with every committed write to the documents or settings.
        created_at: Seconds since the epoch, UTC.
    """

    id: int
    name: str
    storage_key: str
    settings: Mapping[str, Any]
    next_ordinal: int
    deletion_seq: int
    documents: int
    version: int
    created_at: float


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A live document with its ordinal and the hash of its title and text (16 bytes)."""

    ordinal: int
    document: Document
    content_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Insertion:
    """What became of each document of one insert.

    Attributes:
        ordinals: Aligned with the input; ``None`` where the document was skipped.
        removed: Ordinals that replaced documents had before.
        added: Documents whose id was new.
        replaced: Documents whose id existed with other content.
        skipped: Documents that were left out.
        same_content: Stored documents whose title and text another live document has too.
        deletion_seq: The collection's last deletion number afterwards.
    """

    ordinals: tuple[int | None, ...]
    removed: tuple[int, ...]
    added: int
    replaced: int
    skipped: int
    same_content: int
    deletion_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """The ordinals that a delete removed (ascending) and the ids that did not exist."""

    ordinals: tuple[int, ...]
    missing: tuple[str, ...]
    deletion_seq: int


@dataclass(frozen=True, slots=True)
class Grant:
    """The role of an actor in a collection."""

    collection_id: int
    actor: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A unit of durable work.

    Attributes:
        id: Number of the job.
        kind: What has to be done; workers lease by kind.
        payload: JSON object with its arguments.
        key: At most one queued or running job of a kind has this key; ``None`` for any number.
        state: ``queued``, ``running``, ``done``, or ``dead`` after its last attempt failed.
        attempts: How often it was leased.
        max_attempts: After so many failures it is dead.
        available_at: Not leased before this time (seconds since the epoch).
        owner: Who runs it; empty when nobody does.
        token: Number of its present lease; older leases can no longer report.
        lease_seconds: Length of the present lease; progress renews it by as much.
        lease_expires_at: After this time another worker may take it.
        done: Units of work finished.
        total: Units of work in all; 0 while unknown.
        error: Why the last attempt failed; empty when none did.
        created_at: Seconds since the epoch.
        updated_at: Seconds since the epoch.
    """

    id: int
    kind: str
    payload: Mapping[str, Any]
    key: str | None
    state: JobState
    attempts: int
    max_attempts: int
    available_at: float
    owner: str
    token: int
    lease_seconds: float
    lease_expires_at: float
    done: int
    total: int
    error: str
    created_at: float
    updated_at: float


@dataclass(frozen=True, slots=True)
class Lease:
    """A held lock; ``token`` grows with every acquisition and fences off earlier holders.

    Attributes:
        name: What is locked.
        owner: Who holds it.
        token: Number of this acquisition.
        expires_at: Seconds since the epoch; afterwards anybody may take it.
        seconds: How long it was taken for; renewals last as long.
    """

    name: str
    owner: str
    token: int
    expires_at: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the audit log.

    Attributes:
        seq: 1, 2, ... without gaps.
        at: Seconds since the epoch.
        actor: Who did it.
        action: What was done, e.g. ``documents.erase``.
        subject: To what, e.g. ``collection:papers``.
        detail: JSON object; ids of documents stand in it only as keyed hashes.
        hash: HMAC-SHA256 (hex) over this entry and the hash of the one before.
    """

    seq: int
    at: float
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    hash: str = ""
