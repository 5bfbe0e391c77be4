"""Which encoders and which tokenizer a collection shall have, and what is to be done for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mnemic.errors import InvalidInput
from mnemic.retrieval.collections.records import EncoderStats, TokenStats
from mnemic.retrieval.vectors.track import NEXT
from mnemic.retrieval.vectors.track_pieces import TOKENS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mnemic.llm.tokenizer import Tokenizer
    from mnemic.retrieval.collections.snapshot import Snapshot
    from mnemic.retrieval.encoders.opening import TextEncoder
    from mnemic.retrieval.vectors import Track

ENCODERS = "encoders"
TOKENIZER = "tokenizer"


@dataclass(frozen=True, slots=True)
class Wanted:
    """An encoder or a tokenizer that a collection shall have.

    Attributes:
        role: ``dense``, ``sparse`` or ``tokens``; a collection has at most one of each.
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


def wanted_tokens(settings: Mapping[str, Any]) -> Wanted | None:
    """The tokenizer in a collection's settings, if it shall have tokens."""
    given = settings.get(TOKENIZER)
    return None if given is None else Wanted(TOKENS, given["spec"], given["digest"])


def followed(settings: Mapping[str, Any]) -> tuple[Wanted, ...]:
    """All that follows the documents by the durable job: vectors first, then tokens."""
    tokens = wanted_tokens(settings)
    return (*wanted(settings), *([tokens] if tokens else []))


def token_settings(tokenizer: Tokenizer) -> dict[str, Any]:
    """What the settings keep of a tokenizer."""
    size = tokenizer.vocabulary_size
    spec = {"kind": TOKENS, "model": tokenizer.name, "vocabulary": size}
    return {"spec": spec, "digest": tokenizer.fingerprint.digest}


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
    for want in followed(settings):
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

    Vectors of a kind that is not wanted are searched until all that are wanted are complete.
    """
    wants = {want.role: want for want in followed(settings)}
    vectors = wanted(settings)
    complete = all(_complete(want, tracks.get(want.role), snapshot) for want in vectors)
    roles = set()
    for role, track in tracks.items():
        want = wants.get(role.removesuffix(NEXT))
        replaces = role.endswith(NEXT)
        if (
            (want is None and (replaces or complete or role == TOKENS))
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
    tracks = {role: track for role, track in snapshot.tracks.items() if not is_of_tokens(role)}
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
        if task.role not in snapshot.tracks and not is_of_tokens(task.role):
            model, pending = str(task.spec["model"]), snapshot.documents
            stats.append(EncoderStats(task.role, model, 0, 0, pending, 0, 0, task.digest))
    return tuple(stats)


def token_stats(settings: Mapping[str, Any], snapshot: Snapshot) -> tuple[TokenStats, ...]:
    """How far the tokens have come, those included that have not begun."""
    tracks = {role: track for role, track in snapshot.tracks.items() if is_of_tokens(role)}
    stats = [
        TokenStats(
            role=role,
            model=str(tracks[role].spec["model"]),
            documents=tracks[role].documents,
            tokens=tracks[role].size,
            pending=snapshot.pending(role),
            empty=tracks[role].empty,
            bytes=tracks[role].bytes,
            fingerprint=tracks[role].fingerprint.digest,
        )
        for role in sorted(tracks)
    ]
    want = wanted_tokens(settings)
    role = TOKENS if TOKENS not in tracks else TOKENS + NEXT
    if want is not None and role not in tracks and not want.made(tracks.get(TOKENS)):
        model, pending = str(want.spec["model"]), snapshot.documents
        stats.append(TokenStats(role, model, 0, 0, pending, 0, 0, want.digest))
    return tuple(stats)


def is_of_tokens(role: str) -> bool:
    """Whether a track of this role holds tokens, or will."""
    return role.removesuffix(NEXT) == TOKENS


def swapped(tracks: Mapping[str, Track], snapshot: Snapshot) -> dict[str, Track]:
    """The tracks, where every one that is complete has taken the place of its predecessor."""
    result = dict(tracks)
    for role in [role for role in tracks if role.endswith(NEXT)]:
        if result[role].next_ordinal > snapshot.last_ordinal:
            result[role.removesuffix(NEXT)] = result.pop(role)
    return result
