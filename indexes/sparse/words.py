"""Texts to terms in native code: words that were seen are looked up, new ones a policy resolves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mnemic.indexes._native import Words
from mnemic.indexes.arguments import checked_threads
from mnemic.indexes.sparse.batch import TermBatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

OTHER, BREAKING, PAIRED, UNSPACED, JOINING = range(5)
"""Kinds of characters beyond ASCII; ``WordTable`` says what each means."""


class WordTable:
    """Words and their terms, which threads share; it only grows.

    Texts are cut without knowledge of any language. Tokens of ASCII are runs of letters, digits and
    ``_``, joined by an apostrophe, by a full stop or comma between digits, and by full stops
    between single letters. Any other stretch between separators is looked up as a whole.

    Args:
        kinds: First and last character of a range, and its kind; later ranges overrule earlier
            ones. ``BREAKING`` characters are in no token and end a stretch. Stretches of
            ``PAIRED`` ones alone are cut into overlapping pairs; ASCII words and ``JOINING``
            characters beside them end such a stretch. Others with ``PAIRED`` or ``UNSPACED``
            characters are resolved in each batch. All else is ``OTHER``.
        code: ``a.b``, ``a::b`` and ``a->b`` are one token.
        lower: Tokens of ASCII are resolved in small letters.
        longest: Bytes of UTF-8 of the longest words that are remembered.
        threads: Most threads for one batch, the calling one included; 0 for one per core.

    Raises:
        InvalidInput: A range is none, its kind is not known, or ``threads`` is out of range.
    """

    __slots__ = ("_threads", "_words")

    def __init__(
        self,
        kinds: Iterable[tuple[int, int, int]],
        *,
        code: bool,
        lower: bool,
        longest: int,
        threads: int = 0,
    ) -> None:
        self._threads = checked_threads(threads)
        ranges = np.asarray(list(kinds), np.uint32).reshape(-1, 3)
        self._words = Words(ranges, code=code, lower=lower, longest=longest)

    @property
    def memory(self) -> int:
        """Bytes of the words and terms that are remembered."""
        return self._words.memory

    def read(
        self,
        texts: Iterable[str],
        resolve: Callable[[list[str]], list[str | tuple[str, ...]]],
    ) -> TermBatch:
        """The terms of each text, numbered by their first occurrence.

        Runs without the GIL but for ``resolve``. Cost: about 0.05 µs a word that was seen.

        Args:
            texts: The texts; they are read as they are, so whoever gives them normalises them.
            resolve: Gives the terms of new words, in a list: a str for one term, a tuple for
                none or several. It must give the same terms whenever it is asked.

        Raises:
            InvalidInput: A text is not a str or holds a lone surrogate.
        """
        names, offsets, terms = self._words.read(texts, resolve, self._threads)
        for array in (offsets, terms):
            array.flags.writeable = False
        return TermBatch(names, offsets, terms)
