"""Copies of an erased text that mnemic cannot reach, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mnemic.errors import InvalidInput
from mnemic.llm.http.addresses import address, host
from mnemic.retrieval.collections.wanted import wanted
from mnemic.retrieval.encoders.specs import ENDPOINT

if TYPE_CHECKING:
    from mnemic.retrieval.collections.replica import Replica

ALWAYS = (
    "backups and snapshots that were taken before",
    "copies that the file system or the disk keeps of overwritten blocks",
    "PostgreSQL's own write-ahead log and dead tuples until VACUUM, where it is the catalogue",
)


def unreachable(replica: Replica, base_url: str) -> tuple[str, ...]:
    """What an erasure leaves, with the endpoints that the collection's encoders send texts to.

    Args:
        replica: The collection.
        base_url: The endpoint of the settings. A text may have been sent there although no vector
            came back.
    """
    tracks = replica.snapshot.tracks.values()
    begun = [want for want in wanted(replica.settings) if not any(map(want.made, tracks))]
    asked = {(str(want.spec["model"]), _host(base_url)) for want in begun}
    asked |= {(str(t.spec["model"]), str(t.fingerprint.settings.get("host"))) for t in tracks}
    sent = [(model, where) for model, where in sorted(asked) if model.startswith(ENDPOINT)]
    told = (f"what {where} keeps of texts that {model} encoded" for model, where in sent)
    return (*ALWAYS, *told)


def _host(base_url: str) -> str:
    try:
        return host(address(base_url))
    except InvalidInput:
        # Nothing is sent to such an address. It may hold a password.
        return "the endpoint"
