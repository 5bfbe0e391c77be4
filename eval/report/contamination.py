"""What of a test set stands in a corpus, as one HTML page; no script and no network."""

from __future__ import annotations

from bisect import bisect
from itertools import chain, cycle, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mnemic.eval.report.html import facts, rendered
from mnemic.eval.report.plots import COLOURS, drawn
from mnemic.retrieval.ngram.contamination import BINS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mnemic.retrieval.ngram.contamination import Contamination
    from mnemic.retrieval.ngram.overlap import Overlap

SHOWN_ITEMS = 100
LONGEST_TEXT = 4_000
"""Characters of one text that are shown at most."""
_EDGE = 120


class Part(NamedTuple):
    """A piece of a text: plain, ``found``, ``longest``, or ``cut`` for what was left out."""

    text: str
    kind: str


def contamination_page(
    report: Contamination, *, about: Mapping[str, str], date: str = "", shown: int = SHOWN_ITEMS
) -> str:
    """The report as HTML text; user strings are escaped.

    Args:
        report: What was found.
        about: Facts for the head of the page, such as the collection and the test set.
        date: When; left out when empty, so that equal results give equal bytes.
        shown: How many items are shown at most.
    """
    from markupsafe import Markup

    counted = {"items": f"{report.count:,}", "level": report.level}
    if report.tokenizer is not None:
        counted["tokenizer"] = report.tokenizer
    return rendered(
        "contamination.html.j2",
        title="Contamination",
        facts={**about, **counted, **facts(date)},
        report=report,
        smallest=min(each.n for each in report.overall),
        # The figure is ours and its text is escaped already.
        figures=[Markup(histogram_plot(report))],
        items=[_view(each) for each in report.items[:shown]],
        percent=percent,
    )


def percent(share: float | None) -> str:
    """A share for people; a dash where it is undefined."""
    return "-" if share is None else f"{share:.1%}"


def histogram_plot(report: Contamination) -> str:
    """Items by the share of their n-grams that occurs: bars for every n."""
    width = 0.8 / len(report.overall)

    def draw(axes: Any) -> None:
        for place, (each, colour) in enumerate(zip(report.overall, cycle(COLOURS), strict=False)):
            left = np.arange(len(BINS)) + (place - (len(report.overall) - 1) / 2) * width
            axes.bar(left, each.histogram, width * 0.92, color=colour, label=f"{each.n}-grams")
        axes.set_xticks(range(len(BINS)), [name.removesuffix(" %") for name in BINS])
        axes.set_xlabel("percent of an item's n-grams that occur in the corpus")
        axes.set_ylabel("items")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=4)

    return drawn(draw, "Histogram of the shares of n-grams that occur in the corpus")


def _view(overlap: Overlap) -> dict[str, Any]:
    longest = overlap.longest
    match = "" if longest is None else longest.text
    return {
        "id": overlap.item.id,
        "units": overlap.units,
        "shares": overlap.shares,
        "coverage": overlap.coverage,
        "longest": longest,
        "texts": [
            [Part(_readable(part.text), part.kind) for part in _parts(overlap, place)]
            for place in range(len(overlap.item.texts))
        ],
        "before": "" if longest is None else _readable(longest.before),
        "match": _readable(match if len(match) <= LONGEST_TEXT else _middle_out(match)),
        "after": "" if longest is None else _readable(longest.after),
    }


def _parts(overlap: Overlap, place: int) -> Iterator[Part]:
    """One text, cut where its kind changes, with the middles of long parts left out."""
    text, longest, spans = overlap.item.texts[place], overlap.longest, overlap.spans[place]
    best = (0, 0) if longest is None or longest.place != place else (longest.start, longest.end)
    cuts = sorted({0, len(text), *best, *chain.from_iterable(spans)})
    room = LONGEST_TEXT
    for start, end in pairwise(cuts):
        if room <= 0:
            yield Part(f" [{len(text) - start:,} more characters] ", "cut")
            return
        # Spans ascend and do not overlap: the last that begins here or before is the one to ask.
        before = bisect(spans, start, key=lambda span: span[0]) - 1
        kind = "found" if before >= 0 and end <= spans[before][1] else ""
        kind = "longest" if best[0] <= start and end <= best[1] else kind
        for part in _shortened(text[start:end], kind, room):
            yield part
            room -= len(part.text)


def _shortened(text: str, kind: str, room: int) -> Sequence[Part]:
    if len(text) <= max(room, 4 * _EDGE) and (kind or len(text) <= 8 * _EDGE):
        return [Part(text, kind)]
    left_out = Part(f" [{len(text) - 2 * _EDGE:,} characters] ", "cut")
    return [Part(text[:_EDGE], kind), left_out, Part(text[-_EDGE:], kind)]


def _middle_out(text: str) -> str:
    return f"{text[:_EDGE]} [{len(text) - 2 * _EDGE:,} characters] {text[-_EDGE:]}"


def _readable(text: str) -> str:
    """Without characters that HTML cannot hold, such as NUL; line breaks and tabs stay."""
    return "".join(char if char.isprintable() or char in "\n\t" else "?" for char in text)
