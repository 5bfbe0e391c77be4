"""Names to values: which retriever does the user mean?"""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING, Any

from mnemic.errors import InvalidInput, MnemicError, Unsupported
from mnemic.retrieval.defaults import default_hybrid
from mnemic.retrieval.expressions import is_expression, parse
from mnemic.retrieval.hybrid import HybridSpec
from mnemic.retrieval.lexical import BM25Spec
from mnemic.retrieval.ngram.retriever import NgramSpec
from mnemic.retrieval.protocols import Retriever
from mnemic.retrieval.vectors.retriever import ROLES, VectorSpec

if TYPE_CHECKING:
    from mnemic.retrieval.collections import Collection
    from mnemic.settings import Settings

KNOWN = ("bm25", "default", "dense", "hybrid", "ngram", "sparse")
WRITTEN = "ngram:"
"""How the name of an n-gram retriever with a model begins."""

_log = logging.getLogger("mnemic.sdk")


def resolve(wanted: Any, collection: Collection, *, settings: Settings | None = None) -> Retriever:
    """The retriever that a name, a spec or a retriever stands for, bound to a collection.

    Args:
        wanted: ``None`` or ``"default"``, ``"bm25"``, ``"dense"``, ``"sparse"``, ``"hybrid"``,
            a fusion such as ``"rrf(bm25,dense)"`` or ``"min-max(bm25@0.3,dense@0.7)"``,
            ``"ngram"`` or ``"ngram:MODEL"``, ``"pyserini:FOLDER"``, a ``BM25Spec``, a
            ``VectorSpec``, an ``NgramSpec``, a ``HybridSpec`` (whose parts are resolved alike), or
            any ``Retriever``.
        collection: What names and specs are bound to; a finished retriever keeps its own.
        settings: Where models are; the environment's by default.

    Raises:
        Unsupported: The name is known, but this version or this collection does not have it.
        InvalidInput: It is anything else.
    """
    if wanted is None or wanted == "default":
        wanted = default_of(collection)
    if isinstance(wanted, str):
        wanted = _by_name(wanted, collection)
    if isinstance(wanted, BM25Spec | VectorSpec):
        return wanted.bind(collection)
    if isinstance(wanted, NgramSpec):
        return wanted.bind(collection, settings=settings)
    if isinstance(wanted, HybridSpec):
        return wanted.bind(lambda part: resolve(part, collection, settings=settings))
    if isinstance(wanted, Retriever) and not isinstance(wanted, type):
        return wanted
    raise InvalidInput(
        f"retriever is a {type(wanted).__name__}, not a name, a spec or a Retriever",
        hint=f"Known names: {', '.join(KNOWN)}; or pass mnemic.retrieval.bm25(k1=1.2).",
    )


def default_of(collection: Collection) -> BM25Spec | HybridSpec:
    """Words, and every kind of vectors that the collection has and this machine can ask."""
    usable = [role for role in collection.roles if _usable(role, collection)]
    if not collection.roles:
        _note_default(collection.name)
    if not usable:
        return BM25Spec()
    return default_hybrid(usable)


def passages_of(wanted: Any, collection: Collection) -> VectorSpec:
    """The retriever of single passages that is meant; dense rather than sparse where both could be.

    Raises:
        Unsupported: It ranks whole documents.
        InvalidInput: It is no retriever.
    """
    there = collection.roles if wanted in (None, "default", "hybrid") else (wanted,)
    for role in ROLES:
        if role in there:
            return VectorSpec(role, per_passage=True)
    if isinstance(wanted, VectorSpec):
        return VectorSpec(wanted.role, per_passage=True)
    raise Unsupported(
        f"per_passage=True needs vectors, and {_name_of(wanted, collection)} ranks whole documents",
        hint='Use retriever="dense" or "sparse" on a collection with such an encoder; Hit.snippet '
        "shows the matching part in any case.",
    )


def _name_of(wanted: Any, collection: Collection) -> str:
    if wanted in (None, "default", "hybrid"):
        return "bm25"
    if isinstance(wanted, str):
        _by_name(wanted, collection)
        return wanted
    return resolve(wanted, collection).name


def _usable(role: str, collection: Collection) -> bool:
    try:
        collection.check_encoder(role)
    except MnemicError as error:
        _note_missing(collection.name, role, str(error))
        return False
    return True


def _by_name(
    name: str, collection: Collection
) -> BM25Spec | VectorSpec | NgramSpec | HybridSpec | Retriever:
    if name == "bm25":
        return BM25Spec()
    for role in ROLES:
        if name == role:
            return VectorSpec(role)
    if name == "hybrid":
        if not collection.roles:
            collection.check_encoder("dense")
        return default_hybrid(collection.roles)
    if name == "ngram" or name.startswith(WRITTEN):
        return _ngram(name)
    if is_expression(name):
        return parse(name)
    if name.startswith("pyserini"):
        return _pyserini(name)
    raise InvalidInput(
        f"there is no retriever named {name!a}",
        hint=f"Known names: {', '.join(KNOWN)}; or fuse them, as in rrf(bm25,dense).",
    )


def _ngram(name: str) -> NgramSpec:
    model = name.removeprefix("ngram").removeprefix(":")
    if name.startswith(WRITTEN) and not model:
        raise InvalidInput(
            f"the retriever {name!a} names no model", hint="Write ngram:smollm2, or ngram alone."
        )
    return NgramSpec(model=model or None)


def _pyserini(name: str) -> Retriever:
    from mnemic.retrieval.anserini import from_name

    found = from_name(name)
    if found is None:
        raise InvalidInput(
            f"there is no retriever named {name!a}",
            hint="Write pyserini:FOLDER or pyserini-impact:FOLDER; bm25 needs no folder.",
        )
    return found


@cache
def _note_default(name: str) -> None:
    _log.warning(
        "collection %r has no vectors: it is searched by words alone (BM25). For meaning as well: "
        "mnemic models pull minilm, then mnemic reindex DIR --collection %s --encoder minilm",
        name,
        name,
    )


@cache
def _note_missing(name: str, role: str, problem: str) -> None:
    _log.warning("collection %r is searched without its %s vectors: %s", name, role, problem)
