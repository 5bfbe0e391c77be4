"""Names to values: which retriever does the user mean?"""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING, Any

from mnemic.errors import InvalidInput, Unsupported
from mnemic.retrieval.hybrid import HybridSpec
from mnemic.retrieval.lexical import BM25Spec
from mnemic.retrieval.protocols import Retriever

if TYPE_CHECKING:
    from mnemic.retrieval.collections import Collection

KNOWN = ("bm25", "default")
LATER = ("dense", "hybrid", "ngram", "sparse")

_log = logging.getLogger("mnemic.sdk")


def resolve(wanted: Any, collection: Collection) -> Retriever:
    """The retriever that a name, a spec or a retriever stands for, bound to a collection.

    Args:
        wanted: ``None`` or ``"default"``, ``"bm25"``, a ``BM25Spec``, a ``HybridSpec`` (whose
            parts are resolved alike), or any ``Retriever``.
        collection: What names and specs are bound to; a finished retriever keeps its own.

    Raises:
        Unsupported: The name is known, but this version does not have that part.
        InvalidInput: It is anything else.
    """
    if wanted is None or wanted == "default":
        _note_default()
        wanted = BM25Spec()
    if isinstance(wanted, str):
        wanted = _by_name(wanted)
    if isinstance(wanted, BM25Spec):
        return wanted.bind(collection)
    if isinstance(wanted, HybridSpec):
        return wanted.bind(lambda part: resolve(part, collection))
    if isinstance(wanted, Retriever) and not isinstance(wanted, type):
        return wanted
    raise InvalidInput(
        f"retriever is a {type(wanted).__name__}, not a name, a spec or a Retriever",
        hint=f"Known names: {', '.join(KNOWN)}; or pass mnemic.retrieval.bm25(k1=1.2).",
    )


def _by_name(name: str) -> BM25Spec:
    if name == "bm25":
        return BM25Spec()
    if name in LATER:
        raise Unsupported(
            f"the retriever {name!r} is not installed in this version of mnemic",
            hint='Use "bm25", which works now.',
        )
    raise InvalidInput(
        f"there is no retriever named {name!a}", hint=f"Known names: {', '.join(KNOWN)}."
    )


@cache
def _note_default() -> None:
    _log.info('the retriever "default" is "bm25" in this version')
