"""Pieces of text to clean text: one space between words, line breaks between blocks."""

from __future__ import annotations

import re

CELL = " | "
LINE = "\n"
PARAGRAPH = "\n\n"
_GAPS = ("", CELL, LINE, PARAGRAPH)
# Soft hyphens and zero-width spaces would cut a word in two for the analyzer.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u2060\ufeff\ud800-\udfff]"
)
_ENDS = re.compile(r"\r\n?|[\x0c\x85\u2028\u2029]")


def printing(text: str) -> str:
    """The text without control characters and invisible marks; lines end with a newline."""
    return _UNSEEN.sub("", _ENDS.sub("\n", text))


def one_line(text: str) -> str:
    """The words of the text with one space between them."""
    return " ".join(_UNSEEN.sub("", text).split())


class Blocks:
    """Collects words into blocks; between two blocks stands the widest gap that was asked for."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._run: list[str] = []
        self._gap = ""

    def add(self, text: str) -> None:
        """Go on with the block."""
        self._run.append(text)

    def end(self, gap: str) -> None:
        """End the block, if one was begun, and keep this gap to the next one.

        Args:
            gap: ``CELL``, ``LINE`` or ``PARAGRAPH``.
        """
        block = one_line("".join(self._run))
        self._run.clear()
        self._append(block)
        self._widen(gap)

    def keep(self, text: str) -> None:
        """A block whose lines and indentation stay as they are."""
        self.end(PARAGRAPH)
        lines = [line.rstrip() for line in printing(text).split("\n")]
        self._append("\n".join(lines).strip("\n"))
        self._widen(PARAGRAPH)

    def text(self) -> str:
        """All blocks; the last one is ended."""
        self.end(PARAGRAPH)
        return "".join(self._parts)

    def _append(self, block: str) -> None:
        if block:
            self._parts += [self._gap, block] if self._parts else [block]
            self._gap = ""

    def _widen(self, gap: str) -> None:
        self._gap = max(self._gap, gap, key=_GAPS.index)
