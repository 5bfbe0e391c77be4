"""Draw how the sparse index works: ``python -m scripts.draw_sparse``.

It writes docs/pictures/sparse.svg. The frontier and the candidates are computed from the points and
bars in the picture, by the rules of ``indexes/native``; a test proves that the file is what this
module draws.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Point = tuple[float, float]

TARGET = Path(__file__).resolve().parents[1] / "docs" / "pictures" / "sparse.svg"
SIZE = (960, 700)
INK, PALE, READ, BOUND, FOUND = "#1f2933", "#e4e7eb", "#2b6cb0", "#f0b060", "#c53030"
TERMS = ("spade", "span", "spark", "sparse")
LIST_BYTES = (31, 902, 64, 3517)
# Document length and term frequency of some postings of a block.
POSTINGS: tuple[Point, ...] = (
    (22, 2),
    (35, 4),
    (48, 1),
    (56, 3),
    (70, 5),
    (84, 2),
    (92, 4),
    (110, 7),
    (126, 3),
)
POSTINGS += ((140, 5), (150, 1), (165, 6), (180, 4))
# Place in the window, and what the rare terms add there.
TOUCHED: tuple[tuple[int, int], ...] = (
    (31, 26),
    (88, 34),
    (140, 22),
    (205, 46),
    (262, 30),
    (330, 24),
    (391, 38),
    (447, 21),
)
TOUCHED += ((508, 29), (566, 50), (618, 25))
GROUPS, GROUP_WIDTH, CUT = 65, 10, 62
TITLE = "A window of 4,096 documents in a search, once k documents are known"
LEGEND = (
    (424, ("Rare terms: upper bounds of", "all their postings are added", "up")),
    (514, ("Frequent terms: what they can", "add, for each 8 documents")),
    (
        588,
        (
            "Together they do not reach the",
            "cut (the k-th bound, less what",
            "bounds exceed scores by) but",
        ),
    ),
    (639, ("for the red ones: there, each", "document's own bytes are added,")),
    (673, ("and what reaches it is scored",)),
)


def frontier(postings: Sequence[Point]) -> list[Point]:
    """The postings (length, frequency) that no other one beats in both, highest frequency first."""
    kept: list[Point] = []
    for length, frequency in sorted(postings, key=lambda point: (-point[1], point[0])):
        if not kept or length < kept[-1][0]:
            kept.append((length, frequency))
    return kept


def front_coded(terms: Sequence[str]) -> list[tuple[int, str]]:
    """Of each term, how much it shares with the one before, and what follows."""
    coded, before = [], ""
    for term in terms:
        most = min(len(term), len(before))
        shared = next((i for i in range(most) if term[i] != before[i]), most)
        coded.append((shared, term[shared:]))
        before = term
    return coded


def bound(group: int) -> int:
    """What the frequent terms add to any document of a group at most."""
    return 12 + (group * 37 + group * group * 11) % 29


def candidates() -> list[int]:
    """Places of the touched documents whose score with the bound reaches the cut."""
    return [x for x, score in TOUCHED if score + bound(x // GROUP_WIDTH) >= CUT]


def picture() -> str:
    """The whole picture as SVG."""
    width, height = SIZE
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
    style = 'font-family="sans-serif" font-size="13"'
    parts = [*_dictionary(), *_list(), *_frontier(), *_block(), *_window()]
    lines = [f"{head} {style}>", _box(0, 0, width, height, "#ffffff", "none"), *parts, "</svg>"]
    return "\n".join(lines) + "\n"


def _dictionary() -> Iterator[str]:
    yield _text(20, 28, "A segment in its file", size=16)
    yield _text(20, 58, "dictionary: sorted terms, 16 in a group")
    for x, name in ((20, "shared"), (90, "follows"), (180, "bytes of list")):
        yield _text(x + 6, 78, name, size=11)
    for row, ((shared, rest), size) in enumerate(zip(front_coded(TERMS), LIST_BYTES, strict=True)):
        y = 84 + row * 24
        fill = BOUND if row == len(TERMS) - 1 else PALE
        for x, width, shown in ((20, 70, str(shared)), (90, 90, rest), (180, 90, f"{size:,}")):
            yield _box(x, y, width, 24, fill)
            yield _text(x + 6, y + 17, shown, mono=True)
    yield _text(20, 198, f"the last one: {TERMS[-1]}", size=11)
    yield _line(270, 168, 318, 112, arrow=True)


def _list() -> Iterator[str]:
    yield _text(322, 58, f"list of {TERMS[-1]}: its postings, by document")
    shown = (("count", 56), ("skips", 90), ("frontiers", 100), ("block 0", 110), ("block 1", 110))
    x = 322
    for name, width in (*shown, ("…", 40), ("tail", 100)):
        yield _box(x, 84, width, 34, READ if name.startswith("block") else PALE)
        colour = "#ffffff" if name.startswith("block") else INK
        yield _text(x + 10, 106, name, colour=colour)
        x += width
    yield _text(322, 140, "of each block: the last", size=11)
    yield _text(322, 156, "document and two widths", size=11)
    yield _text(838, 140, "fewer than 128", size=11)
    yield _text(838, 156, "postings: vbytes", size=11)
    yield _line(520, 118, 478, 206, arrow=True)
    yield _line(620, 118, 660, 206, arrow=True)


def _frontier() -> Iterator[str]:
    left, base = 322, 322
    places = {point: (left + point[0], base - 15 * point[1]) for point in POSTINGS}
    yield _line(left, base, left + 210, base)
    yield _line(left, base, left, base - 122)
    yield _text(left + 60, base + 16, "length of the document", size=11)
    yield _text(left + 8, base - 112, "term frequency", size=11)
    best = frontier(POSTINGS)
    right: float = left + 200
    for length, frequency in best:
        x, y = left + length, base - 15 * frequency
        yield _line(x, y, right, y, colour=FOUND)
        if length != best[-1][0]:
            following = best[best.index((length, frequency)) + 1]
            yield _line(x, y, x, base - 15 * following[1], colour=FOUND)
        right = x
    for point, (x, y) in places.items():
        yield f'<circle cx="{x}" cy="{y}" r="4" fill="{FOUND if point in best else "#9aa5b1"}"/>'
    yield _text(20, 252, "The frontier of a block: the postings that", size=12)
    yield _text(20, 268, "no other beats in frequency and shortness.", size=12)
    yield _text(20, 284, "The largest score of the block is at one of", size=12)
    yield _text(20, 300, "them, whatever k1, b and the average are.", size=12)


def _block() -> Iterator[str]:
    yield _text(578, 226, "a block: 128 postings, packed to as many bits as needed")
    for x, width, name in (
        (578, 200, "128 gaps, 5 bits each"),
        (778, 150, "128 frequencies, 2 bits"),
    ):
        yield _box(x, 236, width, 34, READ)
        yield _text(x + 8, 258, name, colour="#ffffff", size=12)
    yield _text(578, 290, "Frequencies are unpacked when they are needed,", size=12)
    yield _text(578, 306, "one of them without the others.", size=12)


def _window() -> Iterator[str]:
    left, width = 290, GROUPS * GROUP_WIDTH
    yield _text(20, 376, TITLE, size=16)
    yield from _stems(left, 470)
    yield from _bars(left, 550)
    yield from _sums(left, 660)
    for base in (470, 550, 660):
        yield _line(left, base, left + width, base)
    yield _text(left + width - 140, 680, "documents of the window", size=11)
    for y, lines in LEGEND:
        for row, line in enumerate(lines):
            yield _text(20, y + 17 * row, line)


def _stems(left: int, base: int) -> Iterator[str]:
    for x, score in TOUCHED:
        yield _box(left + x - 2, base - score, 4, score, READ, "none")


def _bars(left: int, base: int) -> Iterator[str]:
    for group in range(GROUPS):
        high = bound(group)
        yield _box(left + group * GROUP_WIDTH, base - high, GROUP_WIDTH - 1, high, BOUND, "none")


def _sums(left: int, base: int) -> Iterator[str]:
    reaching = candidates()
    for x, score in TOUCHED:
        high = bound(x // GROUP_WIDTH)
        yield _box(left + x - 2, base - score, 4, score, READ, "none")
        colour = FOUND if x in reaching else BOUND
        yield _box(left + x - 2, base - score - high, 4, high, colour, "none")
    yield _line(left, base - CUT, left + GROUPS * GROUP_WIDTH, base - CUT, dashes=True)
    yield _text(left + GROUPS * GROUP_WIDTH - 24, base - CUT - 6, "cut", size=11)


def _box(x: float, y: float, width: float, height: float, fill: str, edge: str = INK) -> str:
    place = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
    return f'<rect {place} fill="{fill}" stroke="{edge}"/>'


def _text(
    x: float, y: float, words: str, *, size: int = 13, colour: str = INK, mono: bool = False
) -> str:
    family = ' font-family="monospace"' if mono else ""
    place = f'x="{x:g}" y="{y:g}" font-size="{size}"{family}'
    return f'<text {place} fill="{colour}">{escape(words)}</text>'


def _line(
    x: float,
    y: float,
    to_x: float,
    to_y: float,
    *,
    colour: str = INK,
    arrow: bool = False,
    dashes: bool = False,
) -> str:
    place = f'x1="{x:g}" y1="{y:g}" x2="{to_x:g}" y2="{to_y:g}"'
    dashed = ' stroke-dasharray="6 4"' if dashes else ""
    tip = f'<circle cx="{to_x:g}" cy="{to_y:g}" r="3" fill="{colour}"/>' if arrow else ""
    return f'<line {place} stroke="{colour}"{dashed}/>{tip}'


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(picture(), "utf-8")
