"""Exact substrings of a collection, as users ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mnemic.errors import InvalidInput
from mnemic.retrieval.ngram.patterns import Pattern

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mnemic.retrieval.collections import Collection as Engine
    from mnemic.retrieval.ngram.finding import Found
    from mnemic.retrieval.ngram.patterns import Edge
    from mnemic.retrieval.ngram.together import FoundTogether
    from mnemic.types import Filter


class Substrings:
    """The part of a collection that counts and finds exact substrings of titles and texts."""

    _engine: Engine

    def count(
        self,
        pattern: str | Pattern,
        *,
        ignore_case: bool = False,
        whole_word: bool = False,
        begins: Edge = "anywhere",
        ends: Edge = "anywhere",
        filter: Mapping[str, Any] | Filter | None = None,
    ) -> int:
        """Occurrences of an exact substring in the titles and texts of the live documents.

        Overlapping ones count: ``aa`` stands in ``aaa`` twice. O(characters of the pattern),
        whatever the size of the collection, but for a filter, which looks at each occurrence.

        Args:
            pattern: What to count; at least one character.
            ignore_case: Upper and lower case are one, in all scripts.
            whole_word: No letter, digit, combining mark, joiner or underscore stands beside it.
            begins: ``"word"``: none stands before it; ``"field"``: a title or text begins with it.
            ends: The same on its other side.
            filter: A filter of the JSON grammar, such as ``{"year": {"$gte": 2020}}``.

        Raises:
            InvalidInput: An argument is malformed; the message names it.
            IndexCorrupt: A file of the index is damaged; ``rebuild`` makes it anew.
        """
        asked = pattern_of(pattern, ignore_case, whole_word, begins, ends)
        [found] = self._engine.substrings.count([asked], filter=filter)
        return found

    def count_many(
        self,
        patterns: Sequence[str | Pattern],
        *,
        ignore_case: bool = False,
        whole_word: bool = False,
        begins: Edge = "anywhere",
        ends: Edge = "anywhere",
        filter: Mapping[str, Any] | Filter | None = None,
    ) -> list[int]:
        """Occurrences of each of many substrings, in their order; far faster than a loop.

        Args:
            patterns: What to count.
            ignore_case: As in ``count``, for all of them.
            whole_word: As in ``count``.
            begins: As in ``count``.
            ends: As in ``count``.
            filter: As in ``count``.

        Raises:
            InvalidInput: An argument is malformed; the message names it.
            IndexCorrupt: A file of the index is damaged; ``rebuild`` makes it anew.
        """
        if isinstance(patterns, str | bytes) or not isinstance(patterns, Sequence):
            raise InvalidInput(
                f"patterns is a {type(patterns).__name__}, not a list of strings",
                hint="count() takes a single one",
            )
        asked = [pattern_of(each, ignore_case, whole_word, begins, ends) for each in patterns]
        return self._engine.substrings.count(asked, filter=filter)

    def find(
        self,
        pattern: str | Pattern,
        *,
        limit: int = 10,
        context: int = 40,
        exhaustive: bool = False,
        ignore_case: bool = False,
        whole_word: bool = False,
        begins: Edge = "anywhere",
        ends: Edge = "anywhere",
        filter: Mapping[str, Any] | Filter | None = None,
    ) -> Found:
        """Where a substring stands: documents, fields and characters, with what is around it.

        Args:
            pattern: What to find.
            limit: Most occurrences, those of the documents added first; 0 gives numbers alone.
            context: Characters to show on each side.
            exhaustive: Count the documents however many occurrences there are.
            ignore_case: As in ``count``.
            whole_word: As in ``count``.
            begins: As in ``count``.
            ends: As in ``count``.
            filter: As in ``count``.

        Returns:
            ``total`` occurrences, the number of ``documents`` that hold them (``None`` above a
            million occurrences, unless ``exhaustive``), and ``occurrences`` with ``id``,
            ``field``, ``start``, ``end``, ``before``, ``match`` and ``after``.

        Raises:
            InvalidInput: An argument is malformed; the message names it.
            IndexCorrupt: A file of the index is damaged; ``rebuild`` makes it anew.
        """
        asked = pattern_of(pattern, ignore_case, whole_word, begins, ends)
        return self._engine.substrings.find(
            asked, limit=limit, context=context, exhaustive=exhaustive, filter=filter
        )

    def find_together(
        self,
        clauses: Sequence[Sequence[str | Pattern]],
        *,
        window: int | None = None,
        limit: int = 10,
        context: int = 40,
        ignore_case: bool = False,
        whole_word: bool = False,
        filter: Mapping[str, Any] | Filter | None = None,
    ) -> FoundTogether:
        """Where at least one substring of every clause stands: AND of ORs.

        Args:
            clauses: Such as ``[["cat", "dog"], ["fox"]]``: a fox, and a cat or a dog.
            window: So many characters of one title or text hold a match of every clause;
                ``None`` for anywhere in one document.
            limit: Most results; 0 gives numbers alone.
            context: Characters to show on each side.
            ignore_case: As in ``count``, for all patterns.
            whole_word: As in ``count``, for all patterns.
            filter: As in ``count``.

        Returns:
            ``total`` places of the rarest clause (number ``driver``) that take part, the number
            of ``documents``, and ``meetings``, each with one of ``places`` for every clause.

        Raises:
            InvalidInput: An argument is malformed; the message names it.
            LimitExceeded: Even the rarest clause stands at millions of places.
            IndexCorrupt: A file of the index is damaged; ``rebuild`` makes it anew.
        """
        _check_clauses(clauses)
        asked = [
            [pattern_of(each, ignore_case, whole_word, "anywhere", "anywhere") for each in clause]
            for clause in clauses
        ]
        return self._engine.substrings.find_together(
            asked, window=window, limit=limit, context=context, filter=filter
        )


def pattern_of(
    given: str | Pattern, ignore_case: bool, whole_word: bool, begins: Edge, ends: Edge
) -> Pattern:
    """The pattern that a text and its options mean; a finished pattern has options of its own.

    Raises:
        InvalidInput: The pattern or an option cannot be used.
    """
    if isinstance(given, Pattern):
        if (ignore_case, whole_word, begins, ends) != (False, False, "anywhere", "anywhere"):
            raise InvalidInput(
                "a Pattern comes with ignore_case, begins and ends of its own",
                hint="give a str, or no other options",
            )
        return given
    if whole_word:
        begins = "word" if begins == "anywhere" else begins
        ends = "word" if ends == "anywhere" else ends
    return Pattern(given, ignore_case=ignore_case, begins=begins, ends=ends)


def _check_clauses(clauses: Any) -> None:
    listed = [clauses, *clauses] if isinstance(clauses, Sequence) else [clauses]
    if any(isinstance(each, str | bytes) or not isinstance(each, Sequence) for each in listed):
        raise InvalidInput(
            "clauses is not a list of lists of strings",
            hint='write [["cat", "dog"], ["fox"]]',
        )
