"""Tokens that were seen, in Python: for places in texts, and for runs of scripts without spaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mnemic.retrieval.analysis.policy import Policy

CACHED_TOKENS = 100_000
"""Tokens that are remembered (about 40 MB); a full store is thrown away."""

_LONGEST_CACHED = 128


class Seen(dict[str, tuple[str, ...]]):
    """Tokens and their terms; missing ones are resolved by the policy.

    Many threads may use one object: what two of them resolve at once is equal.
    """

    def __init__(self, policy: Policy) -> None:
        super().__init__()
        self._policy = policy
        self._located: dict[str, list[tuple[str, int, int]]] = {}

    def __missing__(self, token: str) -> tuple[str, ...]:
        terms = tuple(self._policy.terms_of(token))
        # Blobs hardly ever come again, and a cache of them would be large.
        if len(token) <= _LONGEST_CACHED:
            self[token] = terms
        return terms

    def located(self, token: str) -> list[tuple[str, int, int]]:
        """The terms of a token with their spans in it; kept for tokens that are known."""
        found = self._located.get(token)
        if found is None:
            found = self._policy.located(token)
            # As in __missing__; and what is kept here must be counted there.
            if token in self:
                self._located[token] = found
        return found

    @property
    def full(self) -> bool:
        """Whether more tokens are known than are to be kept."""
        return len(self) > CACHED_TOKENS
