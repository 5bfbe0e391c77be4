"""Which encoders does the user mean?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mnemic.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    from mnemic.retrieval.collections import Collection
    from mnemic.retrieval.encoders.opening import TextEncoder
    from mnemic.settings import Settings


def opened(wanted: Any, settings: Settings) -> list[TextEncoder]:
    """The encoders that an argument names; no model is loaded.

    Args:
        wanted: ``None``, ``"default"``, a name, a spec, or a list of names and specs.
        settings: Where pulled models and endpoints are.

    Raises:
        InvalidInput: A name is unknown, or two encoders make vectors of one kind.
        NotFound: A model is not here; the hint has the command that fetches it.
    """
    if wanted is None:
        return []
    from mnemic.retrieval.collections.wanted import as_settings
    from mnemic.retrieval.encoders.opening import open_encoder
    from mnemic.retrieval.encoders.specs import DEFAULT, EncoderSpec, available, spec_of

    if wanted == "default":
        return [open_encoder(spec_of(DEFAULT), settings)] if available(DEFAULT, settings) else []
    listed = [wanted] if isinstance(wanted, str | EncoderSpec) else wanted
    if not isinstance(listed, Sequence):
        raise InvalidInput(
            f"encoder is a {type(wanted).__name__}, not a name, a spec or a list of them",
            hint='Write encoder="minilm", or encoder=["minilm", "splade-tiny"].',
        )
    encoders = [open_encoder(spec_of(item), settings) for item in listed]
    as_settings(encoders)
    return encoders


def check_same(collection: Collection, asked: Sequence[TextEncoder]) -> None:
    """Refuse a collection that has other encoders than those that were asked for.

    Raises:
        Conflict: It has; the message names both.
    """
    there = {want.digest for want in collection.encoders}
    if there != {encoder.fingerprint.digest for encoder in asked}:
        has = [str(want.spec["model"]) for want in collection.encoders]
        names = [encoder.spec.model for encoder in asked]
        raise Conflict(
            f"collection {collection.name!r} has the encoders {has}, asked for were {names}",
            hint="Leave encoder out, or change it with reindex(encoder=...).",
        )
