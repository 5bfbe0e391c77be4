"""What every retriever checks of its arguments, so that all refuse the same things."""

from __future__ import annotations

from collections.abc import Sequence

from mnemic.errors import InvalidInput
from mnemic.types import Query


def checked_k(k: object) -> int:
    """A number of hits.

    Raises:
        InvalidInput: It is not a whole number, or negative.
    """
    if isinstance(k, bool) or not isinstance(k, int):
        raise InvalidInput(f"k is a {type(k).__name__}, not a whole number")
    if k < 0:
        raise InvalidInput(f"k is {k}; it must be 0 or more")
    return k


def checked_queries(queries: object) -> list[Query]:
    """Queries as values with text.

    Raises:
        InvalidInput: Not a sequence, or one of them is neither a str nor a Query, or its text is
            not Unicode; the message has its position.
    """
    if isinstance(queries, (str, Query)) or not isinstance(queries, Sequence):
        raise InvalidInput("queries must be a sequence", hint="pass a list of str or Query")
    return [_query(item, position) for position, item in enumerate(queries)]


def _query(item: object, position: int) -> Query:
    query = Query(item) if isinstance(item, str) else item
    if not isinstance(query, Query) or not all(isinstance(x, str) for x in (query.text, query.id)):
        raise InvalidInput(f"queries[{position}] is a {type(item).__name__}, not a str or Query")
    try:
        query.text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(f"queries[{position}] holds a lone surrogate") from error
    return query
