"""How long a search waits for documents that are being encoded, and what it says."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from mnemic.retrieval.vectors.track_pieces import TOKENS

if TYPE_CHECKING:
    from collections.abc import Callable

    from mnemic.retrieval.collections.embedding import Embedder
    from mnemic.retrieval.collections.snapshot import Snapshot

STEP = 0.02
# As many as a slow machine encodes within the default wait.
FEW_DOCUMENTS = 256
log = logging.getLogger(__name__)


class CatchingUp:
    """Lets a process find by their vectors the few documents that it has just added itself.

    While much is encoded a search does not wait, nor twice for the same documents.

    Args:
        name: Of the collection.
        embedder: What this process encodes with.
        seconds: Longest wait.
        fresh: What a search that starts now sees.
    """

    def __init__(
        self, name: str, embedder: Embedder, seconds: float, fresh: Callable[[], Snapshot]
    ) -> None:
        self._name = name
        self._embedder = embedder
        self._seconds = seconds
        self._fresh = fresh
        # By role, the ordinals below which nothing is waited for, or warned of, again.
        self._waited: dict[str, int] = {}
        self._told: dict[str, int] = {}

    def wait(self, role: str) -> None:
        """Wait if that is worth it, and warn once of documents that cannot be found yet."""
        deadline = time.monotonic() + self._seconds
        while self._embedder.active and self.is_worth_it(role):
            if time.monotonic() >= deadline:
                self._waited[role] = self._fresh().next_ordinal
                break
            self._embedder.wait(STEP)
        self._warn(role, self._fresh())

    def is_worth_it(self, role: str) -> bool:
        """Whether few documents wait, and some that no search has waited for yet."""
        snapshot = self._fresh()
        is_new = snapshot.next_ordinal > self._waited.get(role, 0)
        return is_new and 0 < snapshot.pending(role) <= FEW_DOCUMENTS

    def _warn(self, role: str, snapshot: Snapshot) -> None:
        pending = snapshot.pending(role)
        if pending and self._told.get(role, 0) < snapshot.next_ordinal:
            self._told[role] = snapshot.next_ordinal
            log.warning(
                "%s documents of %r have no %s yet and cannot be found by them",
                f"{pending:,}",
                self._name,
                role if role == TOKENS else f"{role} vectors",
            )
