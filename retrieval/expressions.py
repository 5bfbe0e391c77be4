"""Hybrid retrievers in writing, as tables print them: ``min-max(bm25@0.3,dense@0.7)/1000``."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from mnemic.errors import InvalidInput
from mnemic.retrieval.fusion import fusion_of
from mnemic.retrieval.hybrid import DEPTH, HybridSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_CHARACTERS = 10_000
DEEPEST = 16
_HINT = (
    "Write rrf(bm25,dense), with weights min-max(bm25@0.3,dense@0.7), with a depth "
    "rrf(bm25,dense)/1000; fusions may nest."
)
_DEPTH = re.compile(r"/\s*([0-9]{1,7})")


def is_expression(name: str) -> bool:
    """Whether a retriever's name is a fusion of others."""
    # A folder in the name of a retriever, as in pyserini:FOLDER, may hold any character.
    return bool(re.match(r"[^:]*[(),]", name))


def parse(text: str) -> HybridSpec:
    """The hybrid that ``HybridRetriever.name`` printed; its parts are names and hybrids.

    A fusion has the parameters that its name stands for, and a part without a weight counts 1
    where others have one. O(characters x levels).

    Raises:
        InvalidInput: It is malformed, or there is no such fusion.
    """
    if len(text) > MOST_CHARACTERS:
        raise InvalidInput(f"the retriever has {len(text):,} characters", hint=_HINT)
    return _parse(text, text, 1)


def leaves(wanted: object) -> Iterator[object]:
    """What a hybrid is made of in the end: names, specs and retrievers.

    Args:
        wanted: A name, a spec or a retriever.

    Raises:
        InvalidInput: A name is a malformed expression.
    """
    if isinstance(wanted, str) and is_expression(wanted):
        wanted = parse(wanted)
    if not isinstance(wanted, HybridSpec):
        yield wanted
        return
    for part in wanted.parts:
        yield from leaves(part)


def _parse(text: str, whole: str, level: int) -> HybridSpec:
    name, inside, depth = _apart(text, whole)
    if level > DEEPEST:
        raise _malformed(whole)
    items = [_item(item, whole, level) for item in _items(inside, whole)]
    weights = [weight for _, weight in items]
    given = tuple(1.0 if weight is None else weight for weight in weights)
    fused = None if all(weight is None for weight in weights) else given
    return HybridSpec(tuple(part for part, _ in items), fusion_of(name), fused, depth)


def _apart(text: str, whole: str) -> tuple[str, str, int]:
    """The name of the fusion, what its parentheses hold, and its depth."""
    name, _, rest = text.partition("(")
    inside, closed, after = rest.rpartition(")")
    written = after.strip()
    depth = _DEPTH.fullmatch(written)
    if not closed or not set(name).isdisjoint("):@,") or (written and depth is None):
        raise _malformed(whole)
    return name.strip(), inside, DEPTH if depth is None else int(depth[1])


def _items(inside: str, whole: str) -> list[str]:
    """What stands between the commas that no inner parenthesis holds."""
    items, depth, start = [], 0, 0
    for place, character in enumerate(inside):
        depth += (character == "(") - (character == ")")
        if depth < 0:
            raise _malformed(whole)
        if character == "," and depth == 0:
            items.append(inside[start:place])
            start = place + 1
    return [*items, inside[start:]]


def _item(item: str, whole: str, level: int) -> tuple[str | HybridSpec, float | None]:
    name, weight = item.strip(), None
    before, at, after = name.rpartition("@")
    if at and set(after).isdisjoint("()"):
        name, weight = before.strip(), _weight(after, whole)
    if not name:
        raise InvalidInput(f"the retriever {_short(whole)} has an empty part", hint=_HINT)
    return (_parse(name, whole, level + 1) if is_expression(name) else name), weight


def _weight(text: str, whole: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not math.isfinite(weight) or weight < 0:
        raise InvalidInput(
            f"{text.strip()[:40]!a} in the retriever {_short(whole)} is no weight", hint=_HINT
        )
    return weight


def _malformed(whole: str) -> InvalidInput:
    return InvalidInput(f"the retriever {_short(whole)} is malformed", hint=_HINT)


def _short(text: str) -> str:
    return ascii(text if len(text) <= 80 else text[:77] + "...")
