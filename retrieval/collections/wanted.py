"""Which encoders a collection shall have, as its settings say, and what is to be done for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mnemic.errors import InvalidInput
from mnemic.retrieval.collections.records import EncoderStats
from mnemic.retrieval.vectors.track import NEXT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mnemic.retrieval.collections.snapshot import Snapshot
    from mnemic.retrieval.encoders.opening import TextEncoder
    from mnemic.retrieval.vectors import Track

ENCODERS = "encoders"


@dataclass(frozen=True, slots=True)
class Wanted:
    """An encoder that a collection shall have.

    Attributes:
        role: ``dense`` or ``sparse``; a collection has at most one of each.
        spec: How to open it, as JSON.
        digest: Its identity when it was asked for.
    """

    role: str
    spec: Mapping[str, Any]
    digest: str

    def made(self, track: Track | None) -> bool:
        """Whether a track is of this encoder."""
        return track is not None and track.fingerprint.digest == self.digest


def wanted(settings: Mapping[str, Any]) -> tuple[Wanted, ...]:
    """The encoders in a collection's settings, in the order of their roles."""
    given = settings.get(ENCODERS, {})
    return tuple(Wanted(role, given[role]["spec"], given[role]["digest"]) for role in sorted(given))


def as_settings(encoders: Sequence[TextEncoder]) -> dict[str, Any]:
    """What the settings keep of encoders.

    Raises:
        InvalidInput: Two make vectors of the same kind.
    """
    kinds = [encoder.kind for encoder in encoders]
    if len(set(kinds)) != len(kinds):
        raise InvalidInput(
            f"two encoders of one kind: {', '.join(encoder.spec.model for encoder in encoders)}",
            hint="A collection has at most one dense and one sparse encoder.",
        )
    return {
        encoder.kind: {"spec": encoder.spec.to_json(), "digest": encoder.fingerprint.digest}
        for encoder in encoders
    }


@dataclass(frozen=True, slots=True)
class Task:
    """Documents to be encoded for a track.

    Attributes:
        role: The track.
        spec: Its encoder, as JSON.
        digest: That encoder's identity.
        start: The first ordinal that is not encoded yet.
    """

    role: str
    spec: Mapping[str, Any]
    digest: str
    start: int


def tasks(settings: Mapping[str, Any], snapshot: Snapshot) -> list[Task]:
    """What is to be encoded, most urgent first: what is searched now, then what will replace it."""
    now, later = [], []
    for want in wanted(settings):
        current = snapshot.tracks.get(want.role)
        if current is not None and snapshot.pending(want.role):
            spec, digest = current.spec, current.fingerprint.digest
            now.append(Task(want.role, spec, digest, current.next_ordinal))
        if current is None and snapshot.documents:
            now.append(Task(want.role, want.spec, want.digest, 0))
        if current is not None and not want.made(current):
            role = want.role + NEXT
            begun = snapshot.tracks.get(role)
            start = begun.next_ordinal if begun and want.made(begun) else 0
            later.append(Task(role, want.spec, want.digest, start))
    return [*now, *later]


def stale(
    settings: Mapping[str, Any], tracks: Mapping[str, Track], snapshot: Snapshot
) -> frozenset[str]:
    """Roles of tracks that nobody wants any more.

    One of a kind that is not wanted is searched until all that is wanted is complete.
    """
    wants = {want.role: want for want in wanted(settings)}
    complete = all(_complete(want, tracks.get(want.role), snapshot) for want in wants.values())
    roles = set()
    for role, track in tracks.items():
        want = wants.get(role.removesuffix(NEXT))
        replaces = role.endswith(NEXT)
        if (
            (want is None and (replaces or complete))
            or (want is not None and replaces and not want.made(track))
            or (want is not None and replaces and want.made(tracks.get(want.role)))
        ):
            roles.add(role)
    return frozenset(roles)


def _complete(want: Wanted, track: Track | None, snapshot: Snapshot) -> bool:
    if track is None:
        return not snapshot.documents
    return want.made(track) and track.next_ordinal > snapshot.last_ordinal


def encoder_stats(settings: Mapping[str, Any], snapshot: Snapshot) -> tuple[EncoderStats, ...]:
    """How far each encoder has come, those included that have not begun."""
    tracks = snapshot.tracks
    stats = [
        EncoderStats(
            role=role,
            model=str(tracks[role].spec["model"]),
            documents=tracks[role].documents,
            passages=tracks[role].passages,
            pending=snapshot.pending(role),
            empty=tracks[role].empty,
            bytes=tracks[role].bytes,
            fingerprint=tracks[role].fingerprint.digest,
        )
        for role in sorted(tracks)
    ]
    for task in tasks(settings, snapshot):
        if task.role not in tracks:
            model, pending = str(task.spec["model"]), snapshot.documents
            stats.append(EncoderStats(task.role, model, 0, 0, pending, 0, 0, task.digest))
    return tuple(stats)


def swapped(tracks: Mapping[str, Track], snapshot: Snapshot) -> dict[str, Track]:
    """The tracks, where every one that is complete has taken the place of its predecessor."""
    result = dict(tracks)
    for role in [role for role in tracks if role.endswith(NEXT)]:
        if result[role].next_ordinal > snapshot.last_ordinal:
            result[role.removesuffix(NEXT)] = result.pop(role)
    return result
