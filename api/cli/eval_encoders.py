"""Which vectors an evaluation needs, and which of them a retriever asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mnemic.api.cli.eval_costs import NGRAM
from mnemic.errors import InvalidInput
from mnemic.retrieval.encoders.specs import DEFAULT, available, spec_of
from mnemic.retrieval.expressions import leaves
from mnemic.retrieval.hybrid import HybridRetriever
from mnemic.retrieval.protocols import Retriever
from mnemic.retrieval.vectors.retriever import ROLES, VectorRetriever, VectorSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mnemic.retrieval.encoders.opening import TextEncoder
    from mnemic.settings import Settings

# What makes the vectors of a role where nobody says which encoder.
USUAL = {"dense": DEFAULT, "sparse": "splade-tiny"}


def encoders_of(
    retrievers: Sequence[str], names: Sequence[str] | None, settings: Settings
) -> list[TextEncoder]:
    """The encoders of the collections that are going to be made; no model is loaded.

    Args:
        retrievers: Names of retrievers and fusions.
        names: Encoders that were asked for; ``None`` for none, empty for what is needed.
        settings: Where the models are.

    Raises:
        InvalidInput: A name is malformed, or a retriever needs vectors that no encoder makes.
        NotFound: A model is not here; the hint has the command that fetches it.
    """
    from mnemic.sdk.encoders import opened

    asked = {leaf for name in retrievers for leaf in leaves(name)}
    needed = [role for role in ROLES if role in asked]
    if names is None or names:
        encoders = opened(names, settings)
        missing = set(needed) - {encoder.kind for encoder in encoders}
        if missing or ("hybrid" in asked and not encoders):
            raise InvalidInput(
                f"no encoder makes {' and '.join(sorted(missing)) or 'any'} vectors",
                hint="Name one more --encoder, or leave --encoder out.",
            )
        return encoders
    wanted = [USUAL[role] for role in needed]
    if "hybrid" in asked or ("default" in asked and available(DEFAULT, settings)):
        wanted.append(DEFAULT)
    return opened([spec_of(name) for name in dict.fromkeys(wanted)], settings)


def writer_of(retrievers: Sequence[str]) -> str | None:
    """The language model that n-gram retrievers write with, whose tokens must be indexed.

    Raises:
        InvalidInput: They name several; a collection has the tokens of one.
    """
    from mnemic.sdk.retrievers import WRITTEN

    leaf_names = [str(leaf) for name in retrievers for leaf in leaves(name)]
    models = {name.removeprefix(WRITTEN) for name in leaf_names if name.startswith(WRITTEN)}
    if len(models) > 1:
        raise InvalidInput(
            f"n-grams would be written by several models: {', '.join(sorted(models))}",
            hint="Evaluate one after the other.",
        )
    return next(iter(models), None)


def roles_of(retriever: object) -> frozenset[str]:
    """What a retriever asks besides words: ``dense``, ``sparse``, ``ngram``, several or none."""
    if isinstance(retriever, HybridRetriever):
        return frozenset().union(*map(roles_of, retriever.parts))
    if isinstance(retriever, VectorRetriever | VectorSpec):
        return frozenset({retriever.role})
    name = retriever.name if isinstance(retriever, Retriever) else ""
    return frozenset({NGRAM}) if name.partition(":")[0] == NGRAM else frozenset()


def store_options(store: object, collection: str | None, encoders: Sequence[str]) -> None:
    """Refuse options of ``mnemic eval run`` that contradict each other.

    Raises:
        UsageError: They do.
    """
    if (store is None) != (collection is None):
        raise click.UsageError("--store and --collection go together")
    if store is not None and encoders:
        raise click.UsageError("--store has its encoders already; leave --encoder out")
