"""A table of numbers that loses nothing on a narrow terminal: it comes in several parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, ConsoleOptions
    from rich.table import Table
    from rich.text import Text

FOLDED = 11
GAP = 2


@dataclass(frozen=True, slots=True)
class WideTable:
    """Columns of words, which may be folded, and of numbers, which stay whole.

    Numbers that do not fit stand in a further table, beside the same words. Only a terminal that
    has no room for the words and one number folds numbers as well.

    Attributes:
        words: Headings of the columns that say what a row is about.
        numbers: Headings of the columns to the right of them.
        rows: The cells of each row, words first; never read as markup.
    """

    words: tuple[str, ...]
    numbers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table]:
        """One table where it fits, else its parts."""
        for part in self._parts(options.max_width):
            yield self._table(part, roomy=self._width(part) <= options.max_width)

    def _parts(self, width: int) -> list[list[int]]:
        """The columns of numbers, in groups that fit into so many characters."""
        parts: list[list[int]] = [[]]
        for place in range(len(self.words), len(self.words) + len(self.numbers)):
            if parts[-1] and self._width([*parts[-1], place]) > width:
                parts.append([])
            parts[-1].append(place)
        return parts

    def _width(self, part: list[int]) -> int:
        """How narrow the words and these numbers can be."""
        folded = [min(FOLDED, self._longest(place)) for place in range(len(self.words))]
        return sum(GAP + width for width in (*folded, *map(self._longest, part)))

    def _longest(self, place: int) -> int:
        heading = (*self.words, *self.numbers)[place]
        return max(_plain(text).cell_len for text in (heading, *(row[place] for row in self.rows)))

    def _table(self, part: list[int], *, roomy: bool) -> Table:
        from rich.box import SIMPLE_HEAD
        from rich.table import Table

        table = Table(header_style="bold", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
        for place, name in enumerate(self.words):
            least = min(FOLDED, self._longest(place)) if roomy else None
            table.add_column(_plain(name), overflow="fold", min_width=least)
        for place in part:
            name = self.numbers[place - len(self.words)]
            table.add_column(_plain(name), justify="right", overflow="fold", no_wrap=roomy)
        for row in self.rows:
            shown = [*row[: len(self.words)], *(row[place] for place in part)]
            table.add_row(*map(_plain, shown))
        return table


def _plain(text: str) -> Text:
    from rich.text import Text

    # Control characters of a run's name must not reach the terminal.
    return Text("".join(char if char.isprintable() else "?" for char in text))
