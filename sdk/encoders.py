"""Which encoders does the user mean?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mnemic.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    from mnemic.catalogue import CollectionRecord
    from mnemic.retrieval.encoders.opening import TextEncoder
    from mnemic.settings import Settings


def opened(wanted: Any, settings: Settings) -> list[TextEncoder]:
    """The encoders that an argument names; no model is loaded.

    Args:
        wanted: ``None``, a name, a spec, or a list of names and specs; ``"default"`` is a name.
        settings: Where pulled models and endpoints are.

    Raises:
        InvalidInput: A name is unknown, or two encoders make vectors of one kind.
        NotFound: A model is not here; the hint has the command that fetches it.
    """
    if wanted is None:
        return []
    from mnemic.retrieval.collections.wanted import as_settings
    from mnemic.retrieval.encoders.opening import open_encoder
    from mnemic.retrieval.encoders.specs import EncoderSpec, spec_of

    listed = [wanted] if isinstance(wanted, str | EncoderSpec) else wanted
    if not isinstance(listed, Sequence):
        raise InvalidInput(
            f"encoder is a {type(wanted).__name__}, not a name, a spec or a list of them",
            hint='Write encoder="minilm", or encoder=["minilm", "splade-tiny"].',
        )
    encoders = [open_encoder(spec_of(item), settings) for item in listed]
    as_settings(encoders)
    return encoders


def for_new(wanted: Any, settings: Settings) -> list[TextEncoder]:
    """As ``opened``, for a collection that is made: ``"default"`` is none where it is not here.

    Raises:
        InvalidInput: As ``opened`` does.
        NotFound: As ``opened`` does.
    """
    from mnemic.retrieval.encoders.specs import DEFAULT, available

    if wanted == "default" and not available(DEFAULT, settings):
        return []
    return opened(wanted, settings)


def check_same(record: CollectionRecord, asked: Sequence[TextEncoder]) -> None:
    """Refuse a collection that has other encoders than those that were asked for.

    Args:
        record: Read just now: another process may have changed the encoders.
        asked: What the collection shall have.

    Raises:
        Conflict: It has others; the message names both.
    """
    from mnemic.retrieval.collections.wanted import wanted

    there = wanted(record.settings)
    if {want.digest for want in there} != {encoder.fingerprint.digest for encoder in asked}:
        has = [str(want.spec["model"]) for want in there]
        names = [encoder.spec.model for encoder in asked]
        raise Conflict(
            f"collection {record.name!r} has the encoders {has}, asked for were {names}",
            hint="Leave encoder out, or change it with reindex(encoder=...).",
        )
