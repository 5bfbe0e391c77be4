"""What was asked for, what was measured, and whether that is enough; nothing here is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.sparse.figures import Figures, Run, documents, ratio, search_row, took

if TYPE_CHECKING:
    from collections.abc import Iterator

DEPTHS = (10, 100)


def targets(figures: Figures) -> list[dict[str, Any]]:
    """A row for each: what, the bound, the figure, and ``met`` (null when not measured)."""
    return [
        *_search(figures),
        *_growth(figures),
        *_small(figures),
        *_ingest(figures),
        *_learned(figures),
        *_sizes(figures),
        *_churn(figures),
    ]


def row(
    what: str,
    bound: tuple[str, float] | None,
    found: float | None,
    unit: str = "x",
    *,
    processor: float | None = None,
) -> dict[str, Any]:
    """One target; the comparison is made with the figure as it is shown.

    Args:
        what: The quantity.
        bound: ``>=`` or ``<=``, and what was asked for; ``None`` where it shall only be stated.
        found: By the clock.
        unit: Of both.
        processor: The same by processor time, which other work on the machine bears on less.
    """
    shown = None if found is None else round(found, 3)
    met, sense, limit = None, None, None
    if bound is not None:
        sense, limit = bound
        if shown is not None:
            met = shown >= limit if sense == ">=" else shown <= limit
    facts = {"what": what, "sense": sense, "bound": limit, "measured": shown}
    beside = {} if processor is None else {"processor": round(processor, 3)}
    return {**facts, "unit": unit, "met": met, **beside}


def times_as_fast(
    what: str, bound: tuple[str, float] | None, theirs: Run, ours: Run, k: int
) -> dict[str, Any]:
    """How many times as long as we another system takes, each in its fastest way."""
    wall, processor = (
        ratio(took(theirs, k, clock=clock), took(ours, k, clock=clock))
        for clock in ("us", "cpu_us")
    )
    return row(what, bound, wall, processor=processor)


def _search(figures: Figures) -> Iterator[dict[str, Any]]:
    ours = figures.run("search", "ours")
    for k in DEPTHS:
        for name, mode, shown, bound in (
            ("bm25s", "", "bm25s", (">=", 3.0)),
            ("pisa", "exact", "PISA", (">=", 1.0)),
            ("pisa", "quantised", "PISA with quantised scores", None),
            ("tantivy", "freq", "tantivy", None),
        ):
            what = f"BM25, k {k}, times as fast as {shown}"
            yield times_as_fast(what, bound, figures.run("search", name, mode), ours, k)
        two = took(figures.run("search", "ours", threads=2), k)
        yield row(f"BM25, k {k}, 2 threads over 1", None, ratio(took(ours, k), two))


def _growth(figures: Figures) -> Iterator[dict[str, Any]]:
    """The ratio to a peer at each size over that at the main one."""
    base = documents(ours) if (ours := figures.run("search", "ours")) else 0
    for name, mode, shown, bound in (
        ("bm25s", "", "bm25s", (">=", 1.0)),
        ("pisa", "exact", "PISA", None),
        ("tantivy", "freq", "tantivy", None),
    ):
        peers = {documents(run): run for run in figures.sizes(name, mode)}
        for run in figures.sizes("ours"):
            size = documents(run)
            if size <= base:
                continue
            for k in DEPTHS:
                what = f"BM25, k {k}, {size:,} passages, times as fast as {shown}"
                there = times_as_fast(what, None, peers.get(size, {}), run, k)
                yield there
                if bound is not None:
                    here = times_as_fast("", None, peers.get(base, {}), ours, k)
                    grown = ratio(there["measured"], here["measured"])
                    what = f"BM25, k {k}, ratio to {shown} at {size:,} over that at {base:,}"
                    yield row(what, bound, grown)


def _small(figures: Figures) -> Iterator[dict[str, Any]]:
    ours, theirs = (figures.at(figures.small, "search", name) for name in ("ours", "bm25s"))
    for k in DEPTHS:
        what = f"BM25, the small set, k {k}, times as fast as bm25s"
        yield times_as_fast(what, (">=", 1.0), theirs, ours, k)


def _ingest(figures: Figures) -> Iterator[dict[str, Any]]:
    for threads in (1, 2):
        [ours, *others] = [
            figures.run("ingest", name, threads=threads).get("ingest", {})
            for name in ("ours", "tantivy", "bm25s")
        ]
        for name, theirs in zip(("tantivy", "bm25s"), others, strict=True):
            wall, processor = (
                ratio(theirs.get(clock), ours.get(clock)) for clock in ("seconds", "cpu_seconds")
            )
            # Asked of tantivy with as many threads; bm25s has one only.
            if name == "tantivy" or threads == 1:
                bound = (">=", 1.0) if name == "tantivy" else None
                cores = f"{threads} core{'s' * (threads > 1)}"
                what = f"text to searchable, {cores}, times as fast as {name}"
                yield row(what, bound, wall, processor=processor)


def _learned(figures: Figures) -> Iterator[dict[str, Any]]:
    ours = figures.run("learned", "ours")
    for name, bound in (("scipy", (">=", 5.0)), ("seismic", None)):
        theirs = figures.run("learned", name)
        way = (
            f" at {found['way']}" if name == "seismic" and (found := search_row(theirs, 10)) else ""
        )
        what = f"learned sparse, k 10, times as fast as {name}{way}"
        yield times_as_fast(what, bound, theirs, ours, 10)


def _sizes(figures: Figures) -> Iterator[dict[str, Any]]:
    ours = figures.run("search", "ours").get("disk_bytes")
    for name, mode, shown, bound in (
        ("tantivy", "freq", "tantivy without positions", ("<=", 1.0)),
        ("tantivy", "position", "tantivy with positions", None),
        ("bm25s", "", "bm25s", ("<=", 1.0)),
    ):
        theirs = figures.run("search", name, mode).get("disk_bytes")
        yield row(f"index size over that of {shown}", bound, ratio(ours, theirs))


def _churn(figures: Figures) -> Iterator[dict[str, Any]]:
    rows = figures.run("churn", "ours").get("churn", [])
    for k in DEPTHS:
        times = {one["index"]: one for one in rows if one["k"] == k}
        for index, shown in (("churned", "before merging"), ("merged", "after merging")):
            wall, processor = (
                ratio(times.get(index, {}).get(clock), times.get("fresh", {}).get(clock))
                for clock in ("us", "cpu_us")
            )
            what = f"20 % deleted and added again, k {k}, {shown}, time over a fresh index"
            yield row(what, ("<=", 1.2), wall, processor=processor)


def against_limit(figures: Figures) -> list[dict[str, Any]]:
    """A question's time over that of reading all compressed postings of its terms once."""
    ours, limits = figures.run("search", "ours"), figures.run("limits")
    if "touched_bytes" not in ours or "copy_gb_per_second" not in limits:
        return []
    size, speed = ours["touched_bytes"]["mean"], limits["copy_gb_per_second"]
    floor = size / (speed * 1e9) * 1e6
    if not floor:
        return []
    return [
        {
            "k": k,
            "bytes": size,
            "gb_per_second": speed,
            "limit_us": round(floor, 3),
            "us": us,
            "ratio": round(us / floor, 2),
        }
        for k in DEPTHS
        if (us := took(ours, k)) is not None
    ]
